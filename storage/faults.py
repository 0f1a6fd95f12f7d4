"""Turns psycopg2's errors into ours: is it the database, which may come back, or the value, which will never do?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg2
import psycopg2.pool

from core.errors import DatabaseUnavailable, DataRejected, GroundswellError

OURS: Final[dict[type[Exception], type[DatabaseUnavailable] | type[DataRejected]]] = {
    psycopg2.OperationalError: DatabaseUnavailable,  # also deadlock, serialization, shutdown, disk full, cancelled
    psycopg2.InterfaceError: DatabaseUnavailable,  # the connection is closed already
    psycopg2.InternalError: DatabaseUnavailable,  # a cursor or transaction in a bad state, a read-only stand-by
    psycopg2.pool.PoolError: DatabaseUnavailable,
    # A table or a right that is missing is no post's fault: were it "rejected", every post would be set aside.
    psycopg2.ProgrammingError: DatabaseUnavailable,
    psycopg2.DataError: DataRejected,
    psycopg2.IntegrityError: DataRejected,
    psycopg2.NotSupportedError: DataRejected,
    psycopg2.DatabaseError: DatabaseUnavailable,  # raised as such when libpq loses the server in mid-answer
    psycopg2.Error: DatabaseUnavailable,
}
"""By the nearest ancestor."""

PROGRAM_LIMIT_EXCEEDED: Final = "54"
"""SQLSTATE class of a value that is too large for an index or a row; psycopg2 calls it operational."""


def ours(exc: psycopg2.Error) -> GroundswellError:
    """Our error for one of psycopg2's; its message holds neither the address, nor a password, nor a row's values."""
    state = exc.pgcode or ""
    kind = next(OURS[ancestor] for ancestor in type(exc).__mro__ if ancestor in OURS)
    if state.startswith(PROGRAM_LIMIT_EXCEEDED):
        kind = DataRejected
    verb = "refuses a value" if kind is DataRejected else "is not available"
    return kind(f"PostgreSQL {verb}: {type(exc).__name__}{f' ({state})' if state else ''}")


@contextmanager
def translated() -> Iterator[None]:
    """Around calls of psycopg2 alone: a `ValueError` of other code inside would be taken for a refused value.

    Raises:
        DatabaseUnavailable: the same call may succeed later.
        DataRejected: it will not, because of a value.
    """
    try:
        yield
    except psycopg2.Error as exc:
        raise ours(exc) from exc
    except ValueError as exc:
        # what cannot be written as SQL at all: a NUL character, half of a surrogate pair, a date outside of our era
        raise DataRejected(f"PostgreSQL cannot store a value: {type(exc).__name__}") from exc
