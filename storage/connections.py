"""Connections to PostgreSQL, shared by threads, and the transactions that run on them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import parse_dsn
from psycopg2.extras import execute_values

from core.errors import DatabaseUnavailable, SetupError
from storage.faults import translated

ROWS_A_STATEMENT: Final = 512
"""Rows of one INSERT: a worker's batch goes in one statement, and one statement stays under a few MB."""

PATIENCE: Final[dict[str, Any]] = {
    "connect_timeout": 5,  # s; libpq's own default is to wait for ever
    "keepalives_idle": 15,  # s of silence, after which a server that lost its power is asked for a sign of life
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # ms that sent bytes may stay unacknowledged
    "application_name": "groundswell",
}
"""Defaults of libpq's parameters; the DSN's own win."""

SESSION: Final = """
SELECT set_config('TimeZone', 'UTC', false), set_config('jit', 'off', false), CASE current_setting('synchronous_commit')
    WHEN 'off' THEN set_config('synchronous_commit', 'on', false)
END
"""
"""Times come back in UTC, whatever the server's own zone. No statement is compiled: ours take some milliseconds, and a
compiler, where the server has one, takes a hundred. And a commit is on disk when it returns: what Kafka is told after
it, Kafka never sends again."""


class Transaction:
    """Runs statements; all of them come true together when the context that made it ends well.

    Every method raises DatabaseUnavailable or DataRejected, after which the transaction is lost.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def rows(self, statement: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement; its rows by column name, none for a statement that answers nothing."""
        with translated():
            self._cursor.execute(statement, params)
            return self._by_name(self._cursor.fetchall()) if self._cursor.description else []

    def insert(self, statement: str, values: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """Run an INSERT … VALUES %s for all rows, in their order; what it is RETURNING, none without rows."""
        if not values:
            return []
        fetch = "RETURNING" in statement
        with translated():
            answer = execute_values(self._cursor, statement, values, page_size=ROWS_A_STATEMENT, fetch=fetch)
        return self._by_name(answer) if fetch else []

    def _by_name(self, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """As psycopg2's own dictionary cursors do, which call Python for every field of every row."""
        names = [column.name for column in self._cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]


class Connections:
    """Up to `most` connections, opened when they are needed and kept for the next transaction.

    Nothing is opened at construction. A connection that breaks is dropped, with the idle ones, which broke with it;
    the next transaction opens a new one.
    """

    def __init__(self, dsn: str, most: int = 16, wait_s: float = 30.0) -> None:
        """
        Args:
            dsn: a libpq URL or keyword string.
            wait_s: longest wait for another thread to give a connection back.

        Raises:
            SetupError: the DSN cannot be read.
        """
        try:
            self._parameters = PATIENCE | parse_dsn(dsn)
        except psycopg2.ProgrammingError:
            raise SetupError("the DSN of PostgreSQL is neither a postgresql:// URL nor a keyword string") from None
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(most)
        self._wait_s = wait_s

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit when the context ends well, roll back when it raises.

        Raises:
            DatabaseUnavailable: no connection, or it broke; also at the commit, which may then have happened or not.
            DataRejected: at the commit, by a deferred constraint.
        """
        with self._borrowed() as connection:
            with translated():
                cursor = connection.cursor()
            yield Transaction(cursor)
            with translated():
                connection.commit()

    def close(self) -> None:
        """Close what is idle; a connection in use is closed by the end of the process."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            _close(connection)

    def connect(self) -> Connection:
        """Open a connection of the caller's own, who closes it. Raises DatabaseUnavailable."""
        with translated():
            connection: Connection = psycopg2.connect(**self._parameters)
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(SESSION)
            connection.autocommit = False
        return connection

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        if not self._places.acquire(timeout=self._wait_s):
            raise DatabaseUnavailable(f"all connections to PostgreSQL were in use for {self._wait_s:g} s")
        try:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self.connect()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._places.release()

    def _give_back(self, connection: Connection) -> None:
        """Keep a connection that still works; a rollback after a commit does nothing."""
        try:
            connection.rollback()
        except psycopg2.Error:
            _close(connection)
            self.close()
            return
        with self._lock:
            self._idle.append(connection)


def _close(connection: Connection) -> None:
    with suppress(psycopg2.Error):
        connection.close()
