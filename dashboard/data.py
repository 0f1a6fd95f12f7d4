"""Reads what the pages show: shared by all viewers, never older than needed, and kept when PostgreSQL is gone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from core.errors import DatabaseUnavailable

FRESH_FOR: Final = timedelta(seconds=2)
"""Ten viewers who refresh at once ask the database once."""
RETRY_AFTER: Final = timedelta(seconds=2)
"""While PostgreSQL is gone, one page in this time waits for it; the others show what is known at once."""
KEPT: Final = 256
"""Results that are remembered; incidents and ranges come and go."""


class Readable(Protocol):
    """The part of `storage.postgres.Database` that a page needs."""

    def read(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """Rows of a named query. Raises DatabaseUnavailable."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows with their age."""

    rows: list[dict[str, Any]]
    as_of: datetime | None
    """When they were read; `None` when they never could be."""
    gone: bool = False
    """The database did not answer just now, so these are the last known rows."""

    @property
    def first(self) -> dict[str, Any] | None:
        return self.rows[0] if self.rows else None


class Reader:
    """Named queries with a short memory. Safe to share between threads."""

    def __init__(
        self,
        connect: Callable[[], Readable],
        clock: Callable[[], datetime],
        fresh_for: timedelta = FRESH_FOR,
        kept: int = KEPT,
    ) -> None:
        """
        Args:
            connect: opens the database and may raise DatabaseUnavailable; it is called again after each loss.
            fresh_for: how old a result may be that is shown again.
            kept: results that are remembered.
        """
        self._connect = connect
        self._clock = clock
        self._fresh_for = fresh_for
        self._kept = kept
        self._database: Readable | None = None
        self._memory: OrderedDict[tuple[Any, ...], Shown] = OrderedDict()
        self._lock = threading.Lock()
        self._retry_at: datetime | None = None

    def read(self, name: str, *, last: timedelta | None = None, **params: Any) -> Shown:
        """Rows of a query of storage.statements.queries; never raises DatabaseUnavailable.

        Args:
            last: given, the query's parameter `since` is this long ago.
            params: the query's other parameters.
        """
        key = (name, last, *((k, tuple(v) if isinstance(v, list) else v) for k, v in sorted(params.items())))
        now = self._clock()
        known = self._memory.get(key)
        if known and known.as_of and not known.gone and now - known.as_of < self._fresh_for:
            return known
        with self._lock:
            known = self._memory.get(key) or Shown([], None)
            if known.as_of and not known.gone and now - known.as_of < self._fresh_for:
                return known
            if self._retry_at and now < self._retry_at:
                return replace(known, gone=True)
            since = {} if last is None else {"since": now - last}
            return self._remember(key, self._ask(name, known, since | params, now))

    @property
    def is_gone(self) -> bool:
        """The database did not answer when it was asked last."""
        return self._retry_at is not None

    def forget(self) -> None:
        """Make the next read a fresh one: this viewer just changed something."""
        with self._lock:
            for key, shown in self._memory.items():
                self._memory[key] = replace(shown, gone=True)

    def _ask(self, name: str, known: Shown, params: dict[str, Any], now: datetime) -> Shown:
        try:
            self._database = self._database or self._connect()
            rows = self._database.read(name, **params)
        except DatabaseUnavailable:
            self._drop()
            self._retry_at = now + RETRY_AFTER
            return replace(known, gone=True)
        self._retry_at = None
        return Shown(rows, now)

    def _remember(self, key: tuple[Any, ...], shown: Shown) -> Shown:
        self._memory[key] = shown
        self._memory.move_to_end(key)
        while len(self._memory) > self._kept:
            self._memory.popitem(last=False)
        return shown

    def _drop(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            with suppress(DatabaseUnavailable):
                database.close()
