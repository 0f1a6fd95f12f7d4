"""What an address, as somebody copies it from a browser, would be as a source."""

from __future__ import annotations

import pytest

from core.sources import Kind, faults, make_source
from ingest.recognise import Guess, feeds_of, name_for, recognise

ADDRESSES = [
    ("https://example.com/rss.xml", Guess(Kind.FEED, "https://example.com/rss.xml"), "example-com"),
    ("https://old.reddit.com/r/banking+Banks/new", Guess(Kind.REDDIT, "", "r/banking+Banks"), "reddit-banking-banks"),
    (
        "https://www.reddit.com/search/?q=harborline+bank",
        Guess(Kind.REDDIT, "", "harborline bank"),
        "reddit-harborline-bank",
    ),
    ("https://hn.algolia.com/?q=harborline", Guess(Kind.HACKER_NEWS, "", "harborline"), "hacker-news-harborline"),
    ("https://stocktwits.com/symbol/BRK.B", Guess(Kind.STOCKTWITS, "", "BRK.B"), "stocktwits-brk-b"),
    (
        "https://social.example/tags/harborline",
        Guess(Kind.MASTODON, "https://social.example", "harborline"),
        "mastodon-harborline",
    ),
    ("https://bsky.app/search?q=harborline", Guess(Kind.BLUESKY, "", "harborline"), "bluesky-harborline"),
    ("https://bsky.app/hashtag/harborline", Guess(Kind.BLUESKY, "", "#harborline"), "bluesky-harborline"),
    ("https://x.com/search?q=%24HRBL&src=typed_query", Guess(Kind.X, "", "$HRBL"), "x-hrbl"),
    (
        "https://apps.apple.com/gb/app/harborline-pay/id123456789",
        Guess(Kind.APP_STORE, "", "gb/123456789"),
        "app-store-gb-123456789",
    ),
    ("https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent&type=8-K", Guess(Kind.EDGAR, "", "8-K"), "edgar-8-k"),
    ("/var/spool/inbox/", Guess(Kind.FOLDER, "/var/spool/inbox/"), "inbox"),
]


@pytest.mark.parametrize(("address", "guess", "name"), ADDRESSES)
def test_an_address_says_what_it_is(address: str, guess: Guess, name: str) -> None:
    assert recognise(address) == guess
    assert name_for(guess) == name
    source = make_source(
        name, guess.kind, guess.url, query=guess.query, key="KEY" if guess.kind in (Kind.REDDIT, Kind.X) else ""
    )
    assert list(faults(source)) == []


def test_a_page_names_its_feeds() -> None:
    page = b"""<html><head><link rel=stylesheet href=a.css><link rel="alternate" type="application/rss+xml" href="/rss">
    <link rel="alternate" hreflang="de" href="/de"><LINK REL="Alternate" TYPE="application/atom+xml" HREF="https://a.example/atom">"""
    assert feeds_of(page, "https://example.com/news/") == ["https://example.com/rss", "https://a.example/atom"]
    assert feeds_of(b"\xff\x00<<<", "https://example.com") == []
