"""Reads X's recent search: https://docs.x.com/x-api/posts/search-recent-posts, the newest first, seven days back.

It needs an app's bearer token. When it is asked too often it says in `x-rate-limit-reset` when it may be asked again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

from core.errors import SourceRefused
from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import listed, moment, read_items, read_json, string, text_or_none

MOST: Final = 100


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    params = {
        "query": source.query,
        "max_results": str(MOST),
        "sort_order": "recency",
        "tweet.fields": "created_at,author_id,note_tweet",
    }
    if since is not None:
        params["start_time"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    url = f"{source.url.rstrip('/')}/2/tweets/search/recent"
    return Ask(url, params | ({"next_token": page} if page else {}), {"Authorization": f"Bearer {key}"})


def parse(body: bytes, source: Source, page: str = "") -> Page:
    content = read_json(body, source)
    # without a hit there is no `data`, only `meta`
    if not isinstance(content, dict) or not isinstance(content.get("meta"), dict):
        raise SourceRefused(f"{source.name} does not answer with posts")
    offered = listed(content, source, "data") if content["meta"].get("result_count") else []
    return Page(read_items(offered, lambda raw: _item(raw, source)), text_or_none(content, "meta", "next_token") or "")


def _item(raw: dict[str, Any], source: Source) -> Item:
    native_id = string(raw, "id")
    return Item(
        native_id,
        unescape(text_or_none(raw, "note_tweet", "text") or string(raw, "text", may_be_empty=True)),
        moment(string(raw, "created_at"), "created_at"),
        source.channel,
        url=f"https://x.com/i/web/status/{native_id}",
        author=text_or_none(raw, "author_id"),
    )
