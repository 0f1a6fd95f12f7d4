"""Alerts on their way to their receivers, in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from core.alerting import DEFAULT_RECEIVER, Notification, NotificationState
from storage.connections import Connections, Transaction
from storage.sending import Waiting
from storage.statements import statements

SQL: Final = statements("outbox.sql")


class Outbox(Waiting):
    """Fills `core.ports.Alerts`."""

    def __init__(self, connections: Connections, receiver: str = DEFAULT_RECEIVER) -> None:
        super().__init__(connections, SQL, "notification", notification_of, receiver=receiver)

    def to(self, receiver: str) -> Outbox:
        return Outbox(self._connections, receiver)

    def abandon(self, served: Sequence[str], before: datetime, now: datetime) -> int:
        with self._connections.transaction() as transaction:
            return len(transaction.rows(SQL["abandon"], {"served": list(served), "before": before, "now": now}))


def queue(transaction: Transaction, notifications: Sequence[Notification]) -> None:
    """Put messages in the outbox; one whose id is there already is not put there again."""
    transaction.insert(SQL["queue"], [_row(notification) for notification in notifications])


def notification_of(row: Mapping[str, Any]) -> Notification:
    """A row of notifications."""
    facts = {name: value for name, value in row.items() if name not in ("state", "incident_ids", "number")}
    return Notification(
        **facts, state=NotificationState(row["state"]), incident_ids=tuple(row["incident_ids"])
    )  # fmt: skip


def _row(notification: Notification) -> tuple[Any, ...]:
    return (
        notification.notification_id,
        notification.incident_id,
        notification.event,
        json.dumps(notification.payload),
        notification.state.value,
        notification.attempts,
        notification.due_at,
        notification.sent_at,
        notification.last_error,
        notification.receiver,
        notification.group_id,
        list(notification.incident_ids or (notification.incident_id,)),
        notification.queued_at,
        notification.given_up_at,
    )
