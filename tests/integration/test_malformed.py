"""A thousand malformed records among good ones, on a real Kafka and a real PostgreSQL."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from core.posts import MAX_TEXT_CHARS
from core.wire import decode_letter, encode
from ingest.kafka import DEAD, RAW, ensure_topics, producer_settings
from storage.postgres import Database
from stream.dead_letters import list_letters, replay_letters
from tests.builders import ids, make_post, make_posts
from tests.services import Broker, wait_until
from tests.workers import WorkerProcess, lag, read_all, running

MALFORMED = 1_000
LIMIT_S = 90.0

WRONG_VALUES: dict[str, list[Any]] = {
    "post_id": [None, 7, "", "not hex", "\ud800" * 32, ["a"], "A" * 32],
    "source": [None, "", 1, "\x00", "\udfff", "s" * 201],
    "channel": ["radio", None, 3, {}],
    "text": [None, 5, "half \ud83d of a pair", "nul \x00 inside", "x" * (MAX_TEXT_CHARS + 1), ["x"], "y" * 2_000_000],
    "published_at": [
        None, "", "yesterday", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "1970-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-31T09:30:00", float("nan"), 10**400, -1, True,
    ],
    "fetched_at": [None, "2026-13-01T00:00:00Z", float("inf")],
    "url": [4, "u" * 2_001, "\x00"],
    "author_key": ["k" * 65, 1.5],
    "language": ["x" * 9, 1],
    "entities": ["HRBR", [1], [""], ["E"] * 51, ["\ud800"], {"a": 1}],
    "masked": [-1, 1.5, "2", None, True, float("nan"), 10_001, 10**30],
    "surprise": [1],
    "\ud800": [1],
}  # fmt: skip


def nested(depth: int) -> list[bytes]:
    return [
        b"[" * depth + b"]" * depth,
        b'{"a":' * depth + b"1" + b"}" * depth,
        b'{"schema":1,"posts":[' + b"[" * depth + b"]" * depth + b"]}",
        b'{"schema":1,"posts":[{"text":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}]}",
        b"[" * depth,
    ]


def whole_records() -> list[bytes]:
    """Records that are no batch of posts at all."""
    post = json.loads(encode([make_post()]))["posts"][0]
    bodies: list[Any] = [None, 1, "posts", [], {}, {"schema": 1}, {"posts": [post]}]
    bodies += [{"schema": version, "posts": [post]} for version in (0, 2, 99, "1", None, True, [1], {}, 1.5)]
    bodies += [{"schema": 1, "posts": posts} for posts in (None, {}, [], "p", 7, [post] * 101)]
    records = [json.dumps(body).encode() for body in bodies]
    records += [b"", b"\x00", b"\xff\xfe\xfd", b"{", b'{"schema":1,"posts":[', b"NaN", b'"\xed\xa0\x80"', b" " * 1_000]
    records += [b"9" * 5_000, b'{"schema":1,"posts":[' + b"9" * 5_000 + b"]}", b"x" * 8_000_001]
    return records + [record for depth in (50, 990, 100_000) for record in nested(depth)]


def records_of_one_bad_post() -> Iterator[bytes]:
    post = json.loads(encode([make_post()]))["posts"][0]
    for name, values in WRONG_VALUES.items():
        for value in values:
            yield json.dumps({"schema": 1, "posts": [post | {name: value}]}).encode()
    for name in ("post_id", "source", "channel", "text", "published_at", "fetched_at"):
        without = {key: value for key, value in post.items() if key != name}
        yield json.dumps({"schema": 1, "posts": [without]}).encode()
    for item in (None, 1, "post", [], [post]):
        yield json.dumps({"schema": 1, "posts": [item]}).encode()


def malformed_records() -> list[bytes]:
    """`MALFORMED` records, each of which makes exactly one letter: chosen ones, cut-off ones, random bytes."""
    records = [*whole_records(), *records_of_one_bad_post()]
    whole = encode(make_posts(5))
    rng = random.Random(3)
    while len(records) < MALFORMED:
        records.append(
            rng.randbytes(rng.randint(1, 3_000)) if rng.random() < 0.5 else whole[: rng.randrange(len(whole))]
        )
    return records


def test_a_thousand_malformed_records_are_set_aside_and_no_good_post_is_lost(
    own_broker: Broker, postgres: Callable[[], str], tmp_path: Path
) -> None:
    servers, dsn = own_broker.bootstrap_servers, postgres()
    ensure_topics(servers)
    database = Database(dsn)
    database.migrate()
    bad = malformed_records()
    good = make_posts(2_000, first=1)
    records = bad + [encode(good[start : start + 4]) for start in range(0, len(good), 4)]
    random.Random(5).shuffle(records)
    worker = WorkerProcess(tmp_path, servers, dsn)
    with running(worker):
        before = worker.process
        send(servers, records)
        wait_until(lambda: lag(servers) == 0, LIMIT_S, worker.is_alive)

        letters = [decode_letter(record)[0] for record in read_all(servers, DEAD)]
        assert len(letters) == len(bad) == MALFORMED
        assert all(letter.reason for letter in letters)
        assert {letter.error for letter in letters} == {"MalformedRecord", "MalformedPost"}
        # every one names another place, and the record that stands there is what was sent
        assert len({letter.origin for letter in letters}) == MALFORMED
        assert {letter.body for letter in letters if letter.error == "MalformedRecord"} <= {r[:6_000_000] for r in bad}

        assert sorted(ids(database.posts.stored(ids(good)))) == sorted(ids(good))
        assert database.verify_rollups() == []
        assert worker.process is before
        assert worker.health()["healthy"] is True

        listed = list_letters(servers, limit=10)
        assert [kept.offset for kept in listed] == list(range(MALFORMED - 10, MALFORMED))

        # what is still malformed comes back as a new letter, once
        assert replay_letters(servers, limit=100).replayed == 100
        wait_until(lambda: len(read_all(servers, DEAD)) == MALFORMED + 100, LIMIT_S, worker.is_alive)
        wait_until(lambda: lag(servers) == 0, LIMIT_S, worker.is_alive)
        assert replay_letters(servers, limit=50).replayed == 50
    database.close()


def send(bootstrap_servers: str, records: list[bytes]) -> None:
    """Put bytes on posts.raw that no publisher of ours would."""
    producer = Producer(producer_settings(bootstrap_servers))
    for record in records:
        producer.produce(RAW, record)
        producer.poll(0)
    assert producer.flush(60) == 0


def test_a_record_without_a_value_is_a_letter_and_not_the_end_of_the_worker(
    own_broker: Broker, postgres: Callable[[], str], tmp_path: Path
) -> None:
    servers, dsn = own_broker.bootstrap_servers, postgres()
    ensure_topics(servers)
    database = Database(dsn)
    database.migrate()
    worker = WorkerProcess(tmp_path, servers, dsn)
    with running(worker):
        producer = Producer(producer_settings(servers))
        producer.produce(RAW, None, key=b"a tombstone")
        producer.produce(RAW, encode([make_post()]), key=b"\xff\xff")
        assert producer.flush(60) == 0
        wait_until(lambda: lag(servers) == 0, LIMIT_S, worker.is_alive)
        [letter] = [decode_letter(record)[0] for record in read_all(servers, DEAD)]
        assert letter.body == b""
        assert ids(database.posts.stored([make_post().post_id])) == [make_post().post_id]
    database.close()
