"""Reads a paged JSON API: `GET url?after=<cursor>&limit=100` gives `{"items": [...], "next": "<cursor>"}`.

An item is `{"id", "text", "created_at"}` and, if it likes, `"author"`, `"url"` and `"channel"`. `next` continues where
this page ended, now or later; it is null or unchanged at the end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any, Final

from core.errors import MalformedItem, SourceRefused
from core.posts import Channel
from ingest.items import Item, Parsed, Rejected
from ingest.sources import Source

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and where the next one starts."""

    parsed: Parsed
    next: str
    """Empty when the site names none."""


def parse(body: bytes, source: Source) -> Page:
    """The items of a page, in its order; an item of the wrong form is set aside.

    Raises:
        SourceRefused: this is no such page.
    """
    try:
        content = json.loads(body)
        offered, following = content["items"], content.get("next")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise SourceRefused(f"{source.name} does not answer with a page of items: {type(exc).__name__}") from exc
    if not isinstance(offered, list) or not isinstance(following, str | None):
        raise SourceRefused(f"{source.name} does not answer with a page of items")
    items, rejected = [], []
    for raw in offered:
        try:
            items.append(_item(raw, source))
        except MalformedItem as exc:
            shown = {name: value for name, value in raw.items() if name != "author"} if isinstance(raw, dict) else raw
            rejected.append(Rejected(str(exc), json.dumps(shown).encode()))
    return Page(Parsed(tuple(items), tuple(rejected)), following or "")


def _item(raw: Any, source: Source) -> Item:
    if not isinstance(raw, dict):
        raise MalformedItem(f"the item is a {type(raw).__name__}, not an object")
    return Item(
        native_id=_string(raw, "id"),
        text=unescape(_string(raw, "text", may_be_empty=True)),
        published_at=_moment(_string(raw, "created_at")),
        channel=_channel(raw, source),
        url=_string(raw, "url") if raw.get("url") else None,
        author=_string(raw, "author") if raw.get("author") else None,
    )


def _string(raw: dict[str, Any], name: str, may_be_empty: bool = False) -> str:
    value = raw.get(name)
    if value is None:
        raise MalformedItem(f"the item has no {name!r}")
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        return str(value)
    if not isinstance(value, str):
        raise MalformedItem(f"{name!r} is a {type(value).__name__}, not a string")
    if not value and not may_be_empty:
        raise MalformedItem(f"{name!r} is empty")
    return value


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise MalformedItem(f"'created_at' {text[:40]!r} is not a time") from exc


def _channel(raw: dict[str, Any], source: Source) -> Channel:
    said = raw.get("channel", source.channel)
    try:
        return Channel(said)
    except ValueError as exc:
        raise MalformedItem(f"'channel' {str(said)[:40]!r} is not known") from exc
