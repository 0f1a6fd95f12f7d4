"""Where a topic begins and ends, what lies between, and how far workers are behind, asked of a real broker."""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined,unused-ignore]

from core.errors import BrokerUnavailable
from ingest.kafka import RAW, TopicOffsets, ensure_topics, read_between, reader
from tests.services import Broker, wait_until


def publish(bootstrap_servers: str, count: int, topic: str = RAW) -> None:
    """Into partitions 0 and 1, one after the other."""
    producer = Producer({"bootstrap.servers": bootstrap_servers})
    for number in range(count):
        producer.produce(topic, b"record", partition=number % 2)
    assert producer.flush(10) == 0


def commit(bootstrap_servers: str, group: str, partition: int, offset: int) -> None:
    reader = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": group})
    reader.commit(offsets=[TopicPartition(RAW, partition, offset)], asynchronous=False)
    reader.close()


def test_what_is_there_and_not_committed_waits_also_when_the_broker_was_away(own_broker: Broker) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    publish(servers, 20)
    offsets = TopicOffsets(servers, RAW, timeout_s=1.0)
    backlog = partial(offsets.backlog, "group")

    def answers() -> bool:
        try:
            return bool(backlog([0]))
        except BrokerUnavailable:
            return False

    wait_until(answers, 10)
    assert offsets.partitions() == [0, 1, 2, 3]
    assert TopicOffsets(servers, "posts.none").partitions() == []
    assert backlog([]) == offsets.ends([]) == {}
    assert backlog([0, 1, 2]) == {0: 10, 1: 10, 2: 0}
    commit(servers, "group", 0, 7)
    assert backlog([0, 1]) == {0: 3, 1: 10}

    own_broker.kill()
    since = time.monotonic()
    with pytest.raises(BrokerUnavailable, match=r"^cannot ask posts\.raw where it begins and ends: "):
        backlog([0, 1])
    assert time.monotonic() - since < 4

    own_broker.start()
    wait_until(answers, 10)
    publish(servers, 2)
    assert backlog([0, 1]) == {0: 4, 1: 11}

    # what the broker has let go waits for nobody
    admin = AdminClient({"bootstrap.servers": servers})
    (deleted,) = admin.delete_records([TopicPartition(RAW, 0, 9)]).values()
    assert deleted.result(10).low_watermark == 9
    assert backlog([0, 1]) == {0: 2, 1: 11}


def test_what_lies_between_two_offsets_is_read_and_no_more(kafka: str) -> None:
    topic = "between"
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(topic, 3)])[topic].result(10)
    publish(kafka, 20, topic)
    starts, ends = {0: 2, 1: 0, 2: 0}, {0: 3, 1: 10, 2: 0}
    with closing(reader(kafka, "between")) as consumer:
        for begin in (starts, starts | {1: 8}, ends, starts):  # the same consumer goes back
            read = [(one.partition(), one.offset()) for one in read_between(consumer, topic, begin, ends)]
            assert sorted(read) == [(number, at) for number in (0, 1) for at in range(begin[number], ends[number])]
        with pytest.raises(BrokerUnavailable, match=r"^between: the broker gives no more, .* goes on to 11$"):
            list(read_between(consumer, topic, starts, {0: 11}, patience_s=1.0))
        (deleted,) = admin.delete_records([TopicPartition(topic, 1, 5)]).values()
        deleted.result(10)
        read = [
            (one.partition(), one.offset()) for one in read_between(consumer, topic, {1: 0}, {1: 10}, patience_s=2.0)
        ]
        assert read == [(1, at) for at in range(5, 10)]
