"""Reads Hacker News by its search: https://hn.algolia.com/api, stories and comments, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from core.sources import Source
from ingest.clean import html_to_text
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import epoch, joined, listed, read_items, read_json, string, text_or_none

HITS: Final = 100


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    params = {"query": source.query, "tags": "(story,comment)", "hitsPerPage": str(HITS), "page": page or "0"}
    if since is not None:
        params["numericFilters"] = f"created_at_i>={int(since.timestamp())}"
    return Ask(source.url, params)


def parse(body: bytes, source: Source, page: str = "") -> Page:
    content = read_json(body, source)
    offered = listed(content, source, "hits")
    parsed = read_items(offered, lambda raw: _item(raw, source))
    pages = content.get("nbPages")
    following = int(page or 0) + 1
    return Page(parsed, str(following) if offered and isinstance(pages, int) and following < pages else "")


def _item(raw: dict[str, Any], source: Source) -> Item:
    native_id = string(raw, "objectID")
    body = text_or_none(raw, "comment_text") or text_or_none(raw, "story_text")
    return Item(
        native_id,
        joined(text_or_none(raw, "title"), html_to_text(body or "")),
        epoch(raw, "created_at_i"),
        source.channel,
        url=f"https://news.ycombinator.com/item?id={native_id}",
        author=text_or_none(raw, "author"),
    )
