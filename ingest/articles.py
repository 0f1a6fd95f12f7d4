"""Reads the page behind an item whose feed has only a summary, where the site's robots.txt allows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from core.errors import GroundswellError, SourceRefused, SourceUnavailable
from ingest.clean import tidy
from ingest.http import Fetch
from ingest.items import Item

AGENT: Final = "groundswell"
"""What a robots.txt calls us."""
MOST: Final = 20
"""Pages read in one run; the items behind the others keep their summaries."""


class Articles:
    """Reads pages for one run, and each site's robots.txt once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._rules: dict[str, str | None] = {}
        self._read = 0

    def complete(self, item: Item) -> Item:
        """The item with the article's text; as it is where the page cannot be had, forbids us, or says less.

        A page is an extra: nothing that is wrong with it is an error of the source.
        """
        if not item.is_summary or not item.url or self._read >= MOST or not self.may_read(item.url):
            return item
        self._read += 1
        try:
            page = self._fetch(item.url)
        except GroundswellError:
            return item
        text = article_text(page.body or b"") if "html" in page.content_type.lower() else ""
        return replace(item, text=text, is_summary=False) if len(text) > len(item.text) else item

    def may_read(self, url: str) -> bool:
        """What robots.txt says: without one everything, and nothing while it cannot be had (RFC 9309, 2.3.1)."""
        from protego import Protego  # type: ignore[import-untyped]

        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = self._robots(site)
        rules = self._rules[site]
        return rules is not None and bool(Protego.parse(rules).can_fetch(url, AGENT))

    def _robots(self, site: str) -> str | None:
        try:
            return (self._fetch(f"{site}/robots.txt").body or b"").decode(errors="replace")
        except SourceRefused:
            return ""
        except SourceUnavailable:
            return None


def article_text(page: bytes) -> str:
    """The article of a page, without menus, comments and advertisements; empty where there is none."""
    import trafilatura  # type: ignore[import-untyped]

    found = trafilatura.extract(page, include_comments=False, include_tables=False, deduplicate=False)
    return tidy(found or "")
