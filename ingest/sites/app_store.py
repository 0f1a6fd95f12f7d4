"""Reads customers' reviews of an app in Apple's App Store: its feed of ten pages of fifty, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from core.errors import SourceRefused
from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import joined, moment, read_items, read_json, string, text_or_none

PAGES: Final = 10


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    country, _, app = source.query.rpartition("/")
    path = f"{quote(country or 'us', safe='')}/rss/customerreviews/page={page or 1}/id={quote(app, safe='')}"
    return Ask(f"{source.url.rstrip('/')}/{path}/sortby=mostrecent/json")


def parse(body: bytes, source: Source, page: str = "") -> Page:
    content = read_json(body, source)
    feed = content.get("feed") if isinstance(content, dict) else None
    if not isinstance(feed, dict):
        raise SourceRefused(f"{source.name} does not answer with a feed of reviews")
    offered = feed.get("entry", [])
    # one review alone is not in a list
    offered = offered if isinstance(offered, list) else [offered]
    parsed = read_items(offered, lambda raw: _item(raw, source))
    number = int(page or 1)
    return Page(parsed, str(number + 1) if offered and number < PAGES else "")


def _item(raw: dict[str, Any], source: Source) -> Item | None:
    if "im:rating" not in raw:
        return None  # the feed may begin with the app itself
    return Item(
        string(raw, "id", "label"),
        joined(text_or_none(raw, "title", "label"), string(raw, "content", "label", may_be_empty=True)),
        moment(string(raw, "updated", "label"), "updated"),
        source.channel,
        url=text_or_none(raw, "link", "attributes", "href"),
        author=text_or_none(raw, "author", "uri", "label") or text_or_none(raw, "author", "name", "label"),
    )
