"""Reads RSS and Atom."""

from __future__ import annotations

import calendar
import json
from datetime import UTC, datetime
from typing import Any

import feedparser  # type: ignore[import-untyped]

from core.errors import MalformedItem, SourceRefused
from ingest.clean import html_to_text
from ingest.items import Item, Parsed, Rejected
from ingest.sources import Source


def parse(body: bytes, source: Source) -> Parsed:
    """The entries of a feed, in its order; an entry without an id or a date is set aside.

    A feed whose XML is broken gives what can still be read of it.

    Raises:
        SourceRefused: this is no feed at all.
    """
    feed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise SourceRefused(f"{source.name} is not an RSS or Atom feed")
    items, rejected = [], []
    for entry in feed.entries:
        try:
            items.append(_item(entry, source))
        except MalformedItem as exc:
            shown = {name: value for name, value in entry.items() if "author" not in name}
            rejected.append(Rejected(str(exc), json.dumps(shown, default=str).encode()))
    return Parsed(tuple(items), tuple(rejected))


def _item(entry: Any, source: Source) -> Item:
    native_id = entry.get("id") or entry.get("link")
    if not native_id:
        raise MalformedItem("the entry has neither an id nor a link")
    return Item(
        native_id=native_id,
        text=_text(entry),
        published_at=_published_at(entry),
        channel=source.channel,
        url=entry.get("link"),
        author=entry.get("author"),
    )


def _published_at(entry: Any) -> datetime:
    # feedparser's own .get would answer a missing "updated" with "published", and warn
    moment = entry.get("published_parsed") or dict.get(entry, "updated_parsed")
    if moment is None:
        said = entry.get("published") or ""
        raise MalformedItem(f"the entry's date {said[:40]!r} cannot be read" if said else "the entry has no date")
    try:
        return datetime.fromtimestamp(calendar.timegm(moment), UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise MalformedItem("the entry's date is out of range") from exc


def _text(entry: Any) -> str:
    """Title and body in one; many feeds begin the body with the title, or have no title at all."""
    title = html_to_text(entry.get("title", ""))
    contents = [part.get("value", "") for part in entry.get("content", ())]
    body = html_to_text(contents[0] if contents else entry.get("summary", ""))
    if not title or body.startswith(title):
        return body
    if not body:
        return title
    return f"{title} {body}" if title[-1] in ".!?…" else f"{title}. {body}"
