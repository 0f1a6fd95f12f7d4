"""Reads the SEC's current filings: https://www.sec.gov/search-filings, an Atom feed of 40 to 100 entries a page.

The SEC asks for a user agent with a contact and for at most 10 requests a second (GROUNDSWELL_CONTACT).
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from typing import Any, Final

from core.errors import MalformedItem
from core.sources import Source
from ingest.clean import html_to_text
from ingest.items import Item
from ingest.sites.asking import Ask, Page
from ingest.sites.feed import entries, read_entries

COUNT: Final = 100
_TITLE = re.compile(r"(?P<form>[\w/ -]+?) - (?P<filer>.+?)(?: \((?P<cik>\d{10})\))?(?: \((?P<role>[\w ]+)\))?")
_STATE = re.compile(r"\s*/[A-Z]{2,3}/?\s*$")
_BEFORE_ITEMS = re.compile(r"^.*?(?:Size:\s*[\d.]+\s*[KMG]?B)\s*", re.DOTALL)


def ask(source: Source, since: datetime | None, page: str, key: str) -> Ask:
    params = {"action": "getcurrent", "type": source.query or "8-K", "owner": "include", "output": "atom"}
    return Ask(source.url, {**params, "count": str(COUNT), "start": page or "0"})


def parse(body: bytes, source: Source, page: str = "") -> Page:
    """A full page is followed by another one."""
    found = entries(body, source)
    following = str(int(page or 0) + COUNT) if len(found) >= COUNT else ""
    return Page(read_entries(found, lambda entry: _item(entry, source)), following)


def _item(entry: Any, source: Source) -> Item:
    native_id = entry.get("id") or entry.get("link")
    if not native_id:
        raise MalformedItem("the filing has neither an id nor a link")
    title = html_to_text(entry.get("title", ""))
    found = _TITLE.fullmatch(title)
    what = _BEFORE_ITEMS.sub("", html_to_text(entry.get("summary", "")))
    filer = _STATE.sub("", found["filer"]) if found else ""
    text = f"{filer} filed {found['form']}: {what}" if found and what else title
    return Item(native_id, text, _filed_at(entry), source.channel, url=entry.get("link"))


def _filed_at(entry: Any) -> datetime:
    moment = dict.get(entry, "updated_parsed")
    if moment is None:
        raise MalformedItem("the filing has no date")
    return datetime.fromtimestamp(calendar.timegm(moment), UTC)
