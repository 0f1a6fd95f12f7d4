"""Drafts a reply from the playbook: acknowledge, fact, next step, question, close. A person approves it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.alerting import Incident, IncidentState
from core.playbook import Entry, Playbook, Tone, choose, is_long
from core.posts import Channel, Post
from core.replies import Draft, DraftState
from core.scoring import EmotionFamily, ScoredPost, Scores, Sentiment

WRITER: Final = "playbook-1"
SOCIAL_CHARS: Final = 280
"""The longest public post of the smallest common network."""
VARIANTS: Final = 12
"""Attempts at a wording that differs from the draft before; entries have 4 to 48 of them."""

_SENTENCE_END = re.compile(r"(?<=[.?]) ")


def write(
    scored: ScoredPost, incidents: Sequence[Incident], playbook: Playbook, now: datetime, previous: str = ""
) -> Draft:
    """Write one draft; the same post has the same draft.

    Args:
        scored: with scores, or the writer abstains.
        incidents: those open now.
        previous: the draft written before this one; no two in a row are the same or begin alike, where the playbook
            has another wording.

    Returns:
        READY with a text, or ABSTAINED with the reason.
    """
    post, scores = scored.post, scored.scores
    if scores is None:
        return _abstained(scored, "the post has no score", now)
    entry = choose(post.text, scores, playbook)
    if entry is None:
        return _abstained(scored, f"no playbook entry fits (intent {scores.intent}, {scores.intent_p:.2f})", now)
    tone = _tone(scores, entry)
    plan = _Plan(
        entry=entry,
        tone=tone,
        asks_only=not entry.urgent and scores.intent in entry.asking,
        is_known=tone != "neutral" and any(_is_about(incident, post, entry) for incident in incidents),
    )
    text = _worded(post, plan, playbook, previous)
    fault = forbidden(text, entry, playbook)
    if fault is not None:
        return _abstained(scored, fault, now)
    reason = f"playbook entry {entry.name}, tone {tone}"
    if any(fact in text for fact in playbook.incident):
        reason += ", with the open incident"
    return Draft(post.post_id, DraftState.READY, text, WRITER, reason, now)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the reply is to do, before its words."""

    entry: Entry
    tone: Tone
    asks_only: bool
    """A plain question: nothing went wrong."""
    is_known: bool
    """Something went wrong for this customer, and an incident about the same thing is open."""

    @property
    def is_informing(self) -> bool:
        return self.asks_only and self.tone == "neutral" and bool(self.entry.info)


def _tone(scores: Scores, entry: Entry) -> Tone:
    """As `tone_of`, corrected by what the message is about where no feeling was found: there is nothing to be sorry
    about in a plain question, and everything in a card that does not work, however calmly it is told."""
    tone = tone_of(scores)
    if tone not in ("negative", "neutral") or scores.sentiment is Sentiment.POSITIVE:
        return tone
    return "neutral" if entry.is_calm or scores.intent in entry.asking else "negative"


def tone_of(scores: Scores) -> Tone:
    """How to begin: by the feeling, as long as it goes with the sentiment."""
    if scores.sentiment is Sentiment.POSITIVE:
        return "neutral"
    match scores.family:
        case EmotionFamily.ANGER:
            return "anger"
        case EmotionFamily.FEAR:
            return "fear"
        case EmotionFamily.SADNESS:
            return "sadness"
        case EmotionFamily.SURPRISE if scores.sentiment is Sentiment.NEGATIVE:
            return "surprise"
        case _:
            return "negative" if scores.sentiment is Sentiment.NEGATIVE else "neutral"


def forbidden(text: str, entry: Entry, playbook: Playbook) -> str | None:
    """Say what a draft must not say: a number, an amount, or a promise that its entry does not make; `None` if it is
    clean."""
    plan = " ".join((*entry.step, *entry.known, *entry.info, *entry.ask, *entry.acknowledge)).lower()
    number = re.search(r"[\d$£€%]", text)
    if number and number.group() not in plan:
        return f"the draft names a number or amount ({number.group()!r})"
    for promise in playbook.promises.finditer(text.lower()):
        if promise.group() not in plan:
            return f"the draft says {promise.group()!r}, which the playbook does not"
    return None


def _is_about(incident: Incident, post: Post, entry: Entry) -> bool:
    """Open, the same institution, and the same trouble: the incident's example posts fit the same entry, or one of its
    terms stands in the post. Someone in danger or grief is spared it."""
    if incident.state is IncidentState.RESOLVED or incident.key not in post.entities or entry.urgent:
        return False
    words = post.text.lower().replace("'", "").replace("’", "")
    same_entry = any(entry.matches(excerpt.lower()) for excerpt in incident.cause.excerpts)
    return same_entry or any(term in words for term in incident.cause.terms)


def _worded(post: Post, plan: _Plan, playbook: Playbook, previous: str) -> str:
    """The first wording, of those the post's id leads to, that begins otherwise than the draft before."""
    seed = int(post.post_id[:8], 16)
    texts = [_compose(post, plan, playbook, seed + n) for n in range(VARIANTS)]
    start = _opening(previous)
    return next((t for t in texts if _opening(t) != start), next((t for t in texts if t != previous), texts[0]))


def _opening(text: str) -> str:
    return _SENTENCE_END.split(text, maxsplit=1)[0]


def _compose(post: Post, plan: _Plan, playbook: Playbook, n: int) -> str:
    """Wording number `n`; the divisors keep its parts from always changing together."""
    entry = plan.entry
    own = () if plan.tone == "neutral" and not entry.urgent else entry.acknowledge
    opening = _pick(own or playbook.acknowledge[plan.tone], n).format(matter=entry.matter, topic=entry.topic)
    fact = _pick(playbook.incident, n // 2) if plan.is_known else ""
    step = _pick(_steps(plan), n // 3)
    if post.channel is Channel.CUSTOMER:
        closes = playbook.close if entry.close is None else entry.close
        close = _pick(closes, n // 7) if closes else ""
        return _join(opening, fact, step, _pick(_questions(post, plan, playbook), n // 5), close)
    return _in_public(opening, fact, step, _pick(entry.private or playbook.private, n // 5))


def _steps(plan: _Plan) -> Sequence[str]:
    if plan.is_informing:
        return plan.entry.info
    return (plan.is_known and plan.entry.known) or plan.entry.step


def _questions(post: Post, plan: _Plan, playbook: Playbook) -> Sequence[str]:
    """What to ask: never what a long message has told already."""
    if is_long(post.text) and not plan.entry.urgent:
        return playbook.told
    return playbook.wish if plan.is_informing else plan.entry.ask


def _in_public(opening: str, fact: str, step: str, private: str) -> str:
    """As much as 280 characters hold. The step goes first: a colleague can give it in private."""
    for parts in ((opening, fact, step, private), (opening, fact, private), (opening, step, private)):
        if len(_join(*parts)) <= SOCIAL_CHARS:
            return _join(*parts)
    return _join(opening, private)


def _pick(options: Sequence[str], n: int) -> str:
    return options[n % len(options)]


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _abstained(scored: ScoredPost, reason: str, now: datetime) -> Draft:
    return Draft(scored.post.post_id, DraftState.ABSTAINED, "", WRITER, reason, now)
