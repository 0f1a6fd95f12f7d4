"""Drafts, reviews and hand-overs without a server; trusted because they pass PostgreSQL's contract tests."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.alerting import Notification, NotificationState
from core.replies import Draft, DraftRequest, DraftState, Earlier, rank
from core.reviews import Answer, Approval, Reviewer, Ruling, Standing, handover, may_claim, may_decide, verdict
from core.scoring import ScoredPost
from storage.held import Held
from storage.memory_sending import MemoryWaiting


@dataclass(slots=True)
class Reviewed:
    """What people have done with one draft."""

    state: DraftState | None = None
    """`None` until somebody decided."""
    held_by: str | None = None
    held_until: datetime | None = None
    text: str | None = None
    final_text: str | None = None
    handed_over_at: datetime | None = None


@dataclass
class DraftTables:
    """What PostgreSQL's tables hold of drafts; whoever reads or writes them holds the lock."""

    posts: dict[str, ScoredPost]
    lock: threading.RLock
    requests: dict[str, DraftRequest] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    reviewed: defaultdict[str, Reviewed] = field(default_factory=lambda: defaultdict(Reviewed))
    handovers: dict[str, Notification] = field(default_factory=dict)

    def urgency(self, post_id: str, now: datetime) -> tuple[float, datetime, str]:
        """Sorts the most urgent first; `draft_rank` in PostgreSQL."""
        request = self.requests[post_id]
        return -rank(request.priority, request.requested_at, now), request.requested_at, post_id


class MemoryDrafts:
    """Fills `core.ports.DraftStore`."""

    def __init__(self, tables: DraftTables) -> None:
        self._tables = tables
        self._held: Held[dict[str, Draft]] = Held("draft request")

    @contextmanager
    def requested(self, limit: int) -> Iterator[Sequence[tuple[DraftRequest, ScoredPost]]]:
        tables, written, now = self._tables, dict[str, Draft](), datetime.now(UTC)
        with tables.lock:
            waiting = [name for name in tables.requests if name not in tables.drafts and name not in self._held]
            taken = sorted(waiting, key=lambda name: tables.urgency(name, now))[:limit]
            held = self._held.under(taken, written)
            held.__enter__()
            answer = [(tables.requests[name], tables.posts[name]) for name in taken]
        try:
            yield answer
            with tables.lock:
                tables.drafts.update(written)
                for name, draft in written.items():
                    asked = tables.requests[name]
                    tables.requests[name] = replace(asked, priority=max(asked.priority, draft.least_priority))
        finally:
            held.__exit__(None, None, None)

    def drafted(self, author_keys: Sequence[str], since: datetime) -> Mapping[str, Sequence[Earlier]]:
        tables, found = self._tables, defaultdict[str, list[Earlier]](list)
        with tables.lock:
            for draft in sorted(tables.drafts.values(), key=lambda d: (-d.ready_at.timestamp(), d.post_id)):
                author, done = tables.posts[draft.post_id].post.author_key, tables.reviewed[draft.post_id]
                waits = draft.state is DraftState.READY and done.state in (None, DraftState.APPROVED, DraftState.EDITED)
                own = draft.state is DraftState.ABSTAINED and done.final_text is not None
                if author in author_keys and author is not None and (waits or own) and draft.ready_at >= since:
                    text, entry = done.final_text or draft.text, draft.plan.entry if draft.plan else ""
                    found[author].append(Earlier(draft.post_id, entry, text, draft.ready_at))
        return dict(found)

    def save(self, draft: Draft) -> None:
        self._held[draft.post_id][draft.post_id] = draft


class MemoryReviews:
    """Fills `core.ports.ReviewStore`."""

    def __init__(self, tables: DraftTables) -> None:
        self._tables = tables

    def take(self, reviewer: Reviewer, now: datetime, claim_for: timedelta) -> str | None:
        with self._tables.lock:
            ids = sorted(self._tables.drafts, key=lambda name: self._tables.urgency(name, now))
            standings = ((name, self._standing(name)) for name in ids)
            free = (n for n, s in standings if s and not s.is_held(now) and may_claim(s, reviewer, now) is Answer.DONE)
            post_id = next(free, None)
            if post_id is not None:
                self.claim(post_id, reviewer, now, claim_for)
        return post_id

    def claim(self, post_id: str, reviewer: Reviewer, now: datetime, claim_for: timedelta) -> Answer:
        with self._tables.lock:
            answer = may_claim(self._standing(post_id), reviewer, now)
            if answer is Answer.DONE:
                self._change(post_id, held_by=reviewer.key, held_until=now + claim_for)
        return answer

    def release(self, post_id: str, reviewer: Reviewer, now: datetime) -> Answer:
        with self._tables.lock:
            answer = may_decide(self._standing(post_id), reviewer, now)
            if answer is Answer.DONE:
                self._change(post_id, held_by=None, held_until=None)
        return answer

    def edit(self, post_id: str, text: str, reviewer: Reviewer, now: datetime) -> Answer:
        with self._tables.lock:
            answer = may_decide(self._standing(post_id), reviewer, now)
            if answer is Answer.DONE:
                self._change(post_id, text=text)
        return answer

    def decide(self, post_id: str, ruling: Ruling, reviewer: Reviewer, now: datetime) -> Answer:
        with self._tables.lock:
            answer = may_decide(self._standing(post_id), reviewer, now)
            if answer is Answer.DONE:
                state = verdict(ruling, self._tables.drafts[post_id].text)
                final = ruling.text.strip() if isinstance(ruling, Approval) else None
                self._change(post_id, state=state, final_text=final, held_by=None, held_until=None)
                if isinstance(ruling, Approval):
                    source = self._tables.posts[post_id].post.source
                    waiting = handover(post_id, ruling, state, reviewer.name, now, {"source": source})
                    self._tables.handovers[waiting.notification_id] = waiting
        return answer

    def _standing(self, post_id: str) -> Standing | None:
        if post_id not in self._tables.requests:
            return None
        draft, done = self._tables.drafts.get(post_id), self._tables.reviewed[post_id]
        state = done.state or (draft.state if draft else DraftState.REQUESTED)
        return Standing(state, done.held_by, done.held_until)

    def _change(self, post_id: str, **changes: Any) -> None:
        self._tables.reviewed[post_id] = replace(self._tables.reviewed[post_id], **changes)


class MemoryHandovers(MemoryWaiting):
    """Fills `core.ports.Outbox`."""

    def __init__(self, tables: DraftTables) -> None:
        def due(now: datetime) -> list[Notification]:
            waiting = [n for n in tables.handovers.values() if n.state is NotificationState.PENDING and n.due_at <= now]
            return sorted(waiting, key=lambda n: (n.due_at, n.notification_id))

        super().__init__(tables.lock, tables.handovers, "hand-over", due)
