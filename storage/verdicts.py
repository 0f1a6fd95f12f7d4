"""Stores what people do with incidents: see, silence, comment, end. Of two at once, one wins. Drafts: `reviews.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from psycopg2.extensions import make_dsn

from core.audit import Entry
from core.silences import Silence
from storage.audit import write
from storage.connections import Connections
from storage.silences import add_silence
from storage.statements import statements

SQL: Final = statements("verdicts.sql")


class Verdicts:
    """Threads may share it. Every method raises DatabaseUnavailable or DataRejected, and has then changed nothing."""

    def __init__(self, dsn: str) -> None:
        """Nothing is opened at construction. Raises SetupError when the DSN cannot be read."""
        self._connections = Connections(dsn, most=2)

    def acknowledge(self, incident_id: str, by: str, now: datetime) -> bool:
        """Say that someone looks after this incident; false when it was seen already, or is over."""
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["acknowledge"], {"incident_id": incident_id, "by": by, "now": now}):
                return False
            write(transaction, Entry(now, by, "incident.acknowledged", incident_id))
        return True

    def comment(self, incident_id: str, note: str, by: str, now: datetime) -> bool:
        """Put a sentence into an incident's history; false when there is no such incident."""
        return self._changed("comment", "incident.commented", incident_id, note, by, now)

    def resolve(self, incident_id: str, note: str, by: str, now: datetime) -> bool:
        """Say that it is over, and why; false when it is already. Posts of before open no other one."""
        return self._changed("resolve", "incident.resolved", incident_id, note, by, now)

    def silence(self, incident_id: str, silence: Silence) -> bool:
        """Add a silence that was made for an incident; false, and nothing added, when that is over."""
        facts = {
            "incident_id": incident_id, "note": silence.comment, "by": silence.owner, "now": silence.starts_at,
        }  # fmt: skip
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["silenced"], facts):
                return False
            add_silence(transaction, silence)
        return True

    def _changed(self, name: str, action: str, incident_id: str, note: str, by: str, now: datetime) -> bool:
        facts = {"incident_id": incident_id, "note": note, "by": by, "now": now}
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL[name], facts):
                return False
            write(transaction, Entry(now, by, action, incident_id, {"note": note}))
        return True

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()


def impatient(dsn: str, limit_s: float) -> str:
    """The same database for someone who waits at a screen: connecting and each statement end within `limit_s`, >= 1.

    Options that the DSN brings itself give way to this one.
    """
    milliseconds = round(limit_s * 1_000)
    return str(make_dsn(dsn, connect_timeout=max(1, round(limit_s)), options=f"-c statement_timeout={milliseconds}"))
