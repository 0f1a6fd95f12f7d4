"""Messages that wait to be sent, in a table of PostgreSQL, each held by at most one sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from core.alerting import Notification
from storage.connections import Connections, Transaction
from storage.held import Held


class Waiting:
    """Fills `core.ports.Outbox` by two statements: `next_due`, which locks at most one row, and `settle`."""

    def __init__(
        self,
        connections: Connections,
        sql: Mapping[str, str],
        noun: str,
        read: Callable[[Mapping[str, Any]], Notification],
        **wanted: object,
    ) -> None:
        """
        Args:
            sql: the two statements.
            noun: what a row is called in an error.
            read: makes a message of a row.
            wanted: parameters of `next_due` besides `now`.
        """
        self._connections = connections
        self._sql = sql
        self._read = read
        self._wanted = wanted
        self._held: Held[Transaction] = Held(noun)

    @contextmanager
    def next_due(self, now: datetime) -> Iterator[Notification | None]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(self._sql["next_due"], {"now": now, **self._wanted})
            with self._held.under((row["notification_id"] for row in rows), transaction):
                yield self._read(rows[0]) if rows else None

    def settle(self, notification: Notification) -> None:
        self._held[notification.notification_id].rows(
            self._sql["settle"],
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
