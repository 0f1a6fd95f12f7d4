"""Removes from PostgreSQL what is older than anyone will ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from storage.connections import Connections
from storage.removing import remove_old
from storage.rescoring import PRUNE_LOCK
from storage.statements import statements

SQL: Final = statements("pruning.sql")
TABLES: Final = ("incidents", "series_states", "published", "scrape_runs", "drift_sketches", "drift_findings")


def prune(dsn: str, before: datetime, channels: Mapping[str, datetime] | None = None) -> dict[str, int]:
    """Remove posts, resolved incidents and records of scrapes that were stored before a time.

    Args:
        channels: by channel whose posts are kept for a shorter time, before when.

    Returns:
        By table, how many rows went; scores and drafts go with their posts, notifications with their incidents.

    Raises:
        DatabaseUnavailable: what was removed until then stays removed; do it again.
    """
    connections = Connections(dsn)
    try:
        earlier = (remove_old(connections, channel, moment) for channel, moment in sorted((channels or {}).items()))
        posts = sum(earlier) + _until_none_is_left(connections, "posts", before)
        for emptied in ("empty_hours", "empty_days"):
            _once(connections, emptied, before)
        return {"posts": posts, **{table: _once(connections, table, before) for table in TABLES}}
    finally:
        connections.close()


def _until_none_is_left(connections: Connections, name: str, before: datetime) -> int:
    total = 0
    while removed := _once(connections, name, before):
        total += removed
    return total


def _once(connections: Connections, name: str, before: datetime) -> int:
    with connections.transaction() as transaction:
        if name == "posts":
            transaction.rows(SQL["alone"], {"lock": PRUNE_LOCK})
        return int(transaction.rows(SQL[name], {"before": before})[0]["removed"])
