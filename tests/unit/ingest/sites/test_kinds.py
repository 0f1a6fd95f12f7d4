"""Every kind of site, asked and read as its documentation says: one page, many pages, and what is new since then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from core.errors import SourceRefused, SourceUnavailable
from core.ports import Cursor, ScrapeRun
from core.posts import Channel
from core.sources import Kind
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.http import Fetched
from ingest.scrape import scrape
from ingest.sites.registry import SITES
from ingest.walk import Trail
from storage.memory import Memory
from tests.builders import NOON
from tests.fakes import ManualClock, RecordingPublisher
from tests.sites import CHANNELS, KEYS, Asked, Said, answer, source_at, things

KINDS = sorted(SITES)
PAGED = [kind for kind in KINDS if kind is not Kind.FEED]


class Bench:
    """One site with one reader, whose store and broker stay for the next run."""

    def __init__(self, kind: Kind, said: list[Said]) -> None:
        self.kind, self.said = kind, said
        self.source = source_at("https://site.example", kind)
        self.store, self.publisher, self.clock = Memory(), RecordingPublisher(), ManualClock()
        self.asked: list[Asked] = []

    def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        etag: str = "",
        last_modified: str = "",
    ) -> Fetched:
        asked = Asked.of(f"{url}?{urlencode(params or {})}", headers or {}, form is not None)
        self.asked.append(asked)
        status, body = answer(self.kind, self.said, asked)
        if status >= 500:
            raise SourceUnavailable(f"answered {status}")
        if status != 200:
            raise SourceRefused(f"answered {status}")
        return Fetched(body)

    def run(self, since: datetime | None = None) -> ScrapeRun:
        return scrape(
            self.source,
            store=self.store.sources,
            publisher=self.publisher,
            fetch=self.fetch,
            composer=Composer(read_watchlist(), "key"),
            now=self.clock,
            key=KEYS.get(self.source.key, ""),
            since=since,
        )

    def read_back_to(self, **ago: float) -> None:
        """As a backfill: the next run goes back so far."""
        since = Trail(self.clock() - timedelta(**ago)).written()
        self.store.sources.finish(_nothing(self.source.name), Cursor(self.source.name, position=since), [])


def _nothing(name: str) -> ScrapeRun:
    return ScrapeRun(name, NOON, NOON, fetched=0, published=0, repeats=0, rejected=0, masked=0)


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_becomes_a_post(kind: Kind) -> None:
    bench = Bench(kind, things(1))
    assert bench.run().published == 1
    (post,) = bench.publisher.posts
    assert "Harborline app fails for the 0th time today, says customer 0" in post.text
    assert (post.published_at, post.source) == (NOON, kind.value)
    assert post.channel is CHANNELS.get(kind, Channel.SOCIAL)
    assert "HRBL" in post.entities
    assert post.url is not None or kind is Kind.JSON
    # news has no author that could be told apart
    assert (post.author_key is None) == (kind in (Kind.FEED, Kind.EDGAR, Kind.GDELT))


@pytest.mark.parametrize("kind", PAGED)
def test_a_backlog_is_read_page_by_page_and_each_item_once(kind: Kind) -> None:
    bench = Bench(kind, things(333))
    if kind is not Kind.JSON:
        bench.read_back_to(days=2)
    run = bench.run()
    assert len({post.post_id for post in bench.publisher.posts}) == len(bench.publisher.posts) == run.published == 333
    assert len(bench.asked) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_run_publishes_what_is_new_and_nothing_else(kind: Kind) -> None:
    bench = Bench(kind, things(20))
    assert bench.run().published == 20
    bench.clock.advance(300)
    bench.said += things(130, first=20, until=bench.clock())
    bench.said[20:] = [
        Said(s.number, s.text, bench.clock() - timedelta(seconds=150 - s.number)) for s in bench.said[20:]
    ]
    assert bench.run().published == 130
    assert bench.run().published == 0
    assert len({post.post_id for post in bench.publisher.posts}) == len(bench.publisher.posts) == 150


@pytest.mark.parametrize("kind", KINDS)
def test_a_site_with_nothing_to_say_is_no_error(kind: Kind) -> None:
    assert Bench(kind, []).run().fetched == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"<html><body>Please log in</body></html>", b'"word"', b"[1", b"\xff\xfe\x00"])
def test_what_is_no_answer_of_this_kind_of_site_is_refused(kind: Kind, body: bytes) -> None:
    with pytest.raises(SourceRefused):
        SITES[kind].parse(body, source_at("https://site.example", kind), "")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (Kind.FEED, Kind.EDGAR)])
def test_a_malformed_item_is_set_aside_and_says_nothing_of_its_author(kind: Kind) -> None:
    bench = Bench(kind, things(2))
    bench.run()
    path, query = bench.asked[-1].path, bench.asked[-1].query
    status, body = answer(kind, bench.said, Asked(path, query, bench.asked[-1].headers))
    assert status == 200
    broken = json.loads(body)
    items = next(found for found in _lists(broken) if found and isinstance(found[0], dict) and len(found) == 2)
    items[0] = _without_times(items[0])
    items.append("no object")
    parsed = SITES[kind].parse(json.dumps(broken).encode(), bench.source, "").parsed
    assert len(parsed.items) == 1
    assert len(parsed.rejected) == 2
    assert not any(b"jo_lane" in one.body for one in parsed.rejected)


def _lists(content: object) -> list[list[object]]:
    inner = list(content.values()) if isinstance(content, dict) else content if isinstance(content, list) else []
    own = [content] if isinstance(content, list) else []
    return own + [found for one in inner for found in _lists(one)]


def _without_times(item: dict[str, object]) -> dict[str, object]:
    times = ("created_at", "created_at_i", "created_utc", "createdAt", "indexedAt", "seendate", "updated")
    return {
        name: _without_times(value) if isinstance(value, dict) else value
        for name, value in item.items()
        if name not in times
    }


@pytest.mark.parametrize("kind", [Kind.REDDIT, Kind.X])
def test_a_key_is_sent_and_never_stands_in_an_address(kind: Kind) -> None:
    bench = Bench(kind, things(1))
    bench.run()
    secret = KEYS[bench.source.key]
    assert not any(part in str(asked.query) + asked.path for asked in bench.asked for part in (secret, "bearer"))
    assert bench.asked[-1].headers["authorization"].startswith("Bearer ")


def test_a_query_that_gdelt_does_not_understand_is_named_in_its_own_words() -> None:
    with pytest.raises(SourceRefused, match="The specified phrase is too short"):
        SITES[Kind.GDELT].parse(b"The specified phrase is too short.\n", source_at("https://g.example", Kind.GDELT), "")


def test_a_filing_reads_as_a_sentence_with_its_filer() -> None:
    bench = Bench(Kind.EDGAR, [Said(7, "Entry into a Material Definitive Agreement", NOON)])
    bench.run()
    (post,) = bench.publisher.posts
    assert post.text == "HARBORLINE BANCORP filed 8-K: Item 8.01: Entry into a Material Definitive Agreement"


def test_a_reddit_post_that_was_removed_keeps_its_title_alone() -> None:
    bench = Bench(Kind.REDDIT, [Said(1, "[removed]", NOON, "[deleted]")])
    bench.run()
    (post,) = bench.publisher.posts
    assert (post.text, post.author_key) == ("Anyone else?", None)


def test_a_walk_that_broke_off_goes_on_where_it_was() -> None:
    bench = Bench(Kind.STOCKTWITS, things(200))
    bench.read_back_to(days=2)
    whole, calls = bench.fetch, 0

    def breaks_off(url: str, **asked: object) -> Fetched:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise SourceUnavailable("answered 429", retry_after_s=60)
        return whole(url, **asked)  # type: ignore[arg-type]

    bench.fetch = breaks_off  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable):
        bench.run()
    assert len(bench.publisher.posts) == 60
    assert bench.run().fetched == 0  # the site asked us to wait
    bench.clock.advance(61)
    assert bench.run().published == 140
    assert len({post.post_id for post in bench.publisher.posts}) == 200


def test_a_place_that_the_site_no_longer_knows_is_walked_to_again() -> None:
    bench = Bench(Kind.X, things(250))
    start = Trail(NOON - timedelta(days=1), page="gone").written()
    bench.store.sources.finish(_nothing("x"), Cursor("x", position=start), [])
    whole = bench.fetch

    def forgets(url: str, **asked: object) -> Fetched:
        if "gone" in str(asked["params"]):
            raise SourceRefused("answered 400")
        return whole(url, **asked)  # type: ignore[arg-type]

    bench.fetch = forgets  # type: ignore[method-assign]
    assert bench.run().published == 250


def test_a_source_is_not_asked_before_it_is_due_by_its_own_cadence() -> None:
    bench = Bench(Kind.FEED, things(1))
    bench.source = replace(bench.source, every_s=600)
    bench.run()
    bench.clock.advance(590)
    bench.run()
    assert len(bench.asked) == 1
    bench.clock.advance(10)
    bench.run()
    assert len(bench.asked) == 2


def test_an_item_of_the_future_does_not_hide_what_comes_before_it() -> None:
    bench = Bench(
        Kind.HACKER_NEWS,
        [*things(3), Said(99, "Harborline, from a clock that is ahead", NOON + timedelta(days=30_000))],
    )
    assert bench.run().published == 4
    assert max(post.published_at for post in bench.publisher.posts) == NOON
    bench.clock.advance(120)
    bench.said += [Said(4, "Harborline again, a minute later", NOON + timedelta(minutes=1))]
    assert bench.run().published == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_backfill_publishes_what_is_older_and_nothing_twice(kind: Kind) -> None:
    bench = Bench(kind, things(200))
    first = bench.run().published
    assert first + bench.run(since=NOON - timedelta(days=1)).published == 200
    assert len({post.post_id for post in bench.publisher.posts}) == len(bench.publisher.posts) == 200
    assert bench.run().published == 0
