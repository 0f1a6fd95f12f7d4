"""How the demo's sites behave towards a polite scraper."""

from __future__ import annotations

import json
from datetime import timedelta

import feedparser
import pytest

from groundswell.demo.server import Demo
from tests.fakes import ManualClock

SITE = "http://127.0.0.1:1"
SECRET = "whsec_Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWU="


def demo() -> tuple[Demo, ManualClock]:
    clock = ManualClock()
    return Demo(SECRET, clock), clock


@pytest.mark.parametrize(("path", "version"), [("/news/rss.xml", "rss20"), ("/filings/atom.xml", "atom10")])
def test_the_feeds_are_what_they_say(path: str, version: str) -> None:
    ours, _ = demo()
    feed = feedparser.parse(ours.get(path, {}, SITE).body)
    assert (feed.version, feed.bozo) == (version, False)
    assert len(feed.entries) >= 18


def test_a_feed_that_did_not_change_says_so_and_one_that_did_does_not() -> None:
    ours, clock = demo()
    first = ours.get("/news/rss.xml", {}, SITE)
    sent = {"If-None-Match": first.headers["ETag"]}
    assert ours.get("/news/rss.xml", sent, SITE).status == 304
    clock.advance(60)
    assert ours.get("/news/rss.xml", sent, SITE).status == 200


def test_the_filings_are_sometimes_too_busy() -> None:
    ours, _ = demo()
    answers = [ours.get("/filings/atom.xml", {}, SITE) for _ in range(20)]
    busy = [answer for answer in answers if answer.status == 429]
    assert len(busy) == 3
    assert all(answer.headers["Retry-After"] == "15" for answer in busy)


def test_pages_hold_every_post_once() -> None:
    ours, clock = demo()
    seen: list[str] = []
    after = ""
    for _ in range(12):
        page = json.loads(ours.get(f"/api/posts?after={after}&limit=70", {}, SITE).body)
        seen += [item["id"] for item in page["items"] if isinstance(item, dict) and item["id"]]
        after = page["next"]
        clock.advance(30)
    assert len(set(seen)) == len(seen) > 350


@pytest.mark.parametrize("query", ["after=nonsense", "after=other:5", "limit=-1", "limit=0", "limit=x", "after=:", ""])
def test_a_cursor_or_limit_of_another_world_starts_at_the_beginning(query: str) -> None:
    ours, _ = demo()
    page = json.loads(ours.get(f"/api/posts?{query}", {}, SITE).body)
    assert len(page["items"]) == 100


def test_the_day_starts_at_the_first_look_at_a_feed_and_not_before() -> None:
    ours, clock = demo()
    for path in ("/", "/health", "/webhooks", "/nothing"):
        ours.get(path, {}, SITE)
    clock.advance(3_600)
    page = json.loads(ours.get("/api/posts", {}, SITE).body)
    first = page["items"][0]["created_at"]
    assert first >= (clock.now - timedelta(hours=6)).isoformat()


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/health", 200), ("/webhooks", 200), ("/nothing", 404)])
def test_the_other_pages(path: str, status: int) -> None:
    assert demo()[0].get(path, {}, SITE).status == status


def test_only_webhooks_are_taken() -> None:
    assert demo()[0].post("/news/rss.xml", {}, b"{}").status == 404
    assert demo()[0].post("/webhooks", {}, b"{}").status == 401
    assert demo()[0].post("/webhooks", {}, b"\xff").status == 400
