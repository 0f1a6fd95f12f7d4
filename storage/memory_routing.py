"""Routing, silences and the outbox without a server; trusted because they pass PostgreSQL's contract tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from core.alerting import DEFAULT_RECEIVER, Incident, IncidentState, Notification, NotificationState
from core.routing import Routed, Standing, Trouble
from core.silences import Silence
from storage.memory_models import refusals_of_champion
from storage.memory_sending import MemoryWaiting
from storage.memory_sources import heard_in

if TYPE_CHECKING:
    from storage.memory import Tables

NOBODY: Final = "no receiver of this name is configured"


def route_in(
    tables: Tables, route: Callable[[Standing], Routed], now: datetime, save: Callable[[Sequence[Incident]], object]
) -> tuple[Notification, ...]:
    """As `storage.routing.route_within`; the caller holds the lock."""
    routed = route(standing(tables, now))
    save(routed.incidents)
    for group_id in routed.gone:
        tables.groups.pop(group_id, None)
    tables.groups.update({group.group_id: group for group in routed.groups})
    queue(tables, routed.notifications)
    return routed.notifications


def queue(tables: Tables, notifications: Sequence[Notification]) -> None:
    """Put messages in the outbox; one whose id is there already is not put there again."""
    for one in notifications:
        tables.notifications.setdefault(
            one.notification_id, replace(one, incident_ids=one.incident_ids or (one.incident_id,))
        )


def standing(tables: Tables, now: datetime) -> Standing:
    """What there is to be told of, what was told, and what is silenced; the caller holds the lock."""
    groups = sorted(tables.groups.values(), key=lambda group: (group.opened_at, group.group_id))
    owed = {name for group in groups for name in group.told}
    told_of = (i for i in tables.incidents.values() if i.state is not IncidentState.RESOLVED or i.incident_id in owed)
    return Standing(
        incidents=tuple(sorted(told_of, key=lambda incident: (incident.opened_at, incident.incident_id))),
        groups=tuple(groups),
        silences=_lasting(tables, now),
        troubles=tuple(_troubles(tables)),
        sources=heard_in(tables, now),
        refusals=refusals_of_champion(tables),
    )


def _lasting(tables: Tables, now: datetime) -> tuple[Silence, ...]:
    lasting = (silence for silence in tables.silences.values() if silence.ends_at > now)
    return tuple(sorted(lasting, key=lambda silence: (silence.ends_at, silence.silence_id)))


def _troubles(tables: Tables) -> Iterator[Trouble]:
    sent = {n.receiver: n.sent_at for n in sorted(_settled(tables, NotificationState.SENT), key=_sent_at)}
    dead = sorted(_settled(tables, NotificationState.DEAD), key=_given_up_at)
    for receiver in sorted({notification.receiver for notification in dead}):
        last = sent.get(receiver)
        since = [n for n in dead if n.receiver == receiver and (last is None or _given_up_at(n) > last)]
        if since:
            yield Trouble(receiver, len(since), _given_up_at(since[0]), since[-1].last_error or "")


def _settled(tables: Tables, state: NotificationState) -> list[Notification]:
    found = [notification for notification in tables.notifications.values() if notification.state is state]
    return [n for n in found if (n.sent_at if state is NotificationState.SENT else n.given_up_at) is not None]


def _sent_at(notification: Notification) -> datetime:
    assert notification.sent_at is not None
    return notification.sent_at


def _given_up_at(notification: Notification) -> datetime:
    assert notification.given_up_at is not None
    return notification.given_up_at


class MemorySilences:
    """Fills `core.ports.Silences`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, silence: Silence) -> None:
        with self._tables.lock:
            self._tables.silences[silence.silence_id] = silence

    def end(self, silence_id: str, now: datetime, by: str | None = None) -> bool:
        with self._tables.lock:
            silence = self._tables.silences.get(silence_id)
            if silence is None or silence.ends_at <= now:
                return False
            del self._tables.silences[silence_id]
            return True

    def lasting(self, now: datetime) -> list[Silence]:
        with self._tables.lock:
            return list(_lasting(self._tables, now))


class MemoryOutbox(MemoryWaiting):
    """Fills `core.ports.Alerts`."""

    def __init__(self, tables: Tables, receiver: str = DEFAULT_RECEIVER) -> None:
        def due(now: datetime) -> list[Notification]:
            firsts: dict[str, Notification] = {}
            for notification in tables.notifications.values():
                if notification.state is NotificationState.PENDING:
                    # in the order they were queued: of a group, only the first may leave
                    firsts.setdefault(notification.group_id or notification.notification_id, notification)
            mine = [n for n in firsts.values() if n.receiver == receiver and n.due_at <= now]
            return sorted(mine, key=lambda n: n.due_at)

        super().__init__(tables.lock, tables.notifications, "notification", due)
        self._tables = tables

    def to(self, receiver: str) -> MemoryOutbox:
        return MemoryOutbox(self._tables, receiver)

    def abandon(self, served: Sequence[str], before: datetime, now: datetime) -> int:
        with self._tables.lock:
            left = [
                replace(n, state=NotificationState.DEAD, given_up_at=now, last_error=NOBODY)
                for n in self._tables.notifications.values()
                if n.state is NotificationState.PENDING
                and n.receiver not in served
                and (n.queued_at or n.due_at) < before
            ]
            self._tables.notifications.update({notification.notification_id: notification for notification in left})
        return len(left)
