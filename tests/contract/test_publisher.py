"""What every Publisher promises, held by the fake and by the real broker."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from core import wire
from core.errors import BrokerUnavailable
from core.ports import DeadLetter, Publisher
from ingest.kafka import DEAD, PARTITIONS, RAW, SCORED, KafkaPublisher, ensure_topics
from tests.builders import ids, make_posts, make_scored
from tests.fakes import RecordingPublisher
from tests.services import free_port


@dataclass
class Subject:
    """A publisher, and a way to read back what it published since the subject was made."""

    publisher: Publisher
    posts: Callable[[], list[str]]
    scored: Callable[[], list[str]]
    letters: Callable[[], list[DeadLetter]]


def recording() -> Subject:
    fake = RecordingPublisher()
    return Subject(fake, lambda: ids(fake.posts), lambda: ids(fake.scored), lambda: fake.dead)


def ends(bootstrap_servers: str) -> dict[str, list[int]]:
    """By topic, the offset behind each partition's last record."""
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": uuid.uuid4().hex})
    high = {topic: [end(consumer, topic, p) for p in range(count)] for topic, count in PARTITIONS.items()}
    consumer.close()
    return high


def end(consumer: Consumer, topic: str, partition: int) -> int:
    """A broker that has just made a topic says for some milliseconds that another one leads it: ask again."""
    for _ in range(100):
        try:
            return consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
        except KafkaException:
            time.sleep(0.1)
    raise AssertionError(f"{topic} has no leader")


def read(bootstrap_servers: str, topic: str, since: list[int]) -> list[bytes]:
    """The records of a topic from these offsets on, to its present end."""
    until = ends(bootstrap_servers)[topic]
    missing = sum(until) - sum(since)
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": uuid.uuid4().hex})
    consumer.assign([TopicPartition(topic, p, offset) for p, offset in enumerate(since)])
    values: list[bytes] = []
    deadline = time.monotonic() + 20
    while len(values) < missing and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            values.append(message.value())
    consumer.close()
    return values


def real(bootstrap_servers: str) -> Subject:
    ensure_topics(bootstrap_servers)
    start = ends(bootstrap_servers)

    def posts() -> list[str]:
        return [p.post_id for r in read(bootstrap_servers, RAW, start[RAW]) for p in wire.decode(r).posts]

    def scored() -> list[str]:
        records = read(bootstrap_servers, SCORED, start[SCORED])
        return [item["post"]["post_id"] for record in records for item in json.loads(record)["scored"]]

    def letters() -> list[DeadLetter]:
        return [wire.decode_letter(record)[0] for record in read(bootstrap_servers, DEAD, start[DEAD])]

    return Subject(KafkaPublisher(bootstrap_servers), posts, scored, letters)


@pytest.fixture(params=["fake", "kafka"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return recording() if request.param == "fake" else real(request.getfixturevalue("kafka"))


def test_all_posts_are_there_when_publish_returns(subject: Subject) -> None:
    posts = make_posts(250)
    subject.publisher.publish(posts)
    assert sorted(subject.posts()) == sorted(ids(posts))


def test_scored_posts_go_to_other_consumers(subject: Subject) -> None:
    scored = [make_scored(str(n)) for n in range(3)]
    subject.publisher.publish_scored(scored)
    assert sorted(subject.scored()) == sorted(ids(scored))
    assert subject.posts() == []


def test_a_dead_letter_keeps_its_bytes(subject: Subject) -> None:
    letter = DeadLetter("record is not JSON", "MalformedRecord", "posts.raw/2/17", bytes(range(256)))
    subject.publisher.publish_dead([letter])
    assert subject.letters() == [letter]


def test_nothing_may_be_published(subject: Subject) -> None:
    subject.publisher.publish([])
    subject.publisher.publish_scored([])
    subject.publisher.publish_dead([])
    assert (subject.posts(), subject.scored(), subject.letters()) == ([], [], [])


def test_topics_may_be_made_twice(kafka: str) -> None:
    ensure_topics(kafka)
    ensure_topics(kafka)
    assert {topic: len(offsets) for topic, offsets in ends(kafka).items()} == PARTITIONS


def test_without_a_broker_the_error_says_so() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerUnavailable, match="cannot make the topic"):
        ensure_topics(nowhere, timeout_s=0.5)
    with pytest.raises(BrokerUnavailable, match=r"posts\.raw: 1 of 1 records"):
        KafkaPublisher(nowhere, ack_limit_s=0.5).publish(make_posts(1))


def test_the_largest_letter_passes_the_broker(kafka: str) -> None:
    start = ends(kafka)[DEAD] if ensure_topics(kafka) is None else []
    body = bytes(range(256)) * 40_000  # 10.24 MB
    KafkaPublisher(kafka).publish_dead([DeadLetter("too large", "MalformedRecord", "posts.raw/0/1", body)])
    (record,) = read(kafka, DEAD, start)
    letter, _ = wire.decode_letter(record)
    assert letter.body == body[: wire.MAX_LETTER_BODY_BYTES]
    assert "10,240,000 bytes" in letter.reason
