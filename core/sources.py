"""What a source is: its kind, what each kind needs, and how one is written in a single word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from core.durations import format_duration, parse_duration
from core.errors import SetupError
from core.posts import Channel


class Kind(StrEnum):
    FEED = "feed"
    JSON = "json"
    EDGAR = "edgar"
    GDELT = "gdelt"
    HACKER_NEWS = "hacker-news"
    REDDIT = "reddit"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    STOCKTWITS = "stocktwits"
    X = "x"
    APP_STORE = "app-store"
    FOLDER = "folder"
    PUSH = "push"


class Key(StrEnum):
    """Whether a kind takes a key."""

    NONE = "none"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of every source of a kind."""

    what: str
    channel: Channel
    """Of items that do not say their own."""
    url: str = ""
    """Where it is read when a source does not say; empty where each has its own."""
    query: str = ""
    """What a query is; empty for a kind that takes none."""
    query_needed: bool = False
    key: Key = Key.NONE
    key_is: str = ""
    every_s: int = 0
    """Seconds between two runs when a source does not say; 0 means the setting scrape_every_s."""
    gap_s: float = 1.0
    """Least seconds between two requests to its host, as its terms ask."""


FACTS: Final[Mapping[Kind, Facts]] = {
    Kind.FEED: Facts("RSS or Atom feed", Channel.NEWS),
    Kind.JSON: Facts("paged JSON API", Channel.SOCIAL),
    Kind.EDGAR: Facts(
        "SEC EDGAR current filings", Channel.NEWS, "https://www.sec.gov/cgi-bin/browse-edgar",
        "form type, 8-K by default", every_s=60,
    ),
    # GDELT indexes every 15 minutes and asks for at most one request in 5 seconds
    Kind.GDELT: Facts(
        "GDELT news search", Channel.NEWS, "https://api.gdeltproject.org/api/v2/doc/doc", "search words", True,
        every_s=900, gap_s=5.0,
    ),
    Kind.HACKER_NEWS: Facts(
        "Hacker News", Channel.SOCIAL, "https://hn.algolia.com/api/v1/search_by_date", "search words", every_s=60
    ),
    Kind.REDDIT: Facts(
        "Reddit", Channel.SOCIAL, "https://oauth.reddit.com", "r/SUBREDDIT, or search words", True, Key.MUST,
        "client id and secret of an app, with a colon between them", every_s=60,
    ),
    Kind.MASTODON: Facts("Mastodon hashtag", Channel.SOCIAL, "", "hashtag", True, Key.MAY, "access token", every_s=60),
    Kind.BLUESKY: Facts(
        "Bluesky search", Channel.SOCIAL, "https://api.bsky.app", "search words", True, every_s=60
    ),
    # 200 requests an hour without a token
    Kind.STOCKTWITS: Facts(
        "StockTwits symbol", Channel.SOCIAL, "https://api.stocktwits.com", "ticker", True, Key.MAY, "access token",
        every_s=120,
    ),
    Kind.X: Facts(
        "X recent search", Channel.SOCIAL, "https://api.x.com", "search query", True, Key.MUST, "bearer token",
        every_s=300,
    ),
    Kind.APP_STORE: Facts(
        "App Store reviews", Channel.CUSTOMER, "https://itunes.apple.com", "country/app id, as us/123456789", True,
        every_s=900,
    ),
    Kind.FOLDER: Facts("folder of .csv and .jsonl files", Channel.CUSTOMER, gap_s=0.0),
    Kind.PUSH: Facts(
        "signed HTTP POST", Channel.CUSTOMER, "push", key=Key.MUST, key_is="Standard Webhooks secret, whsec_…",
        gap_s=0.0,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One place that is read."""

    name: str
    """Part of every post's id: a site that is renamed is read again from its start."""
    url: str
    kind: Kind
    channel: Channel
    """Of items that do not say their own."""
    query: str = ""
    every_s: int = 0
    """0 means the setting scrape_every_s."""
    key: str = ""
    """Name of the environment variable that holds its key; never the key."""
    articles: bool = False
    """Whether the page behind an item is read where the item has only a summary."""

    @property
    def facts(self) -> Facts:
        return FACTS[self.kind]


def make_source(name: str, kind: Kind, url: str = "", **said: object) -> Source:
    """A source with what its kind says where it says nothing itself; `said` are fields of `Source`.

    >>> make_source("filings", Kind.EDGAR).url
    'https://www.sec.gov/cgi-bin/browse-edgar'
    """
    facts = FACTS[kind]
    given = {field: value for field, value in said.items() if value}
    return Source(name, url or facts.url, kind, **{"channel": facts.channel, "every_s": facts.every_s} | given)  # type: ignore[arg-type]


def faults(source: Source) -> Iterator[tuple[str, str]]:
    """What is wrong with a source: pairs of the field and a sentence."""
    facts = source.facts
    if not source.url:
        yield "url", f"a source of kind {source.kind.value} needs one"
    elif source.kind not in (Kind.FOLDER, Kind.PUSH) and not _is_web(source.url):
        yield "url", "must be http:// or https:// and name a host"
    if facts.query_needed and not source.query:
        yield "query", f"a source of kind {source.kind.value} needs one: {facts.query}"
    if source.query and not facts.query:
        yield "query", f"a source of kind {source.kind.value} takes none"
    if facts.key is Key.MUST and not source.key:
        yield "key", f"a source of kind {source.kind.value} needs the name of an environment variable with its key"
    if source.key and facts.key is Key.NONE:
        yield "key", f"a source of kind {source.kind.value} takes none"
    if source.articles and source.kind is not Kind.FEED:
        yield "articles", "only a feed's items have pages that are read"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def written(source: Source) -> str:
    """A source in one word, as GROUNDSWELL_SOURCES holds it: name=kind+url#query=…&key=…

    >>> written(make_source("press", Kind.FEED, "https://example.com/rss.xml"))
    'press=https://example.com/rss.xml'
    >>> written(make_source("talk", Kind.MASTODON, "https://social.example", query="harborline bank"))
    'talk=mastodon+https://social.example#query=harborline+bank'
    """
    facts = source.facts
    options = {
        "query": source.query,
        "every": format_duration(timedelta(seconds=source.every_s)) if source.every_s != facts.every_s else "",
        "channel": source.channel.value if source.channel is not facts.channel else "",
        "key": source.key,
        "articles": "yes" if source.articles else "",
    }
    tail = urlencode({name: value for name, value in options.items() if value})
    kind = "" if source.kind is Kind.FEED else f"{source.kind.value}+"
    url = quote(source.url, safe=":/?&=%+,;@!$'()*~[]")  # neither a blank nor a #
    return f"{source.name}={kind}{url}{'#' if tail else ''}{tail}"


def read_written(word: str) -> Source:
    """The source that a word of GROUNDSWELL_SOURCES describes.

    Raises:
        SetupError: it is not of the form, or lacks what its kind needs.
    """
    name, _, rest = word.partition("=")
    start, plus, after = rest.partition("+")
    kinds = {kind.value: kind for kind in Kind}
    kind, place = (kinds[start], after) if plus and start in kinds else (Kind.FEED, rest)
    if kind is Kind.FEED and rest in kinds:
        kind, place = kinds[rest], ""
    url, _, tail = place.partition("#")
    try:
        source = make_source(name, kind, url, **_options(tail))
    except ValueError as exc:
        raise SetupError(f"GROUNDSWELL_SOURCES: {name or 'a source'}: {exc}") from exc
    found = next(faults(source), None)
    if not name or (found is not None and found[0] == "url"):
        raise SetupError(f"GROUNDSWELL_SOURCES: {name or 'a source'} must be written as name=https://host/path")
    if found is not None:
        raise SetupError(f"GROUNDSWELL_SOURCES: {name}: {found[0]}: {found[1]}")
    return source


def _options(tail: str) -> dict[str, object]:
    options: dict[str, object] = {}
    for name, value in parse_qsl(tail):
        match name:
            case "query" | "key":
                options[name] = value
            case "every":
                options["every_s"] = int(parse_duration(value).total_seconds())
            case "channel":
                options["channel"] = Channel(value)
            case "articles":
                options["articles"] = value == "yes"
            case _:
                raise ValueError(f"there is no option {name!r}")
    return options
