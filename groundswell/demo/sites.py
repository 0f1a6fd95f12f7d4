"""Writes what the three sites answer: an RSS feed, an Atom feed, and pages of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from groundswell.demo.story import Offered, Showing

ATOM = "http://www.w3.org/2005/Atom"
WINDOW = 150
"""A feed shows its newest items only, as feeds do."""


def rss(showing: Showing, items: Sequence[Offered], site: str) -> bytes:
    """RSS 2.0, newest first."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _texts(channel, title="The Selwick Ledger", link=f"{site}/news", description="Markets, from an invented town")
    for item in reversed(items[-WINDOW:]):
        entry = ET.SubElement(channel, "item")
        title = showing.fill(item.line.title, item.id)
        # a body is HTML, as on most sites
        _texts(entry, title=title, description=f"<p>{_escaped(item.text)}</p>")
        if item.line.malformed != "no id":
            _texts(entry, link=f"{site}/news/{item.id}", guid=f"{site}/news/{item.id}")
        if item.line.malformed != "no date":
            moment = format_datetime(item.published_at, usegmt=True)
            _texts(entry, pubDate="the day before tomorrow" if item.line.malformed == "bad date" else moment)
    return _bytes(root)


def atom(showing: Showing, items: Sequence[Offered], site: str) -> bytes:
    """Atom 1.0, newest first."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    newest = items[-1].published_at if items else showing.started_at
    _texts(root, ATOM, title="Selwick Exchange: filings", id=f"{site}/filings", updated=newest.isoformat())
    for item in reversed(items[-WINDOW:]):
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _texts(
            entry,
            ATOM,
            id=f"{site}/filings/{item.id}",
            title=item.line.title,
            published=item.published_at.isoformat(),
            updated=item.published_at.isoformat(),
            summary=item.text,
        )
        ET.SubElement(entry, f"{{{ATOM}}}link", href=f"{site}/filings/{item.id}")
    return _bytes(root)


def page(showing: Showing, items: Sequence[Offered], after: str, limit: int, site: str) -> bytes:
    """The items behind a cursor, oldest first; a cursor of another showing starts at the beginning."""
    name, _, number = after.partition(":")
    start = int(number) if name == showing.name and number.isascii() and number.isdigit() else 0
    part = items[start : start + limit]
    content = {"items": [_json_item(item, site) for item in part], "next": f"{showing.name}:{start + len(part)}"}
    return json.dumps(content, ensure_ascii=False).encode()


def _json_item(item: Offered, site: str) -> Any:
    if item.line.malformed:
        return item.line.raw
    return {
        "id": item.id,
        "text": _escaped(item.text),
        "created_at": item.published_at.isoformat(),
        "author": item.line.author,
        "channel": item.line.channel,
        "url": f"{site}/posts/{item.id}",
    }


def etag(showing: Showing, items: Sequence[Offered]) -> str:
    """Changes when, and only when, the list of items does."""
    return f'"{showing.name}-{len(items)}"'


def last_modified(items: Sequence[Offered], showing: Showing) -> str:
    """HTTP date of the newest item."""
    newest: datetime = items[-1].published_at if items else showing.started_at
    return format_datetime(newest, usegmt=True)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _texts(parent: ET.Element, namespace: str = "", **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, f"{{{namespace}}}{name}" if namespace else name).text = text


def _bytes(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
