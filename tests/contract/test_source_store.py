"""A scraper finds its place again, and knows what it published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.ports import Cursor, ScrapeRun
from tests.builders import NOON
from tests.contract.conftest import Stores

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
