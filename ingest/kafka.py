"""Touches the broker: makes the topics, and fills `core.ports.Publisher` with confluent-kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec  # type: ignore[attr-defined,unused-ignore]

from core import wire
from core.errors import BrokerUnavailable
from core.ports import DeadLetter
from core.posts import Post
from core.rescoring import Order
from core.scoring import ScoredPost

RAW: Final = "posts.raw"
SCORED: Final = "posts.scored"
DEAD: Final = "posts.dead"
RESCORE: Final = "posts.rescore"
PARTITIONS: Final = {RAW: 4, SCORED: 4, DEAD: 1, RESCORE: 4}
"""Four are as many workers as one machine can feed; letters are few and are read in order."""

MAX_MESSAGE_BYTES: Final = 10_000_000
"""Above the 8 MB that one record of ours may have (core.wire), with room for the header; the broker's own limit too."""
RETENTION: Final = timedelta(days=7)
SEGMENT: Final = timedelta(days=1)
"""A record goes with the segment that holds it, which is closed after a day."""
GONE_AFTER: Final = RETENTION + SEGMENT + timedelta(hours=1)
"""No record of a topic that was made here is older than this: the broker looks every five minutes."""
TOPIC_CONFIG: Final = {
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
    "retention.ms": str(int(RETENTION.total_seconds() * 1_000)),
    "segment.ms": str(int(SEGMENT.total_seconds() * 1_000)),
}
ACK_LIMIT_S: Final = 30.0
"""The broker has this long to acknowledge a record; a restart of one node takes 4 to 12 s."""

Item = TypeVar("Item")


def ensure_topics(bootstrap_servers: str, *, timeout_s: float = ACK_LIMIT_S) -> None:
    """Make the topics that are missing; those that exist are left as they are.

    Raises:
        BrokerUnavailable: no broker answers within the time, or it does not make a topic.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    # -1: as many replicas as the broker makes by default
    topics = [
        NewTopic(name, partitions, replication_factor=-1, config=TOPIC_CONFIG)
        for name, partitions in PARTITIONS.items()
    ]
    for name, made in admin.create_topics(topics, request_timeout=timeout_s).items():
        try:
            made.result(timeout_s + 1)
        except KafkaException as exc:
            if _fault(exc).code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise _unavailable(f"cannot make the topic {name}", exc) from exc
        except TimeoutError as exc:
            raise BrokerUnavailable(f"cannot make the topic {name}: no answer within {timeout_s:g} s") from exc
    _wait_for_leaders(admin, timeout_s)


def _wait_for_leaders(admin: AdminClient, timeout_s: float) -> None:
    """A topic that was just made has no leader for some milliseconds; Faust ignores a topic that it does not see."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            known = admin.list_topics(timeout=timeout_s).topics
        except KafkaException as exc:
            raise _unavailable("cannot list the topics", exc) from exc
        partitions = [part for name in PARTITIONS if name in known for part in known[name].partitions.values()]
        leaders = [part.leader for part in partitions]
        if len(leaders) >= sum(PARTITIONS.values()) and min(leaders) >= 0:
            return
        if time.monotonic() > deadline:
            raise BrokerUnavailable(f"the topics have no leader within {timeout_s:g} s")
        time.sleep(0.05)


class TopicOffsets:
    """Where a topic begins and ends and how far groups have come, asked of the broker on a connection of its own.

    A consumer that asks for itself does so behind its own fetch, which waits for records, and not at all when it hangs.
    Every method raises BrokerUnavailable: an answer takes longer than `timeout_s`, or is refused; ask again.
    """

    def __init__(self, bootstrap_servers: str, topic: str, *, timeout_s: float = 10.0) -> None:
        """
        Args:
            timeout_s: for one answer.
        """
        self._settings: dict[str, str | int | float | bool] = {"bootstrap.servers": bootstrap_servers, "log_level": 0}
        self._admin = AdminClient(self._settings)
        self._members: dict[str, Consumer] = {}
        """By group, a consumer that never joins it."""
        self._topic = topic
        self._timeout_s = timeout_s

    def partitions(self) -> list[int]:
        """The numbers of the topic's partitions; none where it does not exist."""
        with self._asking("which partitions it has"):
            known = self._admin.list_topics(self._topic, timeout=self._timeout_s).topics[self._topic]
        return sorted(known.partitions)

    def starts(self, partitions: Iterable[int]) -> dict[int, int]:
        """The offset of the first record that is still there, by partition."""
        return self._offsets(partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after the last record, by partition."""
        return self._offsets(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    def committed(self, group: str, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after the last record that the group is done with, by partition; negative where there is none."""
        # not the admin client, which ends the process with a segmentation fault where the group's coordinator still
        # loads, as after a restart of the broker: librdkafka then takes it for a member of a group
        if group not in self._members:
            self._members[group] = reader(str(self._settings["bootstrap.servers"]), group)
        with self._asking(f"how far {group} has come"):
            found = self._members[group].committed(self._named(partitions), timeout=self._timeout_s)
            for one in found:
                if one.error is not None:
                    raise KafkaException(one.error)
        return {one.partition: one.offset for one in found}

    def backlog(self, group: str, partitions: Iterable[int]) -> dict[int, int]:
        """How many records are there that the group has not committed, by partition."""
        asked = list(partitions)
        if not asked:
            return {}
        # the ends first: what is committed meanwhile does not count
        ends, starts, committed = self.ends(asked), self.starts(asked), self.committed(group, asked)
        # nothing is committed at first, and what was may be older than what the broker still has
        return {number: max(0, end - max(committed[number], starts[number])) for number, end in ends.items()}

    def _offsets(self, partitions: Iterable[int], which: OffsetSpec) -> dict[int, int]:
        # one question for all partitions; a consumer asks for each, at 0.4 s
        asked = dict.fromkeys(self._named(partitions), which)
        with self._asking("where it begins and ends"):
            answers = self._admin.list_offsets(asked, request_timeout=self._timeout_s)
            return {one.partition: found.result(self._timeout_s + 1).offset for one, found in answers.items()}

    def _named(self, partitions: Iterable[int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, number) for number in partitions]

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            yield
        except (KafkaException, TimeoutError) as exc:
            # it would go on asking in the name of the leader that it knew, which a broker that was away refuses
            self._admin = AdminClient(self._settings)
            reason = _fault(exc).str() if isinstance(exc, KafkaException) else f"no answer within {self._timeout_s:g} s"
            raise BrokerUnavailable(f"cannot ask {self._topic} {what}: {reason}") from exc


def reader(bootstrap_servers: str, group: str) -> Consumer:
    """A consumer that joins no group and commits nothing by itself: to `read_between`, and to ask what is committed."""
    return Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": group,  # librdkafka wants a name all the same
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",  # what the broker has let go meanwhile is skipped, and not all the rest
            "log_level": 0,
        }
    )


def read_between(
    consumer: Consumer, topic: str, starts: Mapping[int, int], ends: Mapping[int, int], *, patience_s: float = 10.0
) -> Iterator[Message]:
    """Every record from an offset up to, and without, another one, by partition.

    Args:
        consumer: made by `reader`, in use by nobody else; what it read before is let go.
        starts: offsets, those of `ends` at least.
        ends: offsets.
        patience_s: longest wait for the next record; a local broker takes milliseconds.

    Raises:
        BrokerUnavailable: the broker is away, or gives no more; what came before was read.
    """
    left = {number: end for number, end in ends.items() if starts[number] < end}
    if left:
        consumer.assign([TopicPartition(topic, number, starts[number]) for number in left])
    while left:
        message = consumer.poll(patience_s)
        if message is None:
            unread = next(iter(left))
            raise BrokerUnavailable(
                f"{topic}: the broker gives no more, and partition {unread} goes on to {left[unread]}"
            )
        if fault := message.error():
            raise BrokerUnavailable(f"cannot read {topic}: {fault.str()}")
        number, offset = message.partition(), message.offset()
        assert number is not None
        assert offset is not None
        if number not in left:
            continue  # came after the end was asked for
        end = left[number]
        if offset + 1 >= end:
            del left[number]
        if offset < end:
            yield message


class RecordProducer(Protocol):
    """What we use of `confluent_kafka.Producer`."""

    def produce(self, topic: str, value: bytes, *, on_delivery: Callable[[Any, Any], None]) -> None: ...
    def poll(self, timeout: float) -> int: ...


def producer_settings(bootstrap_servers: str, ack_limit_s: float = ACK_LIMIT_S) -> dict[str, str | int | float | bool]:
    """How librdkafka is told to lose nothing and repeat nothing by itself."""
    return {
        "bootstrap.servers": bootstrap_servers,
        "enable.idempotence": True,
        "acks": "all",
        # aiokafka reads gzip without a codec of its own, unlike lz4
        "compression.type": "gzip",
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "message.timeout.ms": max(1, int(ack_limit_s * 1_000)),
        "linger.ms": 5,
        # errors only: that a broker which has just started is not ready yet is no news
        "log_level": 3,
        # without keys: the next record goes to the next partition, also where records are rare
        "partitioner": "random",
        "sticky.partitioning.linger.ms": 0,
    }


class KafkaPublisher:
    """Fills `core.ports.Publisher`: every method returns when the broker has acknowledged every record.

    After `BrokerUnavailable` some of the records may be there and others not; publishing all again is safe, since a
    post's id makes its second arrival a no-op. May be shared by threads.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        make_producer: Callable[[dict[str, Any]], RecordProducer] = Producer,  # type: ignore[assignment,unused-ignore]
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ack_limit_s: float = ACK_LIMIT_S,
    ) -> None:
        self._make: Callable[[], RecordProducer] = lambda: make_producer(
            producer_settings(bootstrap_servers, ack_limit_s)
        )
        self._producer = self._make()
        self._now = now
        self._ack_limit_s = ack_limit_s

    def publish(self, posts: Sequence[Post]) -> None:
        self._send(RAW, list(records(posts, wire.encode)))

    def publish_scored(self, posts: Sequence[ScoredPost]) -> None:
        self._send(SCORED, list(records(posts, wire.encode_scored)))

    def publish_dead(self, letters: Sequence[DeadLetter]) -> None:
        self._send(DEAD, [wire.encode_letter(letter, self._now()) for letter in letters])

    def publish_orders(self, orders: Sequence[Order]) -> None:
        """To posts.rescore. Raises BrokerUnavailable: publishing all again is safe, as with posts."""
        self._send(RESCORE, [wire.encode_order(order) for order in orders])

    def _send(self, topic: str, values: Sequence[bytes]) -> None:
        producer = self._producer
        outcomes: list[KafkaError | None] = []

        def delivered(error: KafkaError | None, _message: object) -> None:
            outcomes.append(error)

        # one second more than librdkafka's own limit, after which it reports every record that is not acknowledged
        deadline = time.monotonic() + self._ack_limit_s + 1
        try:
            for value in values:
                self._enqueue(producer, topic, value, delivered, deadline)
        except KafkaException as exc:
            self._renew_if_fatal(producer, _fault(exc))
            raise _unavailable(f"cannot publish to {topic}", exc) from exc
        while len(outcomes) < len(values) and time.monotonic() < deadline:
            producer.poll(0.1)
        self._check(producer, topic, outcomes, len(values))

    def _enqueue(
        self,
        producer: RecordProducer,
        topic: str,
        value: bytes,
        delivered: Callable[[Any, Any], None],
        deadline: float,
    ) -> None:
        while True:
            try:
                return producer.produce(topic, value, on_delivery=delivered)
            except BufferError as exc:  # the local queue is full: wait for acknowledgements to make room
                if time.monotonic() > deadline:
                    raise BrokerUnavailable(f"{topic}: no room in the queue for {self._ack_limit_s:g} s") from exc
                producer.poll(0.1)

    def _check(self, producer: RecordProducer, topic: str, outcomes: Sequence[KafkaError | None], sent: int) -> None:
        faults = [error for error in outcomes if error is not None]
        if faults:
            self._renew_if_fatal(producer, faults[0])
            raise BrokerUnavailable(f"{topic}: {len(faults)} of {sent} records are not acknowledged: {faults[0].str()}")
        if len(outcomes) < sent:
            raise BrokerUnavailable(f"{topic}: {sent - len(outcomes)} of {sent} records are not acknowledged in time")

    def _renew_if_fatal(self, producer: RecordProducer, error: KafkaError) -> None:
        """An idempotent producer that met a fatal error refuses everything from then on."""
        if error.fatal() and self._producer is producer:
            self._producer = self._make()


def records(items: Sequence[Item], encode: Callable[[Sequence[Item]], bytes]) -> Iterator[bytes]:
    """Cut items into as few records as the limits of `core.wire` allow, in order.

    >>> [len(record) for record in records(range(250), lambda part: bytes(len(part)))]
    [100, 100, 50]
    """
    for start in range(0, len(items), wire.MAX_POSTS_A_RECORD):
        yield from _fitting(items[start : start + wire.MAX_POSTS_A_RECORD], encode)


def _fitting(items: Sequence[Item], encode: Callable[[Sequence[Item]], bytes]) -> Iterator[bytes]:
    record = encode(items)
    if len(record) <= wire.MAX_RECORD_BYTES or len(items) == 1:
        yield record
        return
    half = len(items) // 2
    yield from _fitting(items[:half], encode)
    yield from _fitting(items[half:], encode)


def _fault(exc: KafkaException) -> KafkaError:
    fault: KafkaError = exc.args[0]
    return fault


def _unavailable(what: str, exc: KafkaException) -> BrokerUnavailable:
    return BrokerUnavailable(f"{what}: {_fault(exc).str()}")
