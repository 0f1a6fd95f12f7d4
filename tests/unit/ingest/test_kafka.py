"""What the publisher makes of librdkafka's answers; the real broker is in tests/contract/test_publisher.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from core import wire
from core.errors import BrokerUnavailable
from core.ports import DeadLetter
from ingest.kafka import DEAD, RAW, KafkaPublisher, records
from tests.builders import NOON, make_posts


class ScriptedProducer:
    """Acknowledges at the next poll, with the scripted errors first; `full` is how many calls find no room."""

    def __init__(self, *errors: KafkaError, full: int = 0, refuses: KafkaError | None = None, silent: bool = False):
        self.sent: list[tuple[str, bytes]] = []
        self._errors, self._full, self._refuses, self._silent = list(errors), full, refuses, silent
        self._waiting: list[Callable[[Any, Any], None]] = []

    def produce(self, topic: str, value: bytes, *, on_delivery: Callable[[Any, Any], None]) -> None:
        if self._refuses is not None:
            raise KafkaException(self._refuses)
        if self._full:
            self._full -= 1
            raise BufferError("Local: Queue full")
        self.sent.append((topic, value))
        self._waiting.append(on_delivery)

    def poll(self, timeout: float) -> int:
        if self._silent:
            return 0
        waiting, self._waiting = self._waiting, []
        for on_delivery in waiting:
            on_delivery(self._errors.pop(0) if self._errors else None, None)
        return len(waiting)


def publisher(*producers: ScriptedProducer, ack_limit_s: float = 30.0) -> KafkaPublisher:
    made = iter(producers)
    return KafkaPublisher("nowhere:1", make_producer=lambda _: next(made), now=lambda: NOON, ack_limit_s=ack_limit_s)


def test_a_record_holds_at_most_a_hundred_posts() -> None:
    producer = ScriptedProducer()
    publisher(producer).publish(make_posts(201))
    assert [len(wire.decode(value).posts) for _, value in producer.sent] == [100, 100, 1]
    assert {topic for topic, _ in producer.sent} == {RAW}


def test_posts_that_swell_when_written_are_split_below_the_record_limit() -> None:
    # a control character is one character of text and six bytes of JSON
    posts = make_posts(100, text="\x01" * 20_000)
    written = list(records(posts, wire.encode))
    assert max(map(len, written)) <= wire.MAX_RECORD_BYTES
    assert [post.post_id for record in written for post in wire.decode(record).posts] == [p.post_id for p in posts]


def test_nothing_to_publish_sends_nothing() -> None:
    producer = ScriptedProducer()
    publisher(producer).publish([])
    assert producer.sent == []


def test_one_record_that_is_not_acknowledged_fails_the_publication() -> None:
    producer = ScriptedProducer(KafkaError(KafkaError._MSG_TIMED_OUT))
    with pytest.raises(BrokerUnavailable, match="1 of 3 records are not acknowledged"):
        publisher(producer).publish(make_posts(250))


def test_a_full_queue_is_waited_out() -> None:
    producer = ScriptedProducer(full=3)
    publisher(producer).publish(make_posts(1))
    assert len(producer.sent) == 1


def test_silence_of_the_broker_is_an_error() -> None:
    with pytest.raises(BrokerUnavailable, match="in time"):
        publisher(ScriptedProducer(silent=True), ack_limit_s=-1.0).publish(make_posts(1))


def test_every_error_that_librdkafka_raises_becomes_ours() -> None:
    for code in (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError._UNKNOWN_TOPIC, KafkaError._STATE, KafkaError._FATAL):
        with pytest.raises(BrokerUnavailable):
            publisher(ScriptedProducer(refuses=KafkaError(code))).publish(make_posts(1))


def test_after_a_fatal_error_the_next_publication_has_a_new_producer() -> None:
    fatal = KafkaError(KafkaError._FATAL, "fenced", fatal=True)
    second = ScriptedProducer()
    ours = publisher(ScriptedProducer(fatal), second)
    with pytest.raises(BrokerUnavailable):
        ours.publish(make_posts(1))
    ours.publish(make_posts(1))
    assert len(second.sent) == 1


def test_a_dead_letter_says_when_it_was_set_aside() -> None:
    producer = ScriptedProducer()
    letter = DeadLetter("no id", "MalformedItem", "demo-news", b"{}")
    publisher(producer).publish_dead([letter])
    assert [(topic, wire.decode_letter(value)) for topic, value in producer.sent] == [(DEAD, (letter, NOON))]
