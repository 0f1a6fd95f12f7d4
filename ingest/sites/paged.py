"""Reads a paged JSON API: `GET url?after=<cursor>&limit=100` gives `{"items": [...], "next": "<cursor>"}`.

An item is `{"id", "text", "created_at"}` and, if it likes, `"author"`, `"url"`, `"channel"` and `"entities"` (tickers).
`next` continues where this page ended, now or later; it is null or unchanged at the end.
"""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any, Final

from core.errors import MalformedItem, SourceRefused
from core.posts import Channel
from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import listed, moment, read_items, read_json, string

PAGE: Final = 100


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    return Ask(source.url, {"after": page, "limit": str(PAGE)})


def parse(body: bytes, source: Source, page: str = "") -> Page:
    """The items of a page, in its order; an item of the wrong form is set aside. The last page is not full.

    Raises:
        SourceRefused: this is no such page.
    """
    content = read_json(body, source)
    offered = listed(content, source, "items")
    following = content.get("next")
    if not isinstance(following, str | None):
        raise SourceRefused(f"{source.name} does not answer with a page of items")
    return Page(read_items(offered, lambda raw: read_item(raw, source)), following or "", len(offered) < PAGE)


def read_item(raw: dict[str, Any], source: Source) -> Item:
    """One object of this form, wherever it stands. Raises MalformedItem."""
    return Item(
        native_id=string(raw, "id"),
        text=unescape(string(raw, "text", may_be_empty=True)),
        published_at=moment(string(raw, "created_at"), "created_at"),
        channel=_channel(raw, source),
        url=string(raw, "url") if raw.get("url") else None,
        author=string(raw, "author") if raw.get("author") else None,
        entities=_entities(raw),
    )


def _channel(raw: dict[str, Any], source: Source) -> Channel:
    said = raw.get("channel", source.channel)
    try:
        return Channel(said)
    except ValueError as exc:
        raise MalformedItem(f"'channel' {str(said)[:40]!r} is not known") from exc


def _entities(raw: dict[str, Any]) -> tuple[str, ...]:
    said = raw.get("entities") or ()
    if not isinstance(said, list | tuple) or not all(isinstance(one, str) and one for one in said):
        raise MalformedItem("'entities' is not a list of tickers")
    return tuple(said)
