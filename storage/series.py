"""The series of a look in PostgreSQL: which got posts, what is remembered of each, and their minutes since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

from core.errors import StateUnreadable
from core.ports import SeriesState
from core.series import MEMORY, Bucket, State, begin
from core.watched import (
    ALLOWED_LATENESS,
    BASE_EVERY,
    WATCHED,
    From,
    Series,
    go_on,
    known_from,
)
from storage.connections import Transaction
from storage.statements import statements

SQL: Final = statements("series.sql")
_load: Final = lru_cache(maxsize=2048)(State.load)
"""A state is stored anew every ten minutes, and until then each look reads it, and would work out its levels anew."""
Name = tuple[str, str]
Reach = Callable[[str, str], timedelta]


def read_series(transaction: Transaction, now: datetime, also: Iterable[Name], reach: Reach | None) -> list[Series]:
    """Take the changes since the last look, and read the series that they are about, and those in `also`.

    Under the lock of the step: whoever reads takes the changes away, and they come back only if the transaction fails.
    """
    params = {"now": now, "oldest": now - MEMORY, "dimensions": list(WATCHED)}
    changed = {(row["dimension"], row["key"]): row["earliest"] for row in transaction.rows(SQL["take_changes"], params)}
    first_look = transaction.rows(SQL["first_look"], {"now": now})[0]["first_look"]
    wanted: dict[Name, datetime | None] = dict.fromkeys(also) | changed
    if not wanted:
        return []
    states = _states(transaction, wanted, now, first_look)
    since = [_since(name, state, now, reach) for name, (state, _is_near) in states.items()]
    buckets = _buckets(transaction, list(states), since, now)
    return [
        Series(*name, state, tuple(buckets.get(number, ())), is_near)
        for number, (name, (state, is_near)) in enumerate(states.items(), 1)
    ]


def read_minutes(transaction: Transaction, since: datetime, until: datetime) -> dict[Name, list[Bucket]]:
    """Every series that is watched, between two times."""
    rows = transaction.rows(SQL["minutes"], {"dimensions": list(WATCHED), "since": since, "until": until})
    return {
        name: [Bucket(row["minute"], row["posts"], row["negative"], row["positive"]) for row in group]
        for name, group in groupby(rows, key=lambda row: (row["dimension"], row["key"]))
    }


def save_states(transaction: Transaction, states: Sequence[SeriesState]) -> None:
    """Remember what a step says; a base that did not move stays as it is."""
    whole, nears = [], []
    for one in states:
        near, base = one.remembered.near, one.remembered.base
        row = (one.dimension, one.key, near.dump(), near.folded_to)
        if base is not None:
            whole.append((*row, base.dump(), base.folded_to))
        else:
            nears.append(row)
    transaction.insert(SQL["save_states"], whole)
    transaction.insert(SQL["save_nears"], nears)


def _states(
    transaction: Transaction, wanted: Mapping[Name, datetime | None], now: datetime, first_look: datetime
) -> dict[Name, tuple[State, bool]]:
    """By name, the state to go on from, and whether it is the stored `near`."""
    params = {
        **_lists(wanted),
        "earliest": list(wanted.values()),
        "base_before": now - ALLOWED_LATENESS - BASE_EVERY,
    }
    stored = {(row["dimension"], row["key"]): row for row in transaction.rows(SQL["states"], params)}
    new: State | None = None
    states = {}
    for name, earliest in sorted(wanted.items()):
        found = _stored(stored.get(name), earliest, now)
        if found is None:
            if new is None:  # one for all of them, so that its levels are worked out once
                new = begin(known_from(transaction.rows(SQL["first_minute"])[0]["minute"], first_look, now))
            found = new, False
        states[name] = found
    return states


def _stored(row: Mapping[str, Any] | None, earliest: datetime | None, now: datetime) -> tuple[State, bool] | None:
    if row is None:
        return None
    source = go_on(row["near_to"], row["base_to"], earliest, now)
    dumped = row[source.value] if source is not From.NOTHING else None
    with suppress(StateUnreadable):
        return (_load(bytes(dumped)), source is From.NEAR) if dumped is not None else None
    return None


def _since(name: Name, state: State, now: datetime, reach: Reach | None) -> datetime:
    return min(state.folded_to, now - reach(*name)) if reach is not None else state.folded_to


def _buckets(
    transaction: Transaction, names: Sequence[Name], since: Sequence[datetime], now: datetime
) -> dict[int, list[Bucket]]:
    rows = transaction.rows(SQL["buckets"], {**_lists(names), "since": list(since), "now": now})
    return {
        number: [Bucket(row["minute"], row["posts"], row["negative"], row["positive"]) for row in group]
        for number, group in groupby(rows, key=lambda row: row["number"])
    }


def _lists(names: Iterable[Name]) -> dict[str, list[str]]:
    named = list(names)
    return {"dimensions": [dimension for dimension, _key in named], "keys": [key for _dimension, key in named]}
