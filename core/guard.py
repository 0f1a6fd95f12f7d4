"""What a draft must not say, whoever wrote it: held against its plan, word for word, before it is shown as ready."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.disguises import signs_in, undisguised
from core.echoes import echoed_in
from core.forbidden import (
    ASKED,
    ENGLISH,
    GREETING,
    NO_NAMES,
    OPENERS,
    PATTERNS,
    SECRET,
    SECRET_DENIED,
    STRICT,
    WONDERED,
)
from core.forbidden import (
    Rule as Rule,
)
from core.negation import reversed_in
from core.plans import Act, Plan

COPIED_WORDS: Final = 6
"""In a row, from the customer's message: five may be everyday words ("I have not received my")."""
LEAST_WORDS: Final = 8
LEAST_IN_SENTENCE: Final = 4
LEAST_ENGLISH: Final = 0.2
"""Share of the most common English words: 0.35 to 0.6 in the playbook's sentences, under 0.1 in another language."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]*)[\"“”«»]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a draft says and must not."""

    rule: Rule
    quote: str
    """The words, as they stand in the draft, or what is missing."""


def check(draft_text: str, plan: Plan, message: str) -> tuple[Finding, ...]:
    """Every rule that a draft breaks; empty for a draft that may be shown as ready.

    A sentence that stands in the plan is allowed as it is. Any other never makes a promise, reassures, admits, advises,
    blames, cheers or diagnoses; a number, date, name or link only if the plan has it; and it agrees with the plan in
    what is so and what is not. The message allows nothing: it is data, and what a draft repeats of it beyond the plan's
    quote and plain words is a finding too.

    Args:
        draft_text: from any writer.
        plan: what it was to say.
        message: the customer's message.
    """
    text = draft_text.replace("’", "'").strip()
    if plan.verbatim and text != plan.text.replace("’", "'"):
        return (Finding(Rule.VERBATIM, text[:80]),)
    if not text or len(draft_text) > plan.max_chars:
        return (Finding(Rule.LENGTH, f"{len(draft_text)} characters, of at most {plan.max_chars}"),)
    planned = plan.text.replace("’", "'")
    fresh = _fresh(text, planned)
    allowed = _without(planned.lower(), plan.quote.lower())
    found = [
        *(Finding(Rule.FACT, line.text) for line in plan.lines if line.act is Act.FACT and line.text not in text),
        *_house_rules(fresh, plan.must_not_say),
        *_copied(fresh, planned, message),
        *(Finding(Rule.NEGATION, sentence) for sentence in reversed_in(_asserted(plan), fresh)),
        *(Finding(Rule.ECHO, words) for words in echoed_in(fresh, planned, message)),
        *_language(text, fresh),
        *_unfinished(text, plan, fresh),
        *(Finding(Rule.DISGUISED, sign) for sign in signs_in(draft_text, plan.text)),
    ]
    for sentence in fresh:
        found += _patterns(_without(sentence.lower(), plan.quote.lower()), allowed)
        if (plain := undisguised(sentence)) != sentence.lower():
            found += _patterns(_without(plain, plan.quote.lower()), allowed)
        found += _secrets(sentence)
        found += _names(sentence, planned)
        found += [Finding(Rule.COPIED, q) for q in _QUOTED.findall(sentence) if q and q not in planned]
    return tuple(dict.fromkeys(found))


def look_over(text: str, plan: Plan | None, message: str) -> tuple[Finding, ...]:
    """As `check`, of a text that a person may have written: where there is no plan or no text yet, nothing is found."""
    return check(text, plan, message) if plan is not None and text.strip() else ()


def in_playbook(text: str, must_not_say: Sequence[str]) -> tuple[Finding, ...]:
    """What a playbook's own sentence must not say; `must_not_say` are regular expressions over lower-case text.

    Reassurance is left to the firm, which knows what is safe.
    """
    lower = text.replace("’", "'").lower()
    found = (one for one in _patterns(lower, "") if one.rule is not Rule.REASSURANCE)
    return (*found, *_secrets(lower), *_house_rules([text], must_not_say))


def sentences(text: str) -> list[str]:
    """Its sentences, each with its stop."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def _fresh(text: str, planned: str) -> list[str]:
    """The sentences that do not stand in the plan."""
    known = set(sentences(planned))
    return [sentence for sentence in sentences(text) if sentence not in known]


def _asserted(plan: Plan) -> list[str]:
    """What is said and asked of the matter; the rest is courtesy."""
    return [line.text.replace("’", "'") for line in plan.lines if line.act in (Act.FACT, Act.NEXT_STEP, Act.ASK)]


def _without(text: str, quote: str) -> str:
    return text.replace(f'"{quote}"', '""') if quote else text


def _patterns(sentence: str, allowed: str) -> Iterator[Finding]:
    lower = sentence.lower()
    for rule, pattern in PATTERNS.items():
        for match in pattern.finditer(lower):
            if rule is Rule.CLAIM and ASKED.search(lower[: match.start()]):
                continue
            if rule is Rule.REASSURANCE and WONDERED.search(lower[: match.start()]):
                continue
            if rule in STRICT or not _stands_in(match.group(), allowed):
                yield Finding(rule, match.group().strip())


def _stands_in(words: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words.strip())}(?!\w)", text) is not None


def _secrets(sentence: str) -> Iterator[Finding]:
    lower = sentence.lower()
    if (match := SECRET.search(lower)) and not SECRET_DENIED.search(lower):
        yield Finding(Rule.SECRET, match.group())


def _names(sentence: str, planned: str) -> Iterator[Finding]:
    """Words with a capital that the plan does not have; at a sentence's start only in a greeting or before a comma."""
    words = re.findall(r"[^\W\d_][\w'-]*,?", sentence)
    known = {word.strip(",") for word in re.findall(r"[^\W\d_][\w'-]*", planned)} | NO_NAMES
    for place, word in enumerate(words):
        bare = word.strip(",").removesuffix("'s")
        if bare == bare.lower() or bare in known:
            continue
        starts = place == 0 and not (word.endswith(",") and bare.lower() not in OPENERS)
        if not starts or GREETING.match(sentence.lower()):
            yield Finding(Rule.NAME, bare)


def _house_rules(fresh: Sequence[str], must_not_say: Sequence[str]) -> Iterator[Finding]:
    for sentence in fresh:
        for phrase in must_not_say:
            if match := re.search(phrase, sentence.lower()):
                yield Finding(Rule.HOUSE_RULE, match.group())


def _copied(fresh: Sequence[str], planned: str, message: str) -> Iterator[Finding]:
    theirs = _runs(message)
    ours = _runs(planned)
    for sentence in fresh:
        for run in _runs(sentence) & theirs - ours:
            yield Finding(Rule.COPIED, " ".join(run))
            break


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[n : n + COPIED_WORDS]) for n in range(len(words) - COPIED_WORDS + 1)}


def _language(text: str, fresh: Sequence[str]) -> Iterator[Finding]:
    """The whole text, and each sentence of the writer's own: a foreign one must not hide among the planned ones."""
    for part, least in ((text, LEAST_WORDS), *((sentence, LEAST_IN_SENTENCE) for sentence in fresh)):
        words = re.findall(r"[^\W\d_]+", part.lower())
        if len(words) >= least and sum(word in ENGLISH for word in words) < LEAST_ENGLISH * len(words):
            yield Finding(Rule.LANGUAGE, part[:80])


def _unfinished(text: str, plan: Plan, fresh: Sequence[str]) -> Iterator[Finding]:
    """The plan's sign-off stands at the end, word for word, and each sentence of the writer's own is a whole one."""
    sign_off = plan.says(Act.SIGN_OFF).replace("’", "'")
    last = sentences(text)[-1]
    if last != sign_off if sign_off else text[-1] not in ".?":
        yield Finding(Rule.UNFINISHED, last[-80:])
    for sentence in fresh:
        if not sentence.lstrip("\"'(")[:1].isupper() or sentence.rstrip("\"')")[-1:] not in ".?":
            yield Finding(Rule.UNFINISHED, sentence[-80:])
