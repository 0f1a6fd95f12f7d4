"""Sites for tests, each answering as its public documentation describes; everything that they say is invented."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from core.posts import Channel
from core.sources import Kind, Source, make_source, written
from tests.builders import NOON

KEYS: Final = {"REDDIT_APP": "app:secret", "X_TOKEN": "bearer-x"}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody said on a site."""

    number: int
    text: str
    at: datetime
    author: str = "jo_lane"


def things(count: int, *, first: int = 0, until: datetime = NOON, gap_s: float = 60) -> list[Said]:
    """Things said one after the other, the last of them at a time, oldest first."""
    numbers = range(first, first + count)
    return [
        Said(
            n,
            f"Harborline app fails for the {n}th time today, says customer {n}",
            until - timedelta(seconds=gap_s * (numbers[-1] - n)),
        )
        for n in numbers
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as a site reads it."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By name in lower case."""
    is_post: bool = False

    @classmethod
    def of(cls, target: str, headers: Mapping[str, str], is_post: bool = False) -> Asked:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return cls(parts.path, query, {name.lower(): value for name, value in headers.items()}, is_post)


Answer = tuple[int, bytes]
"""Status and body."""


def source_at(site: str, kind: Kind, name: str = "") -> Source:
    """The source that reads a site of a kind at an address."""
    said: dict[Kind, dict[str, Any]] = {
        Kind.GDELT: {"query": "harborline"},
        Kind.HACKER_NEWS: {"query": "harborline"},
        Kind.REDDIT: {"query": "r/banking", "key": "REDDIT_APP"},
        Kind.MASTODON: {"query": "#harborline"},
        Kind.BLUESKY: {"query": "harborline"},
        Kind.STOCKTWITS: {"query": "HRBL"},
        Kind.X: {"query": "harborline -is:retweet", "key": "X_TOKEN"},
        Kind.APP_STORE: {"query": "us/123456789"},
    }
    path = {
        Kind.FEED: "/rss.xml",
        Kind.JSON: "/posts",
        Kind.EDGAR: "/cgi-bin/browse-edgar",
        Kind.GDELT: "/api/v2/doc/doc",
    }
    path[Kind.HACKER_NEWS] = "/api/v1/search_by_date"
    source = make_source(name or kind.value, kind, f"{site}{path.get(kind, '')}", **said.get(kind, {}))
    # due at every run of a test
    return Source(source.name, source.url, kind, source.channel, source.query, 0, source.key)


def written_at(site: str, kind: Kind) -> str:
    """The same as GROUNDSWELL_SOURCES holds it."""
    return written(source_at(site, kind))


def answer(kind: Kind, said: Sequence[Said], asked: Asked) -> Answer:
    """What a site of a kind answers; `said` is in the order in which it was said."""
    newest_first = sorted(said, key=lambda one: (one.at, one.number), reverse=True)
    return SITES[kind](newest_first, asked)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(content: object) -> Answer:
    return 200, json.dumps(content).encode()


def _feed(said: Sequence[Said], asked: Asked) -> Answer:
    items = "".join(
        f"<item><guid>{s.number}</guid><title>{escape(s.text)}</title><link>https://desk.example/{s.number}</link>"
        f"<pubDate>{s.at.strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate></item>"
        for s in said
    )
    return 200, f"<?xml version='1.0'?><rss version='2.0'><channel><title>Desk</title>{items}</channel></rss>".encode()


def _paged(said: Sequence[Said], asked: Asked) -> Answer:
    oldest_first = sorted(said, key=lambda one: one.number)  # in which order they came
    start, limit = int(asked.query.get("after") or 0), int(asked.query["limit"])
    page = oldest_first[start : start + limit]
    items = [{"id": str(s.number), "text": s.text, "created_at": _iso(s.at), "author": s.author} for s in page]
    return _json({"items": items, "next": str(start + len(page))})


def _edgar(said: Sequence[Said], asked: Asked) -> Answer:
    if asked.query.get("action") != "getcurrent" or asked.query.get("output") != "atom":
        return 404, b""
    start, count = int(asked.query["start"]), int(asked.query["count"])
    entries = "".join(
        f"""<entry>
<title>8-K - HARBORLINE BANCORP /DE/ (0000{s.number:06d}) (Filer)</title>
<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/1/{s.number}-index.htm"/>
<summary type="html"> &lt;b&gt;Filed:&lt;/b&gt; {s.at:%Y-%m-%d}
 &lt;b&gt;AccNo:&lt;/b&gt; 0000000001-26-{s.number:06d} &lt;b&gt;Size:&lt;/b&gt; 1 MB
&lt;br&gt;Item 8.01: {escape(escape(s.text))}</summary>
<updated>{s.at.astimezone(UTC).isoformat()}</updated>
<category scheme="https://www.sec.gov/" label="form type" term="8-K"/>
<id>urn:tag:sec.gov,2008:accession-number=0000000001-26-{s.number:06d}</id>
</entry>"""
        for s in said[start : start + count]
    )
    head = '<?xml version="1.0" encoding="ISO-8859-1" ?><feed xmlns="http://www.w3.org/2005/Atom"><title>Latest</title>'
    return 200, f"{head}{entries}</feed>".encode("iso-8859-1", "xmlcharrefreplace")


def _gdelt(said: Sequence[Said], asked: Asked) -> Answer:
    def within(at: datetime) -> bool:
        written = at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        return asked.query.get("startdatetime", "") <= written <= asked.query.get("enddatetime", "9")

    articles = [
        {
            "url": f"https://desk.example/{s.number}",
            "url_mobile": "",
            "title": s.text.replace(",", " ,"),
            "seendate": s.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "socialimage": "",
            "domain": "desk.example",
            "language": "English",
            "sourcecountry": "United Kingdom",
        }
        for s in said
        if within(s.at)
    ]
    return _json({"articles": articles[: int(asked.query["maxrecords"])]} if articles else {})


def _hacker_news(said: Sequence[Said], asked: Asked) -> Answer:
    least = int(asked.query.get("numericFilters", "created_at_i>=0").rpartition("=")[2])
    found = [s for s in said if s.at.timestamp() >= least]
    page, size = int(asked.query["page"]), int(asked.query["hitsPerPage"])
    hits = [
        {
            "objectID": str(s.number),
            "author": s.author,
            "created_at": _iso(s.at),
            "created_at_i": int(s.at.timestamp()),
            "comment_text": f"<p>{escape(s.text)}</p>",
            "story_title": "Ask HN: which bank?",
            "_tags": ["comment", f"author_{s.author}"],
        }
        for s in found[page * size : (page + 1) * size]
    ]
    return _json(
        {"hits": hits, "page": page, "nbHits": len(found), "nbPages": -(-len(found) // size), "hitsPerPage": size}
    )


def _reddit(said: Sequence[Said], asked: Asked) -> Answer:
    if asked.is_post:
        is_known = (
            asked.path == "/api/v1/access_token" and asked.headers.get("authorization") == "Basic YXBwOnNlY3JldA=="
        )
        return _json({"access_token": "t", "token_type": "bearer", "expires_in": 86_400}) if is_known else (401, b"{}")
    if asked.headers.get("authorization") != "Bearer t" or asked.path != "/r/banking/new":
        return 403, b"{}"
    page, following = _after(said, asked.query.get("after", ""), int(asked.query["limit"]), lambda s: f"t3_{s.number}")
    children = [
        {
            "kind": "t3",
            "data": {
                "name": f"t3_{s.number}",
                "title": "Anyone else?",
                "selftext": s.text,
                "author": s.author,
                "permalink": f"/r/banking/comments/{s.number}/anyone_else/",
                "created_utc": s.at.timestamp(),
            },
        }
        for s in page
    ]
    return _json({"kind": "Listing", "data": {"after": following or None, "before": None, "children": children}})


def _mastodon(said: Sequence[Said], asked: Asked) -> Answer:
    if asked.path != "/api/v1/timelines/tag/harborline":
        return 404, b"{}"
    least = int(asked.query.get("max_id") or 10**9)
    page = [s for s in said if s.number < least][: int(asked.query["limit"])]
    return _json(
        [
            {
                "id": str(s.number),
                "uri": f"https://social.example/users/{s.author}/statuses/{s.number}",
                "url": f"https://social.example/@{s.author}/{s.number}",
                "created_at": s.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "content": f"<p>{escape(s.text)} <a href='https://social.example/tags/harborline'>#<span>harborline</span></a></p>",
                "spoiler_text": "",
                "visibility": "public",
                "reblog": None,
                "account": {"acct": s.author, "username": s.author},
            }
            for s in page
        ]
    )


def _bluesky(said: Sequence[Said], asked: Asked) -> Answer:
    found = [s for s in said if _iso(s.at) >= asked.query.get("since", "")[:19]]
    start, limit = int(asked.query.get("cursor") or 0), int(asked.query["limit"])
    posts = [
        {
            "uri": f"at://did:plc:{s.author}/app.bsky.feed.post/{s.number}",
            "cid": f"bafy{s.number}",
            "author": {"did": f"did:plc:{s.author}", "handle": f"{s.author}.example"},
            "record": {"$type": "app.bsky.feed.post", "text": s.text, "createdAt": _iso(s.at), "langs": ["en"]},
            "indexedAt": _iso(s.at),
        }
        for s in found[start : start + limit]
    ]
    following = {"cursor": str(start + limit)} if start + limit < len(found) else {}
    return _json({"posts": posts, **following})


def _stocktwits(said: Sequence[Said], asked: Asked) -> Answer:
    if asked.path != "/api/2/streams/symbol/HRBL.json":
        return 404, b"{}"
    found = [s for s in said if s.number < int(asked.query.get("max") or 10**9)]
    page = found[:30]
    messages = [
        {
            "id": s.number,
            "body": s.text,
            "created_at": _iso(s.at),
            "user": {"id": 7, "username": s.author},
            "symbols": [{"id": 1, "symbol": "HRBL", "title": "Harborline Bancorp"}],
            "entities": {"sentiment": {"basic": "Bearish"}},
        }
        for s in page
    ]
    cursor = {
        "more": len(found) > len(page),
        "since": page[0].number if page else None,
        "max": page[-1].number if page else None,
    }
    return _json({"response": {"status": 200}, "symbol": {"symbol": "HRBL"}, "cursor": cursor, "messages": messages})


def _x(said: Sequence[Said], asked: Asked) -> Answer:
    if asked.headers.get("authorization") != "Bearer bearer-x":
        return 401, b'{"title": "Unauthorized", "status": 401}'
    found = [s for s in said if _iso(s.at) >= asked.query.get("start_time", "")]
    start, size = int(asked.query.get("next_token") or 0), int(asked.query["max_results"])
    page = found[start : start + size]
    data = [
        {"id": str(s.number), "text": escape(s.text, quote=False), "created_at": _iso(s.at), "author_id": s.author}
        for s in page
    ]
    meta: dict[str, Any] = {"result_count": len(page)}
    if start + size < len(found):
        meta["next_token"] = str(start + size)
    return _json({"data": data, "meta": meta} if page else {"meta": meta})


def _app_store(said: Sequence[Said], asked: Asked) -> Answer:
    found = re.fullmatch(r"/us/rss/customerreviews/page=(\d+)/id=123456789/sortby=mostrecent/json", asked.path)
    if found is None:
        return 404, b"{}"
    start = (int(found[1]) - 1) * 50
    entries = [
        {
            "author": {
                "uri": {"label": f"https://itunes.apple.com/us/reviews/{s.author}"},
                "name": {"label": s.author},
            },
            "updated": {"label": s.at.isoformat()},
            "im:rating": {"label": "1"},
            "im:version": {"label": "4.2"},
            "id": {"label": str(s.number)},
            "title": {"label": "Fails"},
            "content": {"label": s.text, "attributes": {"type": "text"}},
            "link": {
                "attributes": {"rel": "related", "href": "https://itunes.apple.com/us/review?id=123456789&type=App"}
            },
        }
        for s in said[start : start + 50]
    ]
    # as it does it: one entry alone stands in no list, and none at all is left out
    entry: dict[str, Any] = {} if not entries else {"entry": entries if len(entries) > 1 else entries[0]}
    return _json({"feed": {"author": {"name": {"label": "iTunes Store"}}, "title": {"label": "Reviews"}, **entry}})


def _after(said: Sequence[Said], token: str, limit: int, name: Callable[[Said], str]) -> tuple[Sequence[Said], str]:
    names = [name(s) for s in said]
    start = names.index(token) + 1 if token in names else 0
    page = said[start : start + limit]
    return page, names[start + limit - 1] if start + limit < len(said) else ""


SITES: Final[Mapping[Kind, Callable[[Sequence[Said], Asked], Answer]]] = {
    Kind.FEED: _feed,
    Kind.JSON: _paged,
    Kind.EDGAR: _edgar,
    Kind.GDELT: _gdelt,
    Kind.HACKER_NEWS: _hacker_news,
    Kind.REDDIT: _reddit,
    Kind.MASTODON: _mastodon,
    Kind.BLUESKY: _bluesky,
    Kind.STOCKTWITS: _stocktwits,
    Kind.X: _x,
    Kind.APP_STORE: _app_store,
}

CHANNELS: Final = {
    Kind.FEED: Channel.NEWS,
    Kind.EDGAR: Channel.NEWS,
    Kind.GDELT: Channel.NEWS,
    Kind.APP_STORE: Channel.CUSTOMER,
}
"""Of the kinds whose items are not social."""
