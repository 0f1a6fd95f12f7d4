"""Notifications in PostgreSQL, each held by at most one sender."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from core.alerting import Notification, NotificationState
from storage.connections import Connections, Transaction
from storage.held import Held
from storage.statements import statements

SQL: Final = statements("outbox.sql")


class Outbox:
    """Fills `core.ports.Outbox`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._held: Held[Transaction] = Held("notification")

    @contextmanager
    def next_due(self, now: datetime) -> Iterator[Notification | None]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["next_due"], {"now": now})
            with self._held.under((row["notification_id"] for row in rows), transaction):
                yield notification_of(rows[0]) if rows else None

    def settle(self, notification: Notification) -> None:
        self._held[notification.notification_id].rows(
            SQL["settle"],
            {
                "notification_id": notification.notification_id,
                "state": notification.state.value,
                "attempts": notification.attempts,
                "due_at": notification.due_at,
                "sent_at": notification.sent_at,
                "last_error": notification.last_error,
            },
        )


def notification_of(row: Mapping[str, Any]) -> Notification:
    """A row of notifications."""
    facts = {name: value for name, value in row.items() if name != "state"}
    return Notification(**facts, state=NotificationState(row["state"]))
