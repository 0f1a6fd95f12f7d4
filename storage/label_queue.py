"""Whom PostgreSQL lets ask what next: candidates are found by index, and ranked by core.label_queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from core.label_queue import Candidate, Known, QueueItem, Why, disputes, rank, wants_second
from core.labels import Item, Task
from core.reviews import Reason
from storage.connections import Connections, Transaction
from storage.models import disagreements
from storage.posts import SQL as POSTS_SQL
from storage.posts import scored_post_of
from storage.statements import statements

SQL: Final = statements("label_queue.sql")
QUEUE_LOCK: Final = 0x67737765_6C6C0006
"""Beside `storage.incidents.STEP_LOCK`."""
LOOKS_BACK: Final = timedelta(days=7)
WAITS_FOR: Final = timedelta(days=30)
"""So long a label waits for a second or third opinion."""
SLOT: Final = timedelta(hours=3)
SLOTS: Final = LOOKS_BACK // SLOT
NEWEST: Final = 1_000
"""Posts that are looked at for being new; of every slot besides, `A_SLOT` originals of its `READ_A_SLOT` newest."""
A_SLOT: Final = 20
READ_A_SLOT: Final = 100
MOST_OPINIONS: Final = 1_000
MOST_NAMED: Final = 500
COUNTED: Final = 20_000


class LabelQueue:
    """Fills `core.learning_ports.LabelQueue`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def next(
        self,
        by: str,
        count: int,
        now: datetime,
        tasks: Sequence[Task],
        disputed: Mapping[Item, str] | None,
        hold_for: timedelta | None,
    ) -> list[QueueItem]:
        with self._connections.transaction() as transaction:
            if hold_for is not None:
                transaction.rows(SQL["one_at_a_time"], {"lock": QUEUE_LOCK})
                transaction.rows(SQL["let_go"], {"by": by})
            items = _opinions(transaction, by, count, now, tasks)
            if len(items) < count:
                asked = {item.post.post.post_id for item in items}
                if disputed is None:
                    disputed = disputes(disagreements(transaction, MOST_NAMED, now - LOOKS_BACK))
                found = _ranked(transaction, by, count + len(asked), now, tasks, disputed)
                items += [item for item in found if item.post.post.post_id not in asked]
            items = items[:count]
            if hold_for is not None:
                until = now + hold_for
                transaction.insert(SQL["take"], [(i.post.post.post_id, i.task.value, by, until) for i in items])
        return items

    def pass_over(self, post_id: str, task: Task, by: str, at: datetime) -> None:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["pass_over"], {"post_id": post_id, "task": task.value, "by": by, "at": at})


def _opinions(transaction: Transaction, by: str, count: int, now: datetime, tasks: Sequence[Task]) -> list[QueueItem]:
    """What waits for a third opinion, then for a second one; the longest wait first, and one a post."""
    wanted = {"since": now - WAITS_FOR, "by": by, "now": now, "tasks": [t.value for t in tasks], "count": MOST_OPINIONS}
    waiting: list[tuple[Why, Item]] = []
    for row in reversed(transaction.rows(SQL["opinions"], wanted)):
        item = row["post_id"], Task(row["task"])
        people = len(row["label_ids"])
        if people == 2 and row["different"] == 2:
            waiting.append((Why.THIRD, item))
        elif people == 1 and wants_second(item):
            waiting.append((Why.SECOND, item))
    waiting.sort(key=lambda one: one[0] is not Why.THIRD)
    first: dict[str, tuple[Why, Task]] = {}
    for why, (post_id, task) in waiting:
        if len(first) < count:
            first.setdefault(post_id, (why, task))
    rows = transaction.rows(POSTS_SQL["stored"], {"post_ids": list(first)}) if first else []
    posts = {row["post_id"]: scored_post_of(row) for row in rows}
    return [
        QueueItem(posts[post_id], task, why, BECAUSE[why]) for post_id, (why, task) in first.items() if post_id in posts
    ]


BECAUSE: Final = {
    Why.THIRD: "two people chose differently; what two of three choose will hold",
    Why.SECOND: "one person has labelled it; a second opinion shows how far people agree",
}


def _ranked(
    transaction: Transaction,
    by: str,
    count: int,
    now: datetime,
    tasks: Sequence[Task],
    disputed: Mapping[Item, str],
) -> list[QueueItem]:
    since = now - LOOKS_BACK
    misread = [
        row["post_id"] for row in transaction.rows(SQL["misread"], {"since": since, "reason": Reason.ENTRY.value})
    ]
    named = list(dict.fromkeys([*misread, *(post_id for post_id, _ in disputed)]))[:MOST_NAMED]
    counts = {
        (Task(row["task"]), row["chosen"]): int(row["labels"])
        for row in transaction.rows(SQL["counts"], {"count": COUNTED})
    }
    wanted = {
        "since": since, "now": now, "edge": now.replace(minute=0, second=0, microsecond=0), "slot": SLOT,
        "slots": SLOTS, "newest": NEWEST, "read": READ_A_SLOT, "a_slot": A_SLOT, "named": named, "by": by,
    }  # fmt: skip
    candidates = [_candidate(row) for row in transaction.rows(SQL["pool"], wanted)]
    return rank(candidates, Known(disputed, frozenset(misread), counts), count, tasks)


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(scored_post_of(row), frozenset(map(Task, {*row["labelled"], *row["taken"]})))
