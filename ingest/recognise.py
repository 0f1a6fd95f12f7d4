"""Says what kind of source an address is, as somebody copies it from a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from core.sources import Kind

_FEEDS: Final = frozenset({"application/rss+xml", "application/atom+xml"})


@dataclass(frozen=True, slots=True)
class Guess:
    """What a source at an address would be; the address is empty where the kind has its own."""

    kind: Kind
    url: str = ""
    query: str = ""


def recognise(address: str) -> Guess:
    """The kind of source at an address; a feed where nothing else is known.

    >>> recognise("https://www.reddit.com/r/banking/")
    Guess(kind=<Kind.REDDIT: 'reddit'>, url='', query='r/banking')
    >>> recognise("https://example.com/rss.xml").kind.value
    'feed'
    """
    if not address.startswith(("http://", "https://")):
        return Guess(Kind.FOLDER, address)
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("old.")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    words = query.get("q") or query.get("query") or ""
    path = unquote(parts.path).strip("/")
    match host:
        case "reddit.com" if found := re.match(r"r/\w+(\+\w+)*", path):
            return Guess(Kind.REDDIT, "", found[0])
        case "reddit.com" if words:
            return Guess(Kind.REDDIT, "", words)
        case "news.ycombinator.com" | "hn.algolia.com":
            return Guess(Kind.HACKER_NEWS, "", words)
        case "stocktwits.com" if found := re.match(r"symbol/([\w.]+)", path):
            return Guess(Kind.STOCKTWITS, "", found[1])
        case "bsky.app" if words or path.startswith("hashtag/"):
            return Guess(Kind.BLUESKY, "", words or f"#{path.removeprefix('hashtag/')}")
        case "x.com" | "twitter.com" if words:
            return Guess(Kind.X, "", words)
        case "apps.apple.com" if found := re.match(r"(?:(\w\w)/)?app/(?:[^/]+/)?id(\d+)", path):
            return Guess(Kind.APP_STORE, "", f"{found[1] or 'us'}/{found[2]}")
        case "sec.gov" if query.get("action") == "getcurrent":
            return Guess(Kind.EDGAR, "", query.get("type", ""))
        case "api.gdeltproject.org" if words:
            return Guess(Kind.GDELT, "", words)
    if found := re.fullmatch(r"tags/(\w+)", path):
        return Guess(Kind.MASTODON, f"{parts.scheme}://{parts.netloc}", found[1])
    return Guess(Kind.FEED, address)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "link" and "alternate" in (said.get("rel") or "").lower().split() and said.get("type") in _FEEDS:
            self.found.append(said.get("href") or "")


def feeds_of(page: bytes, url: str) -> list[str]:
    """The feeds that a page of HTML names, in its order.

    >>> feeds_of(b'<link rel="alternate" type="application/rss+xml" href="/rss.xml">', "https://example.com/news")
    ['https://example.com/rss.xml']
    """
    links = _Links()
    links.feed(page[:500_000].decode("utf-8", errors="replace"))
    return list(dict.fromkeys(urljoin(url, link) for link in links.found if link))


def name_for(guess: Guess) -> str:
    """A name as short as it says what it is.

    >>> name_for(Guess(Kind.REDDIT, "", "r/banking")), name_for(Guess(Kind.FEED, "https://www.example.co.uk/rss"))
    ('reddit-banking', 'example-co-uk')
    """
    if guess.kind in (Kind.FEED, Kind.JSON):
        said = (urlsplit(guess.url).hostname or "feed").removeprefix("www.")
    elif guess.kind is Kind.FOLDER:
        said = guess.url.rstrip("/").rpartition("/")[2] or "folder"
    else:
        said = f"{guess.kind.value} {guess.query.removeprefix('r/')}"
    return re.sub(r"[^A-Za-z0-9]+", "-", said).strip("-").lower()[:60] or guess.kind.value
