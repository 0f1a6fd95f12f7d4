"""What one process at a time may do, on all machines that share a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg2

from core.errors import Busy
from storage.connections import Connections
from storage.faults import translated
from storage.statements import statements

SQL: Final = statements("locks.sql")
RETRAINING: Final = 0x67737765_6C6C0002
"""Advisory locks are numbers shared by everything in one database: "gswell" in ASCII, and ours."""


class Locks:
    """Advisory locks of PostgreSQL, each on a connection of its own: it goes when the process ends, however it ends."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextmanager
    def retraining(self) -> Iterator[None]:
        """Only one retraining is under way while the context is open.

        Raises:
            Busy: another process has one under way.
            DatabaseUnavailable: PostgreSQL does not answer.
        """
        connection = self._connections.connect()
        try:
            with translated():
                # else the session would be idle in a transaction for as long as a training takes
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute(SQL["try_session_lock"], {"lock": RETRAINING})
                    row = cursor.fetchone()
            if row is None or not row[0]:
                raise Busy("a retraining is under way on this database; wait until it has ended, or end it first")
            yield
        finally:
            with suppress(psycopg2.Error):
                connection.close()
