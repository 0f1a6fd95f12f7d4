"""Reads RSS and Atom."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import feedparser  # type: ignore[import-untyped]

from core.errors import MalformedItem, SourceRefused
from core.sources import Source
from ingest.clean import html_to_text
from ingest.items import Item, Parsed, Rejected
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import joined, without_people

LEAST_ARTICLE: Final = 280
"""An entry with less text than this has a summary at most."""
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    return Ask(source.url)


def parse(body: bytes, source: Source, page: str = "") -> Page:
    """The entries of a feed, in its order; an entry without an id or a date is set aside.

    A feed whose XML is broken gives what can still be read of it.

    Raises:
        SourceRefused: this is no feed at all, or it declares entities.
    """
    return Page(read_entries(entries(body, source), lambda entry: _item(entry, source)))


def entries(body: bytes, source: Source) -> Sequence[Any]:
    """The entries as feedparser gives them. Raises SourceRefused."""
    # UTF-16 would hide the word from a search of bytes
    if _ENTITY.search(body.replace(b"\0", b"") if b"\0" in body[:200] else body):
        raise SourceRefused(f"{source.name} declares XML entities, which no feed needs")
    feed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise SourceRefused(f"{source.name} is not an RSS or Atom feed")
    found: Sequence[Any] = feed.entries
    return found


def read_entries(offered: Sequence[Any], make: Callable[[Any], Item]) -> Parsed:
    """Each entry as an item; one that cannot be one is set aside."""
    items, rejected = [], []
    for entry in offered:
        try:
            items.append(make(entry))
        except MalformedItem as exc:
            rejected.append(Rejected(str(exc), json.dumps(without_people(dict(entry)), default=str).encode()))
    return Parsed(tuple(items), tuple(rejected))


def _item(entry: Any, source: Source) -> Item:
    native_id = entry.get("id") or entry.get("link")
    if not native_id:
        raise MalformedItem("the entry has neither an id nor a link")
    text = _text(entry)
    return Item(
        native_id=native_id,
        text=text,
        published_at=_published_at(entry),
        channel=source.channel,
        url=entry.get("link"),
        author=entry.get("author"),
        is_summary=source.articles and len(text) < LEAST_ARTICLE and not entry.get("content"),
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
    contents = [part.get("value", "") for part in entry.get("content", ())]
    return joined(
        html_to_text(entry.get("title", "")), html_to_text(contents[0] if contents else entry.get("summary", ""))
    )
