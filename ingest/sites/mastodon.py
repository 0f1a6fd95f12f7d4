"""Reads a hashtag of a Mastodon server: https://docs.joinmastodon.org/methods/timelines/#tag, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from core.errors import SourceRefused
from core.sources import Source
from ingest.clean import html_to_text
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import joined, moment, read_items, read_json, string, text_or_none

LIMIT: Final = 40


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    url = f"{source.url.rstrip('/')}/api/v1/timelines/tag/{quote(source.query.lstrip('#'), safe='')}"
    params = {"limit": str(LIMIT)} | ({"max_id": page} if page else {})
    return Ask(url, params, {"Authorization": f"Bearer {key}"} if key else {})


def parse(body: bytes, source: Source, page: str = "") -> Page:
    offered = read_json(body, source)
    if not isinstance(offered, list):
        raise SourceRefused(f"{source.name} does not answer with a list of statuses")
    parsed = read_items(offered, lambda raw: _item(raw, source))
    last = offered[-1] if len(offered) >= LIMIT else None
    return Page(parsed, text_or_none(last, "id") or "")


def _item(raw: dict[str, Any], source: Source) -> Item | None:
    if raw.get("visibility") not in ("public", "unlisted", None) or raw.get("reblog"):
        return None  # not said to everybody, or said by somebody else
    return Item(
        # its number is the server's own; its address is the same on every server
        text_or_none(raw, "uri") or string(raw, "id"),
        joined(text_or_none(raw, "spoiler_text"), html_to_text(string(raw, "content", may_be_empty=True))),
        moment(string(raw, "created_at"), "created_at"),
        source.channel,
        url=text_or_none(raw, "url"),
        author=text_or_none(raw, "account", "acct"),
    )
