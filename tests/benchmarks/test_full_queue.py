"""Classification beside an empty and a full queue of drafts, by a real worker with the weights that ship."""

from __future__ import annotations

import csv
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from core.posts import Channel, Post
from core.replies import DraftRequest
from ingest.kafka import KafkaPublisher, ensure_topics
from storage.postgres import Database
from tests.builders import make_post, make_scored
from tests.services import Broker, wait_until
from tests.workers import WorkerProcess, running

POSTS = 1_000
QUEUED = 3_000
ROUNDS = 6
LEAST_RATIO = 0.9
"""Of the throughput beside an empty queue; less is a slowdown, and not the spread of a shared machine."""


DATA = Path(os.environ.get("GROUNDSWELL_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def rounds_of_news() -> Iterator[list[Post]]:
    """Headlines, for which no draft is requested, and none of them twice: repeats are not classified."""
    files = sorted((DATA / "news_headlines").glob("*.csv"))
    if not files:
        pytest.skip("set GROUNDSWELL_TEST_DATA to a folder with news_headlines")
    with files[0].open(encoding="utf-8", newline="") as file:
        titles = sorted({row["title"] for row in csv.DictReader(file)})
    random.Random(0).shuffle(titles)
    for start in range(0, len(titles), POSTS):
        yield [
            make_post(f"news-{start + n}", channel=Channel.NEWS, entities=(), text=title)
            for n, title in enumerate(titles[start : start + POSTS])
        ]


def fill(database: Database, number: int) -> None:
    """Have replies requested that the worker cannot finish while the round lasts."""
    scored = [
        make_scored(f"queue-{number}-{n}", channel=Channel.CUSTOMER, text=f"My card was declined again, case {n}")
        for n in range(QUEUED)
    ]
    requests = [DraftRequest(one.post.post_id, "a complaint", 0.5, one.post.published_at) for one in scored]
    for start in range(0, QUEUED, 100):
        database.posts.record(scored[start : start + 100], requests[start : start + 100])


def count(dsn: str, sql: str) -> int:
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def posts_a_second(publisher: KafkaPublisher, dsn: str, posts: list[Post]) -> float:
    """From the first record's publication until the last post is stored."""
    before = count(dsn, "SELECT count(*) FROM posts WHERE channel = 'news'")
    began_s = time.monotonic()
    for start in range(0, POSTS, 50):
        publisher.publish(posts[start : start + 50])
    wait_until(lambda: count(dsn, "SELECT count(*) FROM posts WHERE channel = 'news'") - before >= POSTS, 300)
    return POSTS / (time.monotonic() - began_s)


@pytest.mark.slow
@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_a_full_queue_of_drafts_does_not_slow_classification(
    own_broker: Broker, postgres: Callable[[], str], tmp_path: Path
) -> None:
    dsn = postgres()
    ensure_topics(own_broker.bootstrap_servers)
    publisher, database = KafkaPublisher(own_broker.bootstrap_servers), Database(dsn)
    database.migrate()
    worker = WorkerProcess(tmp_path, own_broker.bootstrap_servers, dsn, module="stream")
    news, empty, full, left = rounds_of_news(), [], [], []
    with running(worker, limit_s=300):
        posts_a_second(publisher, dsn, next(news))
        for number in range(ROUNDS):
            empty.append(posts_a_second(publisher, dsn, next(news)))
            fill(database, number)
            full.append(posts_a_second(publisher, dsn, next(news)))
            left.append(count(dsn, "SELECT count(*) FROM drafts WHERE state = 'requested'"))
            with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
                cursor.execute("DELETE FROM drafts WHERE state = 'requested'")
    database.close()
    ratios = [one / other for one, other in zip(full, empty, strict=True)]
    print(
        f"classification, {POSTS} posts a round, posts/s: empty queue {min(empty):.0f} to {max(empty):.0f}, full queue "
        f"{min(full):.0f} to {max(full):.0f}, ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )
    assert min(left) > 0, "the queue was worked off before the round was over"
    assert statistics.median(ratios) >= LEAST_RATIO
