"""Silences in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core.audit import Entry
from core.matching import parse_matcher
from core.silences import Silence
from storage.audit import write
from storage.connections import Connections, Transaction
from storage.statements import statements

SQL: Final = statements("routing.sql")


class Silences:
    """Fills `core.ports.Silences`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, silence: Silence) -> None:
        with self._connections.transaction() as transaction:
            add_silence(transaction, silence)

    def end(self, silence_id: str, now: datetime, by: str | None = None) -> bool:
        with self._connections.transaction() as transaction:
            for row in transaction.rows(SQL["end_silence"], {"silence_id": silence_id, "now": now}):
                write(transaction, Entry(now, by or row["owner"], "silence.ended", silence_id))
                return True
        return False

    def lasting(self, now: datetime) -> list[Silence]:
        with self._connections.transaction() as transaction:
            return [silence_of(row) for row in transaction.rows(SQL["silences"], {"now": now})]


def add_silence(transaction: Transaction, silence: Silence) -> None:
    """Store a silence, and who made it in the audit log."""
    facts = {
        "silence_id": silence.silence_id,
        "matchers": json.dumps([str(matcher) for matcher in silence.matchers]),
        "owner": silence.owner,
        "comment": silence.comment,
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
    }
    detail = {
        "matchers": [str(matcher) for matcher in silence.matchers],
        "comment": silence.comment,
        "ends_at": silence.ends_at.isoformat(),
    }
    transaction.rows(SQL["add_silence"], facts)
    write(transaction, Entry(silence.starts_at, silence.owner, "silence.added", silence.silence_id, detail))


def silence_of(row: Mapping[str, Any]) -> Silence:
    """A row of silences."""
    return Silence(**{**row, "matchers": tuple(parse_matcher(text) for text in row["matchers"])})
