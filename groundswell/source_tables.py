"""What `groundswell sources` shows, as plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.markup import escape
from rich.table import Table

from core.durations import format_duration
from core.sources import FACTS, Key, Source
from groundswell.table import age
from ingest.preview import Preview
from ingest.sources import key_of


def sources(listed: Sequence[Source], environment: Mapping[str, str], usual_every_s: int) -> Table:
    """The configured ones, with what is missing."""
    table = _table("source", "kind", "channel", "every", "state", "reads")
    for source in listed:
        state = "ready" if key_of(source, environment) is not None else f"needs a key: {source.key} is not set"
        every = format_duration(timedelta(seconds=source.every_s or usual_every_s))
        reads = f"{source.query}  {source.url}".strip() if source.query else source.url
        _row(table, source.name, source.kind.value, source.channel.value, every, state, reads)
    return table


def kinds() -> Table:
    """What a source can be."""
    table = _table("kind", "reads", "query", "key", "every")
    for kind, facts in FACTS.items():
        key = {Key.NONE: "", Key.MAY: f"may: {facts.key_is}", Key.MUST: facts.key_is}[facts.key]
        every = format_duration(timedelta(seconds=facts.every_s)) if facts.every_s else ""
        _row(table, kind.value, facts.what, facts.query, key, every)
    return table


def posts(shown: Preview, now: datetime) -> Table:
    """What a source would bring, the newest first."""
    table = _table("published", "channel", "entities", "lang", "masked", "text")
    for post in shown.posts:
        text = post.text if len(post.text) <= 100 else f"{post.text[:99]}…"
        _row(
            table, f"{age((now - post.published_at).total_seconds())} ago", post.channel.value, " ".join(post.entities),
            post.language or "", str(post.masked or ""), text,
        )  # fmt: skip
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _row(table: Table, *cells: str) -> None:
    table.add_row(*map(escape, cells))
