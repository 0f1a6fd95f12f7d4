"""Retrainings that a person asked for, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.audit import Entry
from core.occasions import Wish
from core.registry import check_signed
from storage.audit import write
from storage.connections import Connections
from storage.statements import statements

SQL: Final = statements("retrainings.sql")


class Retrainings:
    """Fills `core.learning_ports.Wishes`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def waiting(self) -> Wish | None:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["waiting"])
        return Wish(**rows[0]) if rows else None

    def ask(self, by: str, why: str, at: datetime) -> bool:
        check_signed(by, why)
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["ask"], {"at": at, "by": by, "why": why})
            for row in rows:
                write(transaction, Entry(at, by, "retraining.asked", str(row["request_id"]), {"why": why}))
        return bool(rows)

    def begin(self, at: datetime) -> None:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["begin"], {"at": at})

    def withdraw(self, by: str, at: datetime) -> bool:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["withdraw"], {"at": at})
            for row in rows:
                write(transaction, Entry(at, by, "retraining.withdrawn", str(row["request_id"])))
        return bool(rows)
