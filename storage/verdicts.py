"""Stores what people decide about incidents: that one was seen. Of two at once, one wins. Drafts have `reviews.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from psycopg2.extensions import make_dsn

from core.audit import Entry
from storage.audit import write
from storage.connections import Connections
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

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()


def impatient(dsn: str, limit_s: float) -> str:
    """The same database for someone who waits at a screen: connecting and each statement end within `limit_s`, >= 1.

    Options that the DSN brings itself give way to this one.
    """
    milliseconds = round(limit_s * 1_000)
    return str(make_dsn(dsn, connect_timeout=max(1, round(limit_s)), options=f"-c statement_timeout={milliseconds}"))
