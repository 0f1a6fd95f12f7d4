"""The only list of what is scraped: the settings' own sites, or the demo's three when there are none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from core.errors import SetupError
from core.posts import Channel


class Kind(StrEnum):
    FEED = "feed"
    """RSS or Atom."""
    JSON = "json"
    """A paged JSON API (ingest.social)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One site."""

    name: str
    """Part of every post's id: a site that is renamed is read again from its start."""
    url: str
    kind: Kind
    channel: Channel
    """Of items that do not say their own."""


def parse_sources(text: str) -> tuple[Source, ...]:
    """Read `name=url` pairs separated by blanks; `json+` before a URL marks a paged JSON API.

    >>> [(s.name, s.kind.value) for s in parse_sources("desk=https://example.com/rss talk=json+https://example.com/posts")]
    [('desk', 'feed'), ('talk', 'json')]

    Raises:
        SetupError: a pair is not of this form, or a name stands twice.
    """
    sources = tuple(_parse_one(pair) for pair in text.split())
    names = [source.name for source in sources]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"GROUNDSWELL_SOURCES names {', '.join(sorted(doubled))} more than once")
    return sources


def _parse_one(pair: str) -> Source:
    name, _, url = pair.partition("=")
    is_json = url.startswith("json+")
    url = url.removeprefix("json+")
    if not name or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise SetupError(f"GROUNDSWELL_SOURCES: {name or 'a source'} must be written as name=https://host/path")
    return Source(name, url, Kind.JSON, Channel.SOCIAL) if is_json else Source(name, url, Kind.FEED, Channel.NEWS)


def demo_sources(port: int) -> tuple[Source, ...]:
    """What the demo's local server offers (`python -m groundswell.demo`)."""
    site = f"http://127.0.0.1:{port}"
    return (
        Source("demo-news", f"{site}/news/rss.xml", Kind.FEED, Channel.NEWS),
        Source("demo-filings", f"{site}/filings/atom.xml", Kind.FEED, Channel.NEWS),
        Source("demo-social", f"{site}/api/posts", Kind.JSON, Channel.SOCIAL),
    )


def choose_sources(configured: str, demo_port: int) -> tuple[Source, ...]:
    """The configured sites, or the demo's when the setting is empty."""
    return parse_sources(configured) or demo_sources(demo_port)
