"""What people do with drafts in PostgreSQL: claim, edit, let go, decide. Of two at once, one wins."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from core.audit import Entry
from core.replies import DraftState
from core.reviews import (
    Answer,
    Approval,
    Rejection,
    Reviewer,
    Ruling,
    Standing,
    edit_distance,
    handover,
    may_claim,
    may_decide,
    verdict,
)
from storage.audit import write
from storage.connections import Connections, Transaction
from storage.statements import statements

SQL: Final = statements("reviews.sql")
TAKES: Final = 3
"""Looks for a free draft: one that a colleague took between the look and the lock makes a look come back empty."""


class Reviews:
    """Fills `core.ports.ReviewStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def take(self, reviewer: Reviewer, now: datetime, claim_for: timedelta) -> str | None:
        for _ in range(TAKES):
            with self._connections.transaction() as transaction:
                for row in transaction.rows(SQL["most_urgent"], {"now": now}):
                    _Hand(transaction, row["post_id"], {}, reviewer, now).claim(claim_for)
                    return str(row["post_id"])
        return None

    def claim(self, post_id: str, reviewer: Reviewer, now: datetime, claim_for: timedelta) -> Answer:
        with self._holding(post_id, reviewer, now) as hand:
            answer = may_claim(hand.standing, reviewer, now)
            if answer is Answer.DONE:
                hand.claim(claim_for)
        return answer

    def release(self, post_id: str, reviewer: Reviewer, now: datetime) -> Answer:
        with self._holding(post_id, reviewer, now) as hand:
            answer = may_decide(hand.standing, reviewer, now)
            if answer is Answer.DONE:
                hand.change("release")
                hand.write_down("released")
        return answer

    def edit(self, post_id: str, text: str, reviewer: Reviewer, now: datetime) -> Answer:
        with self._holding(post_id, reviewer, now) as hand:
            answer = may_decide(hand.standing, reviewer, now)
            if answer is Answer.DONE and text != hand.current:
                hand.change("edit", text=text)
                hand.write_down("edited", text=text)
        return answer

    def decide(self, post_id: str, ruling: Ruling, reviewer: Reviewer, now: datetime) -> Answer:
        with self._holding(post_id, reviewer, now) as hand:
            answer = may_decide(hand.standing, reviewer, now)
            if answer is Answer.DONE:
                hand.decide(ruling)
        return answer

    @contextmanager
    def _holding(self, post_id: str, reviewer: Reviewer, now: datetime) -> Iterator[_Hand]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["standing"], {"post_id": post_id})
            yield _Hand(transaction, post_id, rows[0] if rows else {}, reviewer, now)


@dataclass(frozen=True, slots=True)
class _Hand:
    """A draft whose row is held by this transaction, in the hand of one person."""

    transaction: Transaction
    post_id: str
    row: Mapping[str, Any]
    reviewer: Reviewer
    now: datetime

    @property
    def standing(self) -> Standing | None:
        if not self.row:
            return None
        return Standing(DraftState(self.row["state"]), self.row["claim_key"], self.row["claimed_until"])

    @property
    def current(self) -> str:
        edited = self.row["edited_text"]
        return str(self.row["text"] if edited is None else edited)

    def change(self, name: str, **facts: Any) -> None:
        self.transaction.rows(SQL[name], {"post_id": self.post_id, **facts})

    def write_down(self, what: str, text: str | None = None, reason: str | None = None) -> None:
        self.change("write_down", now=self.now, by=self.reviewer.name, what=what, text=text, reason=reason)
        detail = {"key": self.reviewer.key} | ({} if reason is None else {"reason": reason})
        write(self.transaction, Entry(self.now, self.reviewer.name, f"draft.{what}", self.post_id, detail))

    def claim(self, claim_for: timedelta) -> None:
        self.change("claim", by=self.reviewer.name, key=self.reviewer.key, until=self.now + claim_for)
        if not self.row or self.row["claim_key"] != self.reviewer.key:  # to last longer is nothing new
            self.write_down("claimed")

    def decide(self, ruling: Ruling) -> None:
        state = verdict(ruling, self.row["text"])
        final = ruling.text.strip() if isinstance(ruling, Approval) else None
        distance = edit_distance(self.row["text"], final) if final and self.row["text"] else None
        reason, note = (ruling.reason.value, ruling.note) if isinstance(ruling, Rejection) else ("", "")
        self.change(
            "decide", state=state.value, final_text=final, edit_distance=distance, reason=reason, note=note,
            by=self.reviewer.name, now=self.now,
        )  # fmt: skip
        what = "rejected" if state is DraftState.REJECTED else "approved"
        self.write_down(what, text=final, reason=" · ".join(filter(None, (reason, note))) or None)
        if isinstance(ruling, Approval):
            self._hand_over(ruling, state)

    def _hand_over(self, approval: Approval, state: DraftState) -> None:
        """In the approval's own transaction: what is approved is on its way, whoever dies after it."""
        waiting = handover(self.post_id, approval, state, self.reviewer.name, self.now, facts_of(self.row))
        self.change(
            "hand_over", notification_id=waiting.notification_id, event=waiting.event, receiver=waiting.receiver,
            payload=json.dumps(waiting.payload), state=waiting.state.value, queued_at=waiting.queued_at,
            due_at=waiting.due_at,
        )  # fmt: skip


def facts_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the helpdesk is told beside the reply. Not the message: it has that, and fewer copies are better."""
    names = ("source", "channel", "url", "language", "intent", "request", "entry", "writer")
    priority = round(float(row["priority"]), 3)
    moments = {"published_at": row["published_at"].isoformat()}
    return {name: row[name] for name in names} | moments | {"entities": list(row["entities"]), "priority": priority}
