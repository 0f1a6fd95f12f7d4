"""Reads Reddit's API with an app's own token: https://www.reddit.com/dev/api, the newest links and texts first."""

from __future__ import annotations

import base64
from datetime import datetime
from html import unescape
from typing import Any, Final

from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import epoch, joined, listed, read_items, read_json, string, text_or_none

LIMIT: Final = 100
SITE: Final = "https://www.reddit.com"
_GONE: Final = ("[removed]", "[deleted]")


def login(source: Source, key: str) -> Ask:
    """Application-only OAuth; where the API is another than Reddit's own, so is its door."""
    host = SITE if source.url == source.facts.url else source.url.rstrip("/")
    basic = base64.b64encode(key.encode()).decode()
    return Ask(
        f"{host}/api/v1/access_token", {}, {"Authorization": f"Basic {basic}"}, {"grant_type": "client_credentials"}
    )


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    # raw_json: else < and & come as entities
    params = {"limit": str(LIMIT), "raw_json": "1"} | ({"after": page} if page else {})
    headers = {"Authorization": f"Bearer {key}"}
    site = source.url.rstrip("/")
    if source.query.startswith("r/"):
        return Ask(f"{site}/{source.query.strip('/')}/new", params, headers)
    return Ask(f"{site}/search", params | {"q": source.query, "sort": "new", "type": "link"}, headers)


def parse(body: bytes, source: Source, page: str = "") -> Page:
    content = read_json(body, source)
    offered = listed(content, source, "data", "children")
    parsed = read_items(offered, lambda raw: _item(raw, source))
    return Page(parsed, text_or_none(content, "data", "after") or "")


def _item(raw: dict[str, Any], source: Source) -> Item:
    data = raw.get("data") if isinstance(raw.get("data"), dict) else {}
    body = text_or_none(data, "selftext") or text_or_none(data, "body") or ""
    author = text_or_none(data, "author")
    return Item(
        string(data, "name"),
        joined(unescape(text_or_none(data, "title") or ""), "" if body in _GONE else unescape(body)),
        epoch(data, "created_utc"),
        source.channel,
        url=f"{SITE}{string(data, 'permalink')}",
        author=None if author in _GONE else author,
    )
