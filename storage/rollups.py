"""Rollups in PostgreSQL: whoever adds to a minute adds to its hour and its day, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.rollups import Cell, Counts, Grain, coarser
from storage.connections import Transaction
from storage.statements import statements

SQL: Final = statements("rollups.sql")


def add(transaction: Transaction, minutes: Mapping[Cell, Counts], shard: int) -> None:
    """Add counts, which may be less than nothing.

    Minutes come before hours and those before days, each in the order of their cells, so that two who add to one shard
    wait for each other, and never in a ring.

    Args:
        minutes: in the order of the cells.
        shard: whose rows are added to.
    """
    transaction.insert(SQL["add_minutes"], _rows(minutes, shard))
    transaction.insert(SQL["add_hours"], _rows(coarser(minutes, Grain.HOUR), shard))
    transaction.insert(SQL["add_days"], _rows(coarser(minutes, Grain.DAY), shard))


def verify(transaction: Transaction) -> list[dict[str, Any]]:
    """Where rollups differ from a GROUP BY over the posts, or those of hours and days from those of minutes.

    Returns:
        grain ("minute", "hour" or "day"), dimension, key, minute (the first of an hour or a day), by_posts and
        by_rollups, each [posts, negative, neutral, positive, duplicates, unjudged]. Hours and days are compared shard
        by shard, and their by_posts is by minutes.
    """
    return [row for name in ("verify_minutes", "verify_hours", "verify_days") for row in transaction.rows(SQL[name])]


def _rows(counted: Mapping[Cell, Counts], shard: int) -> list[tuple[Any, ...]]:
    return [
        (*cell, shard, c.posts, c.negative, c.neutral, c.positive, c.duplicates, c.unjudged)
        for cell, c in counted.items()
    ]
