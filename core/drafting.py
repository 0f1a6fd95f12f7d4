"""From a message to a draft: find the entry, plan, have it worded, hold the words to the plan; or say why not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.alerting import Incident
from core.danger import danger_in, threatens
from core.disguises import undisguised
from core.forbidden import ENGLISH
from core.guard import check
from core.plans import Plan
from core.ports import Embedder, Writer
from core.replies import Draft, DraftState, Earlier, Refused
from core.retrieval import Found, Library, find, pieces
from core.scoring import ScoredPost, Unjudged
from core.writing import TemplateWriter, plan_reply

SAME_CAUSE_FOR: Final = timedelta(days=7)
"""A second message about the same thing within a week belongs to the first one's draft."""
LEAST_ENGLISH: Final = 0.12
"""Share of the most common English words in a message; customers' own English has 0.2 and more."""
LEAST_WORDS: Final = 10
"""Short messages leave small words out ("Great job losing my wages again"); the identifier has read them as well."""

THREAT: Final = "the message threatens somebody: a person decides what happens, and nothing is drafted"
FOREIGN: Final = "the message is not in English: somebody who reads it should answer"
NO_TEXT: Final = "the message has no text to answer"


@dataclass(frozen=True, slots=True)
class Desk:
    """What drafts are made with, in one round: the searched playbook, the writer, and what is known at this moment."""

    shelf: Library
    embedder: Embedder
    writer: Writer
    now: datetime
    incidents: Sequence[Incident] = ()
    earlier: Mapping[str, Sequence[Earlier]] = field(default_factory=dict)
    """By author: what was drafted for them since `SAME_CAUSE_FOR` ago."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A draft with how it came about, for whoever wants to see."""

    draft: Draft
    found: Found | None = None


def draft_all(posts: Sequence[ScoredPost], desk: Desk, previous: str = "") -> list[Answer]:
    """One draft, ready or abstained or repeated, for every post, in their order.

    Raises:
        ModelUnusable: from the embedder or the writer.
    """
    found = _find_all(posts, desk)
    plans: list[Plan | None] = []
    settled: dict[int, Draft] = {}
    done: dict[tuple[str, str], str] = {}
    for index, (scored, hit) in enumerate(zip(posts, found, strict=True)):
        why = _reason_not_to_draft(scored, hit)
        plan = None if why else _plan(scored, hit, desk, previous)
        if plan is None:
            settled[index] = _abstained(scored, why, desk)
        elif first := _answered(scored, plan, desk, done):
            reason = f"already drafted for this author and cause ({plan.entry}): post {first}"
            settled[index] = Draft(
                scored.post.post_id, DraftState.REPEATED, "", desk.writer.name, reason, desk.now, plan
            )
            plan = None
        else:
            previous = plan.text
            if scored.post.author_key:
                done[scored.post.author_key, plan.entry] = scored.post.post_id
        plans.append(plan)
    for index, text in _worded(posts, plans, desk).items():
        settled[index] = _settle(posts[index], plans[index], text, found[index], desk)
    return [Answer(settled[index], found[index]) for index in range(len(posts))]


def is_english(text: str) -> bool:
    """Whether a message can be taken for English; a short one is given the benefit of the doubt.

    >>> is_english("my card is not here"), is_english("mi tarjeta no ha llegado y necesito pagar el alquiler hoy")
    (True, False)
    """
    words = [word for word in re.findall(r"[^\W\d_]+", undisguised(text)) if not word.startswith("xx")]
    if sum(not word.isascii() for word in words) > len(words) / 3:
        return False
    return len(words) < LEAST_WORDS or sum(word in ENGLISH for word in words) >= LEAST_ENGLISH * len(words)


def _find_all(posts: Sequence[ScoredPost], desk: Desk) -> list[Found | None]:
    """In one pass of the encoder over all pieces of all messages."""
    parts = [pieces(scored.post.text) if scored.scores else () for scored in posts]
    vectors = desk.embedder.embed([piece for one in parts for piece in one])
    found: list[Found | None] = []
    start = 0
    for scored, one in zip(posts, parts, strict=True):
        rows = vectors[start : start + len(one)]
        start += len(one)
        found.append(find(scored.post.text, scored.scores, rows, desk.shelf) if scored.scores else None)
    return found


def _reason_not_to_draft(scored: ScoredPost, found: Found | None) -> str:
    """Empty where an entry fits and its words may be said."""
    if threatens(scored.post.text) and danger_in(scored.post.text) is None:
        return THREAT
    if scored.unjudged is Unjudged.LANGUAGE or not is_english(scored.post.text):
        return FOREIGN
    if found is None:
        return NO_TEXT if scored.unjudged else "the post has no score"
    return "" if found.entry else found.reason


def _plan(scored: ScoredPost, found: Found | None, desk: Desk, previous: str) -> Plan:
    assert scored.scores is not None
    assert found is not None
    assert found.entry is not None
    return plan_reply(
        scored.post, scored.scores, found.entry, desk.incidents, desk.shelf.playbook, previous, found.also
    )


def _answered(scored: ScoredPost, plan: Plan, desk: Desk, done: Mapping[tuple[str, str], str]) -> str:
    """The post whose draft answers this one too; empty if there is none. Danger is always told again."""
    author = scored.post.author_key
    if author is None or plan.is_danger:
        return ""
    before = (one for one in desk.earlier.get(author, ()) if one.entry == plan.entry and one.post_id != plan.post_id)
    first = next(before, None)
    return first.post_id if first else done.get((author, plan.entry), "")


def _worded(posts: Sequence[ScoredPost], plans: Sequence[Plan | None], desk: Desk) -> dict[int, str]:
    """By index: the writer's words; the playbook's own where someone may be in danger, or grieves."""
    free = [(index, plan) for index, plan in enumerate(plans) if plan is not None and not plan.verbatim]
    texts = desk.writer.write([plan for _, plan in free], [posts[index].post.text for index, _ in free])
    worded = {index: text for (index, _), text in zip(free, texts, strict=True)}
    return worded | {index: plan.text for index, plan in enumerate(plans) if plan is not None and plan.verbatim}


def _settle(scored: ScoredPost, plan: Plan | None, text: str, found: Found | None, desk: Desk) -> Draft:
    """Ready as it was worded; or, where the guard refuses that, as it was planned, with what was refused."""
    assert plan is not None
    assert found is not None
    writer = TemplateWriter.name if plan.verbatim else desk.writer.name
    reason = f"{found.reason}, tone {plan.tone}" + (", with the open incident" if _tells(plan) else "")
    refused: tuple[Refused, ...] = ()
    if findings := check(text, plan, scored.post.text):
        refused = (Refused(writer, text, findings),)
        reason += f"; rewritten from the plan: {findings[0].rule.value} ({findings[0].quote!r})"
        text, writer = plan.text, TemplateWriter.name
        if again := check(text, plan, scored.post.text):
            says = f"the draft breaks a rule: {again[0].rule.value} ({again[0].quote!r})"
            refused = (*refused, Refused(writer, text, again))
            return Draft(plan.post_id, DraftState.ABSTAINED, "", writer, says, desk.now, plan, refused)
    return Draft(plan.post_id, DraftState.READY, text, writer, reason, desk.now, plan, refused)


def _tells(plan: Plan) -> bool:
    return any(".fact." in line.cites for line in plan.lines)


def _abstained(scored: ScoredPost, reason: str, desk: Desk) -> Draft:
    return Draft(scored.post.post_id, DraftState.ABSTAINED, "", desk.writer.name, reason, desk.now)
