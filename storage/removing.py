"""Takes posts out of PostgreSQL with all that was counted of them: by retention, and for an author who asks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from core.rollups import rollups
from core.scoring import ScoredPost
from storage.connections import Connections, Transaction
from storage.posts import SQL as POSTS_SQL
from storage.posts import scored_post_of
from storage.rollups import add
from storage.statements import statements

SQL: Final = statements("removing.sql")
REMOVED_SHARD: Final = -1
"""What is removed is counted as less than nothing in a shard of its own: readers sum, and no worker waits for it."""
AT_ONCE: Final = 1_000
ERASED: Final = "[erased]"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was removed of an author, and until when Kafka's records may still hold it."""

    erasure_id: int
    at: datetime
    asked_by: str
    posts: int
    kafka_until: datetime


def erase(dsn: str, author_keys: Sequence[str], asked_by: str, now: datetime, kafka_for: timedelta) -> Erasure | None:
    """Remove every post of an author, their scores, drafts and replies, and their words in incidents and alerts.

    All of it in one transaction, with the record that it was done. What of the author still comes from Kafka afterwards
    and was fetched before now is not stored (`storage.posts`).

    Args:
        author_keys: of one person, one a source.

    Returns:
        The record; `None` when there is no key.

    Raises:
        DatabaseUnavailable: nothing was removed.
    """
    if not author_keys:
        return None
    connections = Connections(dsn)
    try:
        with connections.transaction() as transaction:
            posts = _lock(transaction, SQL["of_author"], {"author_keys": list(author_keys)})
            _forget_words(transaction, posts)
            remove(transaction, posts)
            until = now + kafka_for
            rows = [(key, asked_by, now, sum(p.post.author_key == key for p in posts), until) for key in author_keys]
            record = transaction.insert(SQL["record_erasure"], rows)
        return Erasure(record[0]["erasure_id"], now, asked_by, len(posts), until)
    finally:
        connections.close()


def erasures(dsn: str) -> list[dict[str, Any]]:
    """The records, the newest first: when, by whom, how many posts, and until when Kafka may hold them."""
    connections = Connections(dsn)
    try:
        with connections.transaction() as transaction:
            return transaction.rows(SQL["erasures"])
    finally:
        connections.close()


def source_names(dsn: str) -> list[str]:
    """All that posts or scrapers know, so that one name can be looked for in each. Raises DatabaseUnavailable."""
    connections = Connections(dsn)
    try:
        with connections.transaction() as transaction:
            return [row["source"] for row in transaction.rows(SQL["source_names"])]
    finally:
        connections.close()


def remove_old(connections: Connections, channel: str, before: datetime) -> int:
    """Remove a channel's posts that were published and stored before a time; how many. Raises DatabaseUnavailable."""
    total = 0
    while True:
        with connections.transaction() as transaction:
            wanted = {"channel": channel, "before": before, "most": AT_ONCE}
            posts = _lock(transaction, SQL["old_of_channel"], wanted)
            remove(transaction, posts)
        total += len(posts)
        if len(posts) < AT_ONCE:
            return total


def remove(transaction: Transaction, posts: Sequence[ScoredPost]) -> None:
    """Delete locked posts and count them off; scores and drafts go with them."""
    transaction.rows(SQL["delete_posts"], {"post_ids": [scored.post.post_id for scored in posts]})
    add(transaction, {cell: -counts for cell, counts in rollups(posts).items()}, REMOVED_SHARD)


def _lock(transaction: Transaction, statement: str, wanted: Mapping[str, Any]) -> list[ScoredPost]:
    """Lock posts, and read their scores afterwards: whoever held them before may have judged them again."""
    held = [row["post_id"] for row in transaction.rows(statement, wanted)]
    return [scored_post_of(row) for row in transaction.rows(POSTS_SQL["stored"], {"post_ids": held})]


def _forget_words(transaction: Transaction, posts: Sequence[ScoredPost]) -> None:
    """Take what the posts say out of the incidents that quote them, and out of the messages about those."""
    gone = {scored.post.post_id for scored in posts}
    for row in transaction.rows(SQL["quoting"], {"post_ids": sorted(gone)}):
        cause = row["cause"]
        excerpts = cause.get("excerpts", [])
        quoted = [text for name, text in zip(cause["post_ids"], excerpts, strict=False) if name in gone]
        kept = [place for place, name in enumerate(cause["post_ids"]) if name not in gone]
        for name in ("post_ids", "excerpts", "links"):
            listed = cause.get(name) or []
            cause[name] = [listed[place] for place in kept if place < len(listed)]
        if (cause.get("first") or {}).get("post_id") in gone:
            cause["first"] = None
        wanted = {"incident_id": row["incident_id"], "cause": json.dumps(cause)}
        transaction.rows(SQL["save_cause"], wanted)
        for message in transaction.rows(SQL["messages"], {"incident_id": row["incident_id"]}):
            payload = json.dumps(_without(message["payload"], quoted))
            transaction.rows(SQL["save_payload"], {"notification_id": message["notification_id"], "payload": payload})


def _without(content: Any, words: Sequence[str]) -> Any:
    """Content of JSON with each of the words replaced, wherever a string holds them.

    >>> _without({"a": ["it says: so angry!"], "b": 1}, ["so angry"])
    {'a': ['it says: [erased]!'], 'b': 1}
    """
    if isinstance(content, str):
        for text in _longest_first(words):
            content = content.replace(text, ERASED)
        return content
    if isinstance(content, dict):
        return {name: _without(value, words) for name, value in content.items()}
    return [_without(value, words) for value in content] if isinstance(content, list) else content


def _longest_first(words: Sequence[str]) -> Iterator[str]:
    return (text for text in sorted(words, key=len, reverse=True) if text)
