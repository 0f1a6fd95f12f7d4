"""Rollups in PostgreSQL: whoever adds to a minute adds to its hour and its day, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from core.rollups import Cell, Counts, Grain, coarser
from storage.connections import Transaction
from storage.statements import statements

SQL: Final = statements("rollups.sql")
LONGER: Final = {Grain.HOUR: "rollup_hours", Grain.DAY: "rollup_days"}
"""Tables, in the order in which they are added to after the minutes'; their time is named like the grain."""


def add(transaction: Transaction, minutes: Mapping[Cell, Counts], shard: int) -> None:
    """Add counts, which may be less than nothing.

    Minutes come before hours and those before days, each in the order of their cells, so that two who add to one shard
    wait for each other, and never in a ring.

    Args:
        minutes: in the order of the cells.
        shard: whose rows are added to.
    """
    if not minutes:
        return
    transaction.rows(SQL["add"].format(table="rollups", time="minute"), {"rows": _rows(minutes, "minute", shard)})
    for grain, table in LONGER.items():
        longer = _rows(coarser(minutes, grain), grain, shard)
        transaction.rows(SQL["add"].format(table=table, time=grain), {"rows": longer})


def verify(transaction: Transaction) -> list[dict[str, Any]]:
    """Where rollups differ from a GROUP BY over the posts, or those of hours and days from those of minutes.

    Returns:
        grain ("minute", "hour" or "day"), dimension, key, minute (the first of an hour or a day), by_posts and
        by_rollups, each [posts, negative, neutral, positive, duplicates, unjudged]. Hours and days are compared shard
        by shard, and their by_posts is by minutes.
    """
    longer = [SQL["verify_longer"].format(table=table, time=grain) for grain, table in LONGER.items()]
    return [row for statement in (SQL["verify_minutes"], *longer) for row in transaction.rows(statement)]


def _rows(counted: Mapping[Cell, Counts], time: str, shard: int) -> str:
    """JSON, in the order of the cells."""
    return json.dumps(
        [
            {
                "dimension": cell.dimension, "key": cell.key, time: cell.minute.isoformat(), "shard": shard,
                "posts": c.posts, "negative": c.negative, "neutral": c.neutral, "positive": c.positive,
                "duplicates": c.duplicates, "unjudged": c.unjudged,
            }
            for cell, c in counted.items()
        ]
    )  # fmt: skip
