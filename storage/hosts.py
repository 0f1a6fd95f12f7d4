"""Whose turn it is to ask a site, among all processes, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from storage.connections import Connections
from storage.statements import statements

SQL: Final = statements("hosts.sql")


class Hosts:
    """Fills `core.ports.HostTurns`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def take(self, host: str, holder: str, now: datetime, gap: timedelta, lease: timedelta) -> datetime | None:
        asked = {"host": host, "holder": holder, "now": now, "next_at": now + gap, "busy_until": now + lease}
        with self._connections.transaction() as transaction:
            if transaction.rows(SQL["take"], asked):
                return None
            rows = transaction.rows(SQL["free_at"], {"host": host})
        free_at: datetime = rows[0]["free_at"] if rows else now
        return free_at

    def free(self, host: str, holder: str, now: datetime) -> None:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["free"], {"host": host, "holder": holder, "now": now})
