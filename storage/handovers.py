"""Approved replies on their way to the helpdesk, in PostgreSQL, each held by at most one sender."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from core.alerting import Notification, NotificationState
from storage.connections import Connections, Transaction
from storage.held import Held
from storage.statements import statements

SQL: Final = statements("handovers.sql")


class Handovers:
    """Fills `core.ports.Outbox`: alerts and replies leave by the same sender, each from its own table."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._held: Held[Transaction] = Held("hand-over")

    @contextmanager
    def next_due(self, now: datetime) -> Iterator[Notification | None]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["next_due"], {"now": now})
            with self._held.under((row["notification_id"] for row in rows), transaction):
                yield _notification_of(rows[0]) if rows else None

    def settle(self, notification: Notification) -> None:
        self._held[notification.notification_id].rows(
            SQL["settle"],
            {
                "notification_id": notification.notification_id,
                "state": notification.state.value,
                "attempts": notification.attempts,
                "due_at": notification.due_at,
                "sent_at": notification.sent_at,
                "given_up_at": notification.given_up_at,
                "last_error": notification.last_error,
            },
        )


def _notification_of(row: dict[str, object]) -> Notification:
    """A row of handovers; no incident is behind it."""
    return Notification(**row | {"incident_id": "", "state": NotificationState(row["state"])})  # type: ignore[arg-type]
