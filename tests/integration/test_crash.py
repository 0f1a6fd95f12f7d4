"""Crashes and outages on a real Kafka and a real PostgreSQL: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg2

from core.errors import BrokerUnavailable
from core.posts import Post
from ingest.kafka import SCORED, KafkaPublisher, ensure_topics
from storage.postgres import Database
from stream.watchdog import EXIT_STALLED
from tests.builders import ids, make_post
from tests.services import Broker, PostgresServer, wait_until
from tests.workers import WorkerProcess, lag, read_all, running, supervised

LIMIT_S = 120.0
LEAVE_LIMIT_S = 7.0
"""What the local stack gives a worker between SIGTERM and SIGKILL."""


def posts_of_all_kinds(count: int) -> list[Post]:
    """Angry, glad and neutral; every 10th a repost, every 17th in Spanish, every 23rd empty."""
    words = (
        "The app is down again and I am furious",
        "Record earnings, great quarter",
        "The branch opens at nine today",
    )
    made = []
    for n in range(count):
        text = f"{words[n % 3]}, report number {n - n % 10 if n % 10 == 9 else n}"
        changes = {"text": "" if n % 23 == 0 else text, "language": "es" if n % 17 == 0 else "en"}
        made.append(make_post(str(n), entities=("HRBR", "NRTH")[: n % 3], **changes))
    return made


def in_records(posts: Sequence[Post], rng: random.Random) -> Iterator[Sequence[Post]]:
    """Cut into records of 1 to 100 posts."""
    start = 0
    while start < len(posts):
        size = rng.randint(1, 100)
        yield posts[start : start + size]
        start += size


def publish(bootstrap_servers: str, posts: Sequence[Post]) -> None:
    """Publish as a scraper does: a record that the broker did not acknowledge is sent again."""
    publisher = KafkaPublisher(bootstrap_servers)
    for record in in_records(posts, random.Random(7)):
        while True:
            try:
                publisher.publish(record)
                break
            except BrokerUnavailable:
                continue


def migrate(dsn: str) -> None:
    database = Database(dsn)
    database.migrate()
    database.close()


def stored(dsn: str) -> list[str]:
    """Every `post_id` in the table, as often as it stands there."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT post_id FROM posts")
            return [post_id for (post_id,) in cursor.fetchall()]
    finally:
        connection.close()


def disagreeing_rollups(dsn: str) -> list[object]:
    database = Database(dsn)
    try:
        return list(database.verify_rollups())
    finally:
        database.close()


def published_scores(bootstrap_servers: str) -> set[str]:
    records = [json.loads(record) for record in read_all(bootstrap_servers, SCORED)]
    return {item["post"]["post_id"] for record in records for item in record["scored"]}


def test_crashes_of_workers_and_broker_lose_no_post_and_count_none_twice(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    posts = posts_of_all_kinds(20_000)
    first, second = (WorkerProcess(tmp_path, servers, dsn, number, seconds_a_post=0.0004) for number in (0, 1))
    publishing = threading.Thread(target=publish, args=(servers, posts), daemon=True)
    with supervised(first, second) as exit_codes:
        publishing.start()
        wait_until(lambda: len(stored(dsn)) > 3_000, LIMIT_S)
        first.kill()
        wait_until(lambda: len(stored(dsn)) > 6_000, LIMIT_S)
        own_broker.kill()
        own_broker.start()
        wait_until(lambda: len(stored(dsn)) > 11_000, LIMIT_S)
        second.kill()
        publishing.join(LIMIT_S)
        wait_until(lambda: len(stored(dsn)) >= len(posts), LIMIT_S)
        wait_until(lambda: lag(servers) == 0, LIMIT_S)
        assert exit_codes.count(-9) == 2

    assert sorted(stored(dsn)) == sorted(ids(posts))
    assert disagreeing_rollups(dsn) == []
    assert published_scores(servers) == set(ids(posts))


def test_a_database_that_is_away_for_ten_seconds_is_waited_for(
    own_broker: Broker, own_postgres: PostgresServer, tmp_path: Path
) -> None:
    servers, dsn = own_broker.bootstrap_servers, own_postgres.create_database()
    ensure_topics(servers)
    migrate(dsn)
    posts = posts_of_all_kinds(6_000)
    worker = WorkerProcess(tmp_path, servers, dsn, seconds_a_post=0.0005)
    publishing = threading.Thread(target=publish, args=(servers, posts), daemon=True)
    with running(worker):
        before = worker.process
        publishing.start()
        wait_until(lambda: len(stored(dsn)) > 500, LIMIT_S)
        own_postgres.stop()
        # the waits before the sixth attempt add up to 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 5 s
        wait_until(lambda: worker.metric("groundswell_retries_total") >= 6, LIMIT_S, worker.is_alive)
        own_postgres.start()
        wait_until(lambda: len(stored(dsn)) >= len(posts) and lag(servers) == 0, LIMIT_S, worker.is_alive)
        assert worker.process is before

    assert sorted(stored(dsn)) == sorted(ids(posts))
    assert disagreeing_rollups(dsn) == []


def test_a_worker_that_is_asked_to_end_commits_what_it_did_and_leaves(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    posts = posts_of_all_kinds(6_000)
    worker = WorkerProcess(tmp_path, servers, dsn, seconds_a_post=0.001)
    with running(worker):
        publish(servers, posts)
        wait_until(lambda: len(stored(dsn)) > 1_000, LIMIT_S)
        assert worker.terminate(LEAVE_LIMIT_S) == 0
        assert len(stored(dsn)) < len(posts)

        worker.start_and_wait()
        wait_until(lambda: len(stored(dsn)) >= len(posts) and lag(servers) == 0, LIMIT_S, worker.is_alive)
        assert worker.metric('groundswell_posts_total{outcome="repeated"}') == 0


def test_a_worker_that_waits_for_a_dead_database_leaves_when_asked(
    own_broker: Broker, own_postgres: PostgresServer, tmp_path: Path
) -> None:
    servers, dsn = own_broker.bootstrap_servers, own_postgres.create_database()
    ensure_topics(servers)
    migrate(dsn)
    worker = WorkerProcess(tmp_path, servers, dsn)
    with running(worker):
        own_postgres.stop()
        publish(servers, posts_of_all_kinds(100))
        wait_until(lambda: worker.metric("groundswell_retries_total") >= 2, LIMIT_S, worker.is_alive)
        assert worker.terminate(LEAVE_LIMIT_S) == 0
    assert lag(servers) > 0


def test_a_worker_whose_broker_is_dead_leaves_when_asked(own_broker: Broker, dsn: str, tmp_path: Path) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    worker = WorkerProcess(tmp_path, servers, dsn, seconds_a_post=0.001)
    with running(worker):
        publish(servers, posts_of_all_kinds(2_000))
        wait_until(lambda: len(stored(dsn)) > 300, LIMIT_S)
        own_broker.kill()
        worker.terminate(LEAVE_LIMIT_S)


def test_a_worker_that_joins_and_one_that_is_gone_for_good_lose_no_post(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    posts = posts_of_all_kinds(5_000)
    # slow enough that the second one, which takes seconds to join, finds some of them left
    stays, comes_and_goes = (WorkerProcess(tmp_path, servers, dsn, number, seconds_a_post=0.005) for number in (0, 1))
    with running(stays):
        publish(servers, posts)
        wait_until(lambda: len(stored(dsn)) > 500, LIMIT_S)
        with running(comes_and_goes):
            wait_until(lambda: comes_and_goes.metric("groundswell_posts_total") > 500, LIMIT_S, stays.is_alive)
        wait_until(lambda: len(stored(dsn)) >= len(posts) and lag(servers) == 0, LIMIT_S, stays.is_alive)

    assert sorted(stored(dsn)) == sorted(ids(posts))
    assert disagreeing_rollups(dsn) == []


def test_a_batch_that_hangs_ends_the_worker_and_is_done_by_the_next_one(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    posts = posts_of_all_kinds(20)
    hangs = WorkerProcess(tmp_path, servers, dsn, seconds_a_post=1_000, GROUNDSWELL_WATCHDOG_S="5")
    with running(hangs):
        publish(servers, posts)
        wait_until(lambda: not hangs.is_alive(), LIMIT_S)
        assert hangs.process is not None
        assert hangs.process.returncode == EXIT_STALLED
    assert stored(dsn) == []

    with running(WorkerProcess(tmp_path, servers, dsn)):
        wait_until(lambda: len(stored(dsn)) == len(posts), LIMIT_S)
