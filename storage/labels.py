"""Labels in PostgreSQL: what people say a post is, what holds of it, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from core.agreement import Agreement, Conduct, agreement, conduct
from core.audit import Entry
from core.errors import LabelRefused
from core.label_queue import QueueItem
from core.labels import Item, Label, NewLabel, SettledLabel, State, Task, checked, of_items, resolve
from core.learning_ports import Added
from core.posts import Channel
from storage.audit import write
from storage.connections import Connections, Transaction
from storage.label_queue import LabelQueue
from storage.statements import statements

SQL: Final = statements("labels.sql")
TEXTS_AT_ONCE: Final = 1_000


class Labels:
    """Fills `core.learning_ports.LabelStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._queue = LabelQueue(connections)

    def next(
        self,
        by: str,
        count: int,
        now: datetime,
        tasks: Sequence[Task] = tuple(Task),
        disputed: Mapping[Item, str] | None = None,
        hold_for: timedelta | None = timedelta(minutes=10),
    ) -> list[QueueItem]:
        return self._queue.next(by, count, now, tasks, disputed, hold_for)

    def pass_over(self, post_id: str, task: Task, by: str, at: datetime) -> None:
        self._queue.pass_over(post_id, task, by, at)

    def add(self, label: NewLabel, at: datetime) -> int:
        wanted = checked(label)
        with self._connections.transaction() as transaction:
            label_id, is_new = _add(transaction, wanted, at)
            if is_new:
                detail = {"task": wanted.task.value, "value": list(wanted.value)}
                write(transaction, Entry(at, wanted.by, "label.added", wanted.post_id, detail))
            return label_id

    def add_all(self, labels: Sequence[tuple[NewLabel, datetime]], by: str, now: datetime) -> list[Added]:
        answers: dict[int, Added] = {}
        # in the order of ids, so that of two who bring the same posts one waits for the other, and never in a ring
        by_post = sorted(range(len(labels)), key=lambda place: (labels[place][0].post_id, place))
        with self._connections.transaction() as transaction:
            for place in by_post:
                label, at = labels[place]
                try:
                    wanted = checked(label)
                    answers[place] = Added(*_add(transaction, wanted, at))
                except LabelRefused as exc:
                    answers[place] = Added(refused=str(exc))
                    continue
                if answers[place].is_new:
                    write(transaction, Entry(now, by, "label.imported", wanted.post_id, _detail(wanted, at)))
        return [answers[place] for place in range(len(labels))]

    def undo(self, label_id: int, by: str, at: datetime) -> bool:
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["undo"], {"label_id": label_id, "by": by, "at": at}):
                return False
            write(transaction, Entry(at, by, "label.undone", str(label_id)))
        return True

    def of_post(self, post_id: str) -> list[Label]:
        with self._connections.transaction() as transaction:
            return [label_of(row) for row in transaction.rows(SQL["of_post"], {"post_id": post_id})]

    def page(self, after: int, count: int) -> list[tuple[Label, str, str, str | None]]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["page"], {"after": after, "count": count})
        return [(label_of(row), row["text"], row["channel"], row["language"]) for row in rows]

    def standing(self, since: datetime | None = None) -> list[Label]:
        with self._connections.transaction() as transaction:
            return _standing(transaction, since)

    def settled(self, since: datetime | None = None) -> list[SettledLabel]:
        with self._connections.transaction() as transaction:
            items = of_items(_standing(transaction, since))
            posts = _texts(transaction, sorted({post_id for post_id, _ in items}))
        found = []
        for (post_id, _), labels in items.items():
            held = resolve(labels)
            if held.state is State.SETTLED and post_id in posts:
                found.append(_settled(labels[-1], held.value, held.people, posts[post_id]))
        return sorted(found, key=lambda one: (one.labelled_at, one.post_id, one.task))

    def agreement(self) -> Mapping[Task, Agreement]:
        return agreement(self.standing())

    def conduct(self) -> list[Conduct]:
        return conduct(self.standing())


def label_of(row: Mapping[str, Any]) -> Label:
    return Label(
        label_id=row["label_id"],
        post_id=row["post_id"],
        task=Task(row["task"]),
        value=tuple(row["value"]),
        by=row["labelled_by"],
        at=row["labelled_at"],
        said=tuple(row["said"]),
        model_version=row["model_version"],
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
    )


def _add(transaction: Transaction, label: NewLabel, at: datetime) -> tuple[int, bool]:
    """The label's id, and whether it is new. Raises LabelRefused."""
    held = transaction.rows(SQL["hold"], {"post_id": label.post_id})
    if not held:
        raise LabelRefused(f"there is no post {label.post_id}; it was never stored, or was removed since")
    wanted = {"post_id": held[0]["post_id"], "task": label.task.value, "by": label.by, "at": at}
    earlier = transaction.rows(SQL["earlier"], wanted)
    for row in earlier:
        if row["labelled_at"] == at and tuple(row["value"]) != label.value:
            raise LabelRefused(f"{label.by} chose {', '.join(row['value'])} at that very moment; one of them is wrong")
        if row["labelled_at"] == at or (row["undone_at"] is None and not _says_more(label, at, row)):
            return int(row["label_id"]), False
    stands = next((row for row in earlier if row["undone_at"] is None), None)
    replaced_at = None
    if stands is not None and stands["labelled_at"] > at:
        replaced_at = stands["labelled_at"]
    elif stands is not None:
        transaction.rows(SQL["undo"], {"label_id": stands["label_id"], "by": label.by, "at": at})
    facts = {"value": list(label.value), "said": list(label.said), "model_version": label.model_version}
    ended = {"undone_at": replaced_at, "undone_by": None if replaced_at is None else label.by}
    transaction.rows(SQL["answered"], wanted)
    return int(transaction.rows(SQL["add"], wanted | facts | ended)[0]["label_id"]), True


def _detail(label: NewLabel, at: datetime) -> dict[str, Any]:
    chosen = {"chosen_by": label.by, "chosen_at": at.isoformat()}
    return {"task": label.task.value, "value": list(label.value)} | chosen


def _says_more(label: NewLabel, at: datetime, stands: Mapping[str, Any]) -> bool:
    """Another value; or the same one, chosen later of what another model says, which is a judgement of that one."""
    if tuple(stands["value"]) != label.value:
        return True
    of_another = bool(label.model_version) and stands["model_version"] != label.model_version
    return of_another and at > stands["labelled_at"]


def _standing(transaction: Transaction, since: datetime | None) -> list[Label]:
    return [label_of(row) for row in transaction.rows(SQL["standing"], {"since": since})]


def _texts(transaction: Transaction, post_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(post_ids), TEXTS_AT_ONCE):
        part = list(post_ids[start : start + TEXTS_AT_ONCE])
        found |= {row["post_id"]: row for row in transaction.rows(SQL["texts"], {"post_ids": part})}
    return found


def _settled(newest: Label, value: tuple[str, ...], people: tuple[str, ...], post: Mapping[str, Any]) -> SettledLabel:
    return SettledLabel(
        post_id=newest.post_id,
        task=newest.task,
        value=value,
        people=people,
        labelled_at=newest.at,
        text=post["text"],
        channel=Channel(post["channel"]),
        source=post["source"],
        language=post["language"],
        published_at=post["published_at"],
        fingerprint=post["fingerprint"],
        said=newest.said,
        model_version=newest.model_version,
    )
