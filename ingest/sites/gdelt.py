"""Reads GDELT's news search, the DOC 2.0 API in its ArtList mode: https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/

It answers with at most 250 articles, the newest first, and has no pages: what is older is asked for by its end. A query
that it does not understand is answered with status 200 and a sentence.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.errors import MalformedItem, SourceRefused
from core.sources import Source
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.fields import listed, moment, read_items, read_json, string

MOST: Final = 250
FIRST_SPAN: Final = "1d"
"""What is read when nothing was read before."""
_WRITTEN: Final = "%Y%m%d%H%M%S"


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    params = {"query": source.query, "mode": "artlist", "format": "json", "maxrecords": str(MOST), "sort": "datedesc"}
    if since is None and not page:
        return Ask(source.url, params | {"timespan": FIRST_SPAN})
    if since is not None:
        params["startdatetime"] = since.astimezone(UTC).strftime(_WRITTEN)
    return Ask(source.url, params | ({"enddatetime": page} if page else {}))


def parse(body: bytes, source: Source, page: str = "") -> Page:
    if not body.lstrip().startswith(b"{"):
        # the site's sentence is about our query, and holds nothing secret
        raise SourceRefused(f"{source.name} answers: {body[:120].decode(errors='replace').strip() or 'nothing'}")
    content = read_json(body, source)
    offered = listed(content, source, "articles") if content else []
    parsed = read_items(offered, lambda raw: _item(raw, source))
    if len(offered) < MOST or not parsed.items:
        return Page(parsed)
    oldest = min(item.published_at for item in parsed.items).strftime(_WRITTEN)
    if oldest == page:  # more than 250 in one tick of its clock: the rest cannot be had, what is before it can
        oldest = (moment(oldest, "seendate", _WRITTEN) - timedelta(seconds=1)).strftime(_WRITTEN)
    return Page(parsed, oldest)


def _item(raw: dict[str, Any], source: Source) -> Item:
    url = string(raw, "url")
    title = string(raw, "title")
    if not title.strip():
        raise MalformedItem("the article has no title")
    # GDELT writes its titles with blanks around every sign
    text = title.replace(" ,", ",").replace(" .", ".").replace(" '", "'").replace(" %", "%").strip()
    seen_at = moment(string(raw, "seendate"), "seendate", "%Y%m%dT%H%M%SZ")
    return Item(url, text, seen_at, source.channel, url=url)
