"""The audit log in PostgreSQL: entries are added, and nothing changes or removes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core.audit import Asked, Entry
from storage.connections import Connections, Transaction
from storage.statements import statements

SQL: Final = statements("audit.sql")


class Audit:
    """Fills `core.ports.AuditLog`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, by: str, action: str, subject: str, detail: Mapping[str, Any], at: datetime) -> None:
        with self._connections.transaction() as transaction:
            write(transaction, Entry(at, by, action, subject, detail))

    def read(self, asked: Asked, count: int) -> list[Entry]:
        facts = {
            "by": asked.by, "action": asked.action, "subject": asked.subject, "before": asked.before, "count": count,
        }  # fmt: skip
        with self._connections.transaction() as transaction:
            return [Entry(**row) for row in transaction.rows(SQL["read"], facts)]


def write(transaction: Transaction, entry: Entry) -> None:
    """Add an entry in the transaction of what it tells of: both come true, or neither."""
    facts = {"at": entry.at, "by": entry.by, "action": entry.action, "subject": entry.subject}
    transaction.rows(SQL["add"], facts | {"detail": json.dumps(dict(entry.detail))})
