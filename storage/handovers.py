"""Approved replies on their way to the helpdesk, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.alerting import Notification, NotificationState
from storage.connections import Connections
from storage.sending import Waiting
from storage.statements import statements

SQL: Final = statements("handovers.sql")


class Handovers(Waiting):
    """Fills `core.ports.Outbox`: alerts and replies leave by the same sender, each from its own table."""

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections, SQL, "hand-over", _notification_of)


def _notification_of(row: Mapping[str, Any]) -> Notification:
    """A row of handovers; no incident is behind it."""
    return Notification(**{**row, "incident_id": "", "state": NotificationState(row["state"])})
