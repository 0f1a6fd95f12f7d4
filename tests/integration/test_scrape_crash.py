"""A scraper that is killed at random points loses nothing, and what it publishes twice is stored once."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import pytest

from core import wire
from core.posts import post_id_of
from core.sources import Kind
from ingest.kafka import RAW, ensure_topics
from storage.postgres import Database
from stream.pipeline import Pipeline, Record
from tests import scrape_process
from tests.contract.test_publisher import ends, read
from tests.fakes import FakeClassifier, RecordingPublisher
from tests.site_server import SiteServer
from tests.sites import Said, source_at

KILLS = 20
SEED = 20_261_127
LONGEST_LIFE_S = 4.0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_after_twenty_kills_every_item_is_published_and_stored_once(kafka: str, postgres: Callable[[], str]) -> None:
    ensure_topics(kafka)
    start, dsn, rng = ends(kafka)[RAW], postgres(), random.Random(SEED)
    with closing(Database(dsn)) as database:
        database.migrate()
    started = multiprocessing.get_context("forkserver")  # its processes have the modules, and none of our threads
    started.set_forkserver_preload(["tests.scrape_process"])
    stop = threading.Event()
    with SiteServer({Kind.FEED: [], Kind.JSON: []}) as site:
        sources = tuple(source_at(site.address(kind), kind) for kind in (Kind.FEED, Kind.JSON))

        def speak() -> None:
            """Something new ten times a second, so that a kill finds a run in the middle of its work."""
            number = 0
            while not stop.wait(0.1):
                for kind in (Kind.FEED, Kind.JSON):
                    site.said[kind].append(
                        Said(number, f"Harborline app fails, says customer {number}", datetime.now(UTC))
                    )
                number += 1

        speaker = threading.Thread(target=speak)
        speaker.start()
        killed = 0
        try:
            while killed < KILLS:
                child = started.Process(target=scrape_process.run, args=(dsn, kafka, sources, False))
                before = len(site.asked)
                child.start()
                deadline = time.monotonic() + 60
                while len(site.asked) == before and time.monotonic() < deadline:
                    time.sleep(0.005)  # until it works; what comes before is only its start
                time.sleep(rng.uniform(0, LONGEST_LIFE_S))
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                child.join()
                assert child.exitcode == -signal.SIGKILL
                killed += 1
        finally:
            stop.set()
            speaker.join()
        last = started.Process(target=scrape_process.run, args=(dsn, kafka, sources, True))
        last.start()
        last.join(120)
        assert last.exitcode == 0
        expected = {
            post_id_of(kind.value, str(one.number)) for kind in (Kind.FEED, Kind.JSON) for one in site.said[kind]
        }
    records = read(kafka, RAW, start)
    published = Counter(post.post_id for record in records for post in wire.decode(record).posts)
    assert expected == published.keys()
    with closing(Database(dsn)) as database:
        pipeline = Pipeline(
            FakeClassifier(), database.posts, RecordingPublisher(), lambda _s, _n: None, lambda: datetime.now(UTC),
            lambda call: call(),
        )  # fmt: skip
        outcome = [pipeline.work([Record(RAW, 0, number, value)]) for number, value in enumerate(records)]
        assert sum(one.stored for one in outcome) == len(expected)
        assert {scored.post.post_id for scored in database.posts.stored(sorted(expected))} == expected
        assert database.verify_rollups() == []
        assert (
            database.sources.seen("feed", sorted(expected)) | database.sources.seen("json", sorted(expected))
            == expected
        )
    twice = sum(published.values()) - len(published)
    assert twice > 0, "no kill fell between Kafka and the cursor, which is where they hurt"
    print(f"{len(expected):,} items, {KILLS} kills, {twice:,} published once more")
