"""A scraper finds its place again, and knows what it published."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.ports import Cursor, ScrapeRun, Told
from core.source_health import Heard
from tests.builders import NOON
from tests.contract.conftest import Stores

DAY = timedelta(days=1)
RUN = ScrapeRun("demo-news", NOON, NOON + timedelta(seconds=3), fetched=3, published=2, repeats=1, rejected=0, masked=0)
CURSOR = Cursor("demo-news", '"etag"', "Mon, 02 Mar 2026 12:00:00 GMT", "page 3", NOON + timedelta(minutes=5), NOON)


def test_a_source_that_was_never_scraped_has_a_fresh_cursor_and_nothing_seen(stores: Stores) -> None:
    assert stores.sources.cursor("demo-news") == Cursor("demo-news")
    assert stores.sources.seen("demo-news", ["a", "b"]) == set()
    assert stores.sources.seen("demo-news", []) == set()


def test_a_finished_run_leaves_its_cursor_and_what_it_published(stores: Stores) -> None:
    stores.sources.finish(RUN, CURSOR, ["a", "b"])

    assert stores.sources.cursor("demo-news") == CURSOR
    assert stores.sources.seen("demo-news", ["b", "c"]) == {"b"}


def test_sources_do_not_see_each_other(stores: Stores) -> None:
    stores.sources.finish(RUN, CURSOR, ["a"])

    assert stores.sources.cursor("demo-social") == Cursor("demo-social")
    assert stores.sources.seen("demo-social", ["a"]) == set()


def test_the_newest_cursor_wins_and_what_was_published_twice_is_no_error(stores: Stores) -> None:
    stores.sources.finish(RUN, CURSOR, ["a", "a"])
    newer = Cursor("demo-news", position="page 4")

    stores.sources.finish(replace(RUN, error="SourceUnavailable: 503"), newer, ["a", "b"])

    assert stores.sources.cursor("demo-news") == newer
    assert stores.sources.seen("demo-news", ["a", "b"]) == {"a", "b"}


def test_a_run_that_published_nothing_still_moves_the_cursor(stores: Stores) -> None:
    stores.sources.finish(replace(RUN, fetched=0, published=0, repeats=0), CURSOR, [])

    assert stores.sources.cursor("demo-news") == CURSOR


def run_at(at: datetime, published: int = 1, error: str | None = None) -> ScrapeRun:
    return ScrapeRun(
        "desk", at, at, fetched=published, published=published, repeats=0, rejected=0, masked=0, error=error
    )


def heard(stores: Stores, now: datetime) -> Heard:
    (found,) = stores.incidents.standing(now).sources
    return found


def test_what_is_on_the_list_is_remembered_with_its_habits(stores: Stores) -> None:
    stores.sources.tell([Told("desk", "feed", "news", 60), Told("gone", "x", "social", 300, "X_TOKEN")], NOON - DAY)
    assert [one.needs_key for one in stores.incidents.standing(NOON).sources] == ["", "X_TOKEN"]
    stores.sources.tell([Told("desk", "feed", "news", 90)], NOON)
    assert heard(stores, NOON) == Heard("desk", 90, "", NOON - DAY)
    for hours, published in ((-30, 1), (-29, 0), (-26, 2), (-25, 1), (-2, 3), (-1, 0)):
        stores.sources.finish(run_at(NOON + timedelta(hours=hours), published), Cursor("desk"), [])
    stores.sources.finish(run_at(NOON, 0, "SourceRefused: 403"), Cursor("desk"), [])

    found = heard(stores, NOON)

    assert (found.first_run_at, found.last_success_at) == (NOON - timedelta(hours=30), NOON - timedelta(hours=1))
    assert (found.last_news_at, found.last_error_at) == (NOON - timedelta(hours=2), NOON)
    assert (found.last_error, found.news) == ("SourceRefused: 403", 4)
    # of 4 h and 1 h on the first day, the longer; 23 h on the second
    assert found.pauses_s == (23 * 3600.0, 4 * 3600.0)


def test_habits_of_long_ago_are_forgotten(stores: Stores) -> None:
    stores.sources.tell([Told("desk", "feed", "news", 60)], NOON - 40 * DAY)
    for days in (40, 30, 20, 3, 2):
        stores.sources.finish(run_at(NOON - days * DAY), Cursor("desk"), [])
    assert heard(stores, NOON).pauses_s == (17 * 86_400.0, 86_400.0)
    assert heard(stores, NOON).news == 2
