"""Reads Bluesky's search: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, the newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from core.errors import MalformedItem
from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import listed, moment, read_items, read_json, string, text_or_none

LIMIT: Final = 100


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    params = {"q": source.query, "sort": "latest", "limit": str(LIMIT)}
    if since is not None:
        params["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return Ask(f"{source.url.rstrip('/')}/xrpc/app.bsky.feed.searchPosts", params | ({"cursor": page} if page else {}))


def parse(body: bytes, source: Source, page: str = "") -> Page:
    content = read_json(body, source)
    offered = listed(content, source, "posts")
    following = text_or_none(content, "cursor") if offered else None
    return Page(read_items(offered, lambda raw: _item(raw, source)), following or "")


def _item(raw: dict[str, Any], source: Source) -> Item:
    uri = string(raw, "uri")
    handle = string(raw, "author", "handle")
    # `createdAt` is what the author's own program says; `indexedAt` is when the network saw it
    said, seen = moment(string(raw, "record", "createdAt"), "createdAt"), text_or_none(raw, "indexedAt")
    if said.tzinfo is None:
        raise MalformedItem("'createdAt' has no time zone")
    at = min(said, moment(seen, "indexedAt")) if seen else said
    return Item(
        uri,
        string(raw, "record", "text", may_be_empty=True),
        at,
        source.channel,
        url=f"https://bsky.app/profile/{handle}/post/{uri.rpartition('/')[2]}",
        author=text_or_none(raw, "author", "did") or handle,
    )
