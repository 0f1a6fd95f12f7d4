"""How good worded replies are: beside a reference, beside their plan, beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from core.guard import Finding, check
from core.plans import Act, Plan

NAMES: Final = {
    "n": "drafts asked for",
    "abstains": "abstains",
    "bleu": "BLEU",
    "rouge_l": "ROUGE-L",
    "refused": "refused by the guard, rewritten from the plan",
    "findings": "guard findings in what is ready",
    "distinct_2": "distinct-2",
    "new": "sentences that are not the plan's",
    "page": "keeps the page that the plan names",
    "asks": "asks, where the plan asks",
    "reaction": "empathy: emotional reaction (0 to 2)",
    "interpretation": "empathy: interpretation (0 to 2)",
    "exploration": "empathy: exploration (0 to 2)",
    "characters": "characters",
    "seconds": "seconds a draft",
}
"""What `figures` tells, in the order of a table."""


@dataclass(frozen=True, slots=True)
class Worded:
    """What one writer made of one message; `plan` is none where the draft abstained."""

    message: str
    reference: str
    plan: Plan | None
    text: str
    """As the writer worded it, whatever the guard said."""
    findings: tuple[Finding, ...]
    ready: str
    """What is shown for review: the text, or the plan where the guard refused it; empty where it abstained."""
    empathy: tuple[int, int, int] | None = None
    """Of what the writer worded: reaction, interpretation, exploration."""


def settled(message: str, reference: str, plan: Plan, text: str) -> Worded:
    """One text held against its plan, as a draft would be."""
    findings = check(text, plan, message)
    return Worded(message, reference, plan, text, findings, plan.text if findings else text)


def figures(worded: Sequence[Worded], seconds: float) -> dict[str, float]:
    """By name, see `NAMES`; what cannot be told is left out.

    BLEU (sacrebleu, its own tokens), ROUGE-L and the share of different word pairs are of what the writer worded,
    without the sign-off, which is the plan's.

    Args:
        seconds: that the writer took for all of them.
    """
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu import corpus_bleu

    made = [one for one in worded if one.plan is not None]
    found: dict[str, float] = {"n": len(worded), "abstains": 1 - len(made) / max(1, len(worded))}
    if not made:
        return found
    texts = [body(one.text, one.plan) for one in made]
    with_reference = [(text, one.reference) for text, one in zip(texts, made, strict=True) if one.reference]
    if with_reference:
        hypotheses, references = zip(*with_reference, strict=True)
        found["bleu"] = corpus_bleu(list(hypotheses), [list(references)]).score
        scorer = RougeScorer(["rougeL"], use_stemmer=True)
        found["rouge_l"] = fmean(scorer.score(right, text)["rougeL"].fmeasure for text, right in with_reference)
    found["refused"] = fmean(bool(one.findings) for one in made)
    found["findings"] = sum(len(check(one.ready, one.plan, one.message)) for one in made if one.plan)
    found["distinct_2"] = distinct(texts)
    found |= _beside_the_plan(made)
    if rated := [one.empathy for one in made if one.empathy is not None]:
        for place, name in enumerate(("reaction", "interpretation", "exploration")):
            found[name] = fmean(one[place] for one in rated)
    found["characters"] = fmean(map(len, texts))
    found["seconds"] = seconds / len(made)
    return found


def _beside_the_plan(made: Sequence[Worded]) -> dict[str, float]:
    from core.guard import sentences

    found: dict[str, float] = {}
    own = [
        (sentence, set(sentences(one.plan.text)))
        for one in made
        if one.plan
        for sentence in sentences(body(one.text, one.plan))
    ]
    if own:
        found["new"] = fmean(sentence not in planned for sentence, planned in own)
    if pages := [link in one.text for one in made if one.plan for link in one.plan.links]:
        found["page"] = fmean(pages)
    if asks := ["?" in one.text for one in made if one.plan and "?" in one.plan.says(Act.ASK)]:
        found["asks"] = fmean(asks)
    return found


def body(text: str, plan: Plan | None) -> str:
    """A reply without its sign-off, on one line."""
    for line in plan.lines if plan else ():
        if line.act is Act.SIGN_OFF:
            text = text.replace(line.text, "")
    return " ".join(text.split())


def distinct(texts: Sequence[str], size: int = 2) -> float:
    """Share of the word pairs of all texts together that are different ones.

    Source: Li et al. 2016, A Diversity-Promoting Objective Function for Neural Conversation Models, sec. 5.

    >>> distinct(["we are here", "we are there"])
    0.75
    """
    runs = []
    for text in texts:
        words = text.lower().split()
        runs += [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]
    return len(set(runs)) / len(runs) if runs else 0.0


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown: a row a figure, a column a writer."""
    rows = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for key, name in NAMES.items():
        if any(key in one for one in found.values()):
            rows.append(f"| {name} | {' | '.join(_cell(key, one.get(key)) for one in found.values())} |")
    return "\n".join(rows)


def _cell(key: str, value: float | None) -> str:
    if value is None:
        return ""
    if key in ("n", "findings", "characters"):
        return f"{value:,.0f}"
    if key in ("abstains", "refused", "page", "asks", "new"):
        return f"{value:.0%}"
    return f"{value:.1f}" if key == "bleu" else f"{value:.2f}"
