"""Reads a symbol's stream of StockTwits: https://api.stocktwits.com/developers/docs/api#streams-symbol-docs.

Thirty messages a page, the newest first; `cursor.max` asks for those before.
"""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import quote

from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import listed, moment, read_items, read_json, string, text_or_none


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    symbol = quote(source.query.lstrip("$").upper(), safe=".")
    params = ({"max": page} if page else {}) | ({"access_token": key} if key else {})
    return Ask(f"{source.url.rstrip('/')}/api/2/streams/symbol/{symbol}.json", params)


def parse(body: bytes, source: Source, page: str = "") -> Page:
    content = read_json(body, source)
    offered = listed(content, source, "messages")
    cursor = content.get("cursor") if isinstance(content.get("cursor"), dict) else {}
    following = str(cursor["max"]) if cursor.get("more") and cursor.get("max") and offered else ""
    return Page(read_items(offered, lambda raw: _item(raw, source)), following)


def _item(raw: dict[str, Any], source: Source) -> Item:
    native_id = string(raw, "id")
    user = text_or_none(raw, "user", "username")
    symbols = raw.get("symbols") if isinstance(raw.get("symbols"), list) else []
    return Item(
        native_id,
        unescape(string(raw, "body", may_be_empty=True)),
        moment(string(raw, "created_at"), "created_at"),
        source.channel,
        url=f"https://stocktwits.com/{user}/message/{native_id}" if user else None,
        author=user,
        entities=tuple(name for one in symbols if (name := text_or_none(one, "symbol"))),
    )
