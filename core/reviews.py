"""The life of a draft once it is written: who has it in hands, what was decided, and what is handed over.

requested → drafted, or abstained → in review → approved, edited or rejected → handed over, where it was approved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from core.alerting import Notification, NotificationState
from core.replies import DraftState

CLAIM_FOR: Final = timedelta(minutes=10)
"""How long a person keeps a draft that asks for it once; a page that is looked at asks again and again, for less."""
MOST_CHARS: Final = 4_000
"""The longest reply that a person may approve."""
MOST_NOTE_CHARS: Final = 500
REPLIES: Final = "replies"
"""The receiver of approved replies: the firm's own helpdesk."""
APPROVED: Final = "reply.approved"

OPEN: Final = frozenset({DraftState.READY, DraftState.ABSTAINED})
"""A person has to decide."""
DECIDED: Final = frozenset({DraftState.APPROVED, DraftState.EDITED, DraftState.REJECTED})
_WORD: Final = re.compile(r"\w+|[^\w\s]")


class Stage(StrEnum):
    """Where a draft stands, for people."""

    REQUESTED = "requested"
    DRAFTED = "drafted"
    ABSTAINED = "abstained"
    REPEATED = "repeated"
    IN_REVIEW = "in review"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    HANDED_OVER = "handed over"


class Reason(StrEnum):
    """Why a draft is rejected."""

    FACTS = "Wrong facts"
    TONE = "Wrong tone"
    ENTRY = "Answers another question"
    NO_REPLY = "No reply is needed"
    CALL = "Needs a phone call"
    OTHER_TEAM = "Belongs to another team"


class Answer(StrEnum):
    """What became of something that a reviewer asked for; all but DONE changed nothing."""

    DONE = "done"
    MISSING = "there is no such draft"
    UNWRITTEN = "this draft is not written yet"
    REPEATED = "an earlier draft answers this message too"
    HELD = "someone else has this draft in review"
    UNCLAIMED = "claim this draft first: you do not have it in review"
    DECIDED = "this draft was decided already"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides. Two people may bear one name; the key tells them apart."""

    name: str
    key: str
    """Of one browser's page, or of one token."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a reviewer may go on with a draft."""

    state: DraftState
    held_by: str | None = None
    """The key of whoever claimed it last, and neither let it go nor lost it to another."""
    held_until: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        return self.held_by is not None and self.held_until is not None and self.held_until > now


@dataclass(frozen=True, slots=True)
class Approval:
    """`text` is what the customer shall read: the draft, edited or not, or one's own where none was written."""

    text: str

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > MOST_CHARS:
            raise ValueError(f"a reply has 1 to {MOST_CHARS} characters")


@dataclass(frozen=True, slots=True)
class Rejection:
    reason: Reason
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.note) > MOST_NOTE_CHARS:
            raise ValueError(f"a note has at most {MOST_NOTE_CHARS} characters")


Ruling = Approval | Rejection


def stage(standing: Standing, handed_over_at: datetime | None, now: datetime) -> Stage:
    """Where a draft stands at this moment: a claim ends by itself when its time is over."""
    if handed_over_at is not None:
        return Stage.HANDED_OVER
    if standing.state in OPEN and standing.is_held(now):
        return Stage.IN_REVIEW
    return Stage.DRAFTED if standing.state is DraftState.READY else Stage(standing.state.value)


def may_claim(standing: Standing | None, reviewer: Reviewer, now: datetime) -> Answer:
    """DONE where a reviewer may have a draft: nobody else has it. Claiming again makes one's own claim last longer."""
    closed = _closed(standing)
    if closed is not None or standing is None:
        return closed or Answer.MISSING
    return Answer.HELD if standing.is_held(now) and standing.held_by != reviewer.key else Answer.DONE


def may_decide(standing: Standing | None, reviewer: Reviewer, now: datetime) -> Answer:
    """DONE where a reviewer may edit, decide or let go.

    A claim whose time is over still counts while nobody else has taken the draft since: what was read is what is
    decided.
    """
    closed = _closed(standing)
    if closed is not None or standing is None:
        return closed or Answer.MISSING
    if standing.held_by == reviewer.key:
        return Answer.DONE
    return Answer.HELD if standing.is_held(now) else Answer.UNCLAIMED


def _closed(standing: Standing | None) -> Answer | None:
    """Why nobody may have a draft in review; `None` where somebody may."""
    if standing is None:
        return Answer.MISSING
    if standing.state in DECIDED:
        return Answer.DECIDED
    if standing.state is DraftState.REPEATED:
        return Answer.REPEATED
    return None if standing.state in OPEN else Answer.UNWRITTEN


def verdict(ruling: Ruling, draft: str) -> DraftState:
    """Approved word for word, edited, or rejected; `draft` is empty where the writer abstained."""
    match ruling:
        case Rejection():
            return DraftState.REJECTED
        case Approval(text):
            return DraftState.APPROVED if text.strip() == draft.strip() else DraftState.EDITED


def edit_distance(draft: str, final: str) -> float:
    """Words and signs inserted, deleted or replaced, over those of the longer text: 0 is untouched, 1 all new.

    Source: Levenshtein 1966, over words as in word error rate.

    >>> edit_distance("We are sorry.", "We are very sorry."), edit_distance("", "Own words"), edit_distance("a", "a")
    (0.2, 1.0, 0.0)
    """
    one, other = _WORD.findall(draft), _WORD.findall(final)
    longest = max(len(one), len(other))
    while one and other and one[-1] == other[-1]:  # most edits are small: what is the same at the ends costs nothing
        one, other = one[:-1], other[:-1]
    first = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return _steps(one[first:], other[first:]) / longest if longest else 0.0


def _steps(one: Sequence[str], other: Sequence[str]) -> int:
    row = list(range(len(other) + 1))
    for n, a in enumerate(one, start=1):
        previous, row = row, [n]
        for m, b in enumerate(other, start=1):
            row.append(min(previous[m] + 1, row[m - 1] + 1, previous[m - 1] + (a != b)))
    return row[-1]


def handover(
    post_id: str, approval: Approval, state: DraftState, by: str, at: datetime, facts: Mapping[str, Any]
) -> Notification:
    """The webhook with which the firm's helpdesk gets a reply to send. Its id, the draft's with the verdict, is the
    idempotency key: it is the same however often it is made.

    Args:
        facts: of the message and the draft, as JSON can hold them: where the reply is to go, and what it stands on.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (type,
    timestamp, data).
    """
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = {
        "draft_id": post_id,
        "verdict": state.value,
        "text": approval.text.strip(),
        "decided_by": by,
        "decided_at": moment,
        **facts,
    }
    return Notification(
        notification_id=f"{post_id}.{state.value}",
        incident_id="",
        event=APPROVED,
        payload={"type": APPROVED, "timestamp": moment, "data": data},
        state=NotificationState.PENDING,
        attempts=0,
        due_at=at,
        receiver=REPLIES,
        queued_at=at,
    )
