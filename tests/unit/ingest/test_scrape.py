"""One run over one source: what is published, what is stored, and in which order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from core.errors import BrokerUnavailable, GroundswellError, SourceRefused, SourceUnavailable
from core.ports import Cursor, ScrapeRun, Told
from core.posts import Channel
from core.sources import Kind, Source
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.http import Fetched
from ingest.scrape import scrape
from storage.memory import Memory
from tests.builders import NOON
from tests.fakes import ManualClock, RecordingPublisher

DESK = Source("desk", "https://desk.example/rss", Kind.FEED, Channel.NEWS)
TALK = Source("talk", "https://talk.example/posts", Kind.JSON, Channel.SOCIAL)


def rss(*ids: str, broken: int = 0) -> bytes:
    items = [
        f"<item><guid>{i}</guid><title>Item {i} of the desk</title>"
        "<pubDate>Mon, 02 Mar 2026 11:00:00 GMT</pubDate></item>"
        for i in ids
    ]
    items += [f"<item><title>broken {n}</title></item>" for n in range(broken)]
    return f"<rss version='2.0'><channel><title>D</title>{''.join(items)}</channel></rss>".encode()


def page(*ids: int, following: str | None, **changes: Any) -> bytes:
    items = [{"id": str(i), "text": f"post {i}", "created_at": NOON.isoformat(), "author": "jo"} | changes for i in ids]
    return json.dumps({"items": items, "next": following}).encode()


class ScriptedSite:
    """Gives its answers in order, and remembers how it was asked."""

    def __init__(self, *answers: Fetched | bytes | GroundswellError) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []

    def __call__(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        etag: str = "",
        last_modified: str = "",
    ) -> Fetched:
        self.asked.append({**(params or {}), "etag": etag, "last_modified": last_modified})
        answer = self.answers.pop(0)
        if isinstance(answer, GroundswellError):
            raise answer
        return Fetched(answer, etag='"1"') if isinstance(answer, bytes) else answer


class RememberingStore:
    """The memory's store, which also shows the runs that it was told of."""

    def __init__(self) -> None:
        self._store = Memory().sources
        self.runs: list[ScrapeRun] = []

    def tell(self, sources: Sequence[Told], now: datetime) -> None:
        self._store.tell(sources, now)

    def cursor(self, source: str) -> Cursor:
        return self._store.cursor(source)

    def seen(self, source: str, post_ids: Sequence[str]) -> set[str]:
        return self._store.seen(source, post_ids)

    def finish(self, run: ScrapeRun, cursor: Cursor, published: Sequence[str]) -> None:
        self._store.finish(run, cursor, published)
        self.runs.append(run)


class Bench:
    """Everything one run needs, with the same store and broker for the next one."""

    def __init__(self, source: Source = DESK, publisher: RecordingPublisher | None = None) -> None:
        self.source, self.store, self.clock = source, RememberingStore(), ManualClock()
        self.publisher = publisher or RecordingPublisher()

    def run(self, *answers: Fetched | bytes | GroundswellError) -> ScrapeRun:
        self.site = ScriptedSite(*answers)
        return scrape(
            self.source,
            store=self.store,
            publisher=self.publisher,
            fetch=self.site,
            composer=Composer(read_watchlist(), "key"),
            now=self.clock,
        )

    @property
    def cursor(self) -> Cursor:
        return self.store.cursor(self.source.name)


def counts(run: ScrapeRun) -> tuple[int, int, int, int]:
    return run.fetched, run.published, run.repeats, run.rejected


def test_new_items_are_published_and_the_cursor_moves() -> None:
    bench = Bench()
    assert counts(bench.run(rss("a", "b"))) == (2, 2, 0, 0)
    assert [post.text for post in bench.publisher.posts] == ["Item a of the desk", "Item b of the desk"]
    assert bench.cursor.etag == '"1"'


def test_what_was_published_before_is_a_repeat() -> None:
    bench = Bench()
    bench.run(rss("a", "b"))
    assert counts(bench.run(rss("a", "b", "c", "c"))) == (4, 1, 3, 0)
    assert len(bench.publisher.posts) == 3


def test_an_answer_that_did_not_change_publishes_nothing() -> None:
    bench = Bench()
    bench.run(rss("a"))
    assert counts(bench.run(Fetched(None, etag='"1"'))) == (0, 0, 0, 0)
    assert bench.site.asked[0]["etag"] == '"1"'


def test_a_malformed_item_goes_to_the_dead_letters_once() -> None:
    bench = Bench()
    assert counts(bench.run(rss("a", broken=2))) == (3, 1, 0, 2)
    assert counts(bench.run(rss("a", broken=2))) == (3, 0, 3, 0)
    assert {letter.origin for letter in bench.publisher.dead} == {"desk"}
    assert len(bench.publisher.dead) == 2
    assert "neither an id nor a link" in bench.publisher.dead[0].reason


def test_an_item_that_breaks_the_contract_of_a_post_is_malformed_and_the_others_stay() -> None:
    bench = Bench(TALK)
    long = json.loads(page(1, 2, following=None))
    long["items"][0]["url"] = "https://talk.example/" + "x" * 3_000
    long["items"][1]["created_at"] = "1970-01-01T00:00:00+00:00"
    long["items"].append({"id": "3", "text": "good", "created_at": NOON.isoformat()})
    assert counts(bench.run(json.dumps(long).encode())) == (3, 1, 0, 2)
    assert "url" in bench.publisher.dead[0].reason


def test_personal_data_is_masked_in_posts_and_in_dead_letters() -> None:
    bench = Bench(TALK)
    mixed = json.loads(page(1, following=None, text="card 4111 1111 1111 1111"))
    mixed["items"].append({"id": None, "text": "card 4111 1111 1111 1111"})
    run = bench.run(json.dumps(mixed).encode())
    assert run.masked == 1
    assert bench.publisher.posts[0].text == "card [card]"
    assert b"4111" not in bench.publisher.dead[0].body
    assert bench.publisher.posts[0].author_key != "jo"


def test_pages_are_read_to_the_end_and_the_next_run_continues_there() -> None:
    bench = Bench(TALK)
    run = bench.run(page(*range(100), following="c1"), page(*range(100, 130), following="c2"))
    assert counts(run) == (130, 130, 0, 0)
    assert [asked["after"] for asked in bench.site.asked] == ["", "c1"]
    assert counts(bench.run(page(following="c2"))) == (0, 0, 0, 0)
    assert bench.site.asked[0]["after"] == "c2"


def test_a_site_that_never_ends_is_left_after_fifty_pages() -> None:
    bench = Bench(TALK)
    bench.run(*(page(*range(n * 100, n * 100 + 100), following=f"c{n}") for n in range(60)))
    assert len(bench.site.answers) == 10
    assert bench.cursor.position == "c49"


def test_a_site_that_asks_us_to_wait_is_left_alone_until_then() -> None:
    bench = Bench()
    with pytest.raises(SourceUnavailable):
        bench.run(SourceUnavailable("desk.example answered 429", retry_after_s=60))
    bench.clock.advance(59)
    assert counts(bench.run()) == (0, 0, 0, 0)
    bench.clock.advance(1)
    assert counts(bench.run(rss("a"))) == (1, 1, 0, 0)
    assert bench.cursor.not_before is None


@pytest.mark.parametrize("error", [SourceRefused("403"), SourceUnavailable("timeout")])
def test_a_source_that_fails_is_recorded_and_raises(error: GroundswellError) -> None:
    bench = Bench()
    bench.run(rss("a"))
    with pytest.raises(type(error)):
        bench.run(error)
    assert bench.cursor.etag == '"1"'
    assert bench.cursor.not_before is None
    assert [run.error for run in bench.store.runs] == [None, f"{type(error).__name__}: {error}"]


def test_what_the_broker_did_not_take_is_published_by_the_next_run() -> None:
    bench = Bench(publisher=RecordingPublisher(BrokerUnavailable("down")))
    with pytest.raises(BrokerUnavailable):
        bench.run(rss("a"))
    assert bench.cursor.etag == ""
    assert counts(bench.run(rss("a"))) == (1, 1, 0, 0)
    assert len(bench.publisher.posts) == 1


def test_a_page_that_is_no_feed_is_refused_and_recorded() -> None:
    bench = Bench()
    with pytest.raises(SourceRefused):
        bench.run(b"<html>Please log in</html>")
    assert bench.store.runs[0].error is not None


def test_the_same_item_has_the_same_id_in_every_run() -> None:
    first, second = Bench(), Bench()
    first.run(rss("a"))
    second.run(rss("a"))
    assert first.publisher.posts[0].post_id == second.publisher.posts[0].post_id
