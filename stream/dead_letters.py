"""What cannot become a stored post: the letters the worker sets aside, and how to list and replay them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from confluent_kafka import KafkaException, Producer, TopicPartition

from core.errors import BrokerUnavailable, DataRejected, MalformedPost, MalformedRecord
from core.ports import DeadLetter
from core.wire import SCHEMA_VERSION, RejectedPost, decode_letter
from ingest.kafka import DEAD, RAW, TopicOffsets, producer_settings, read_between, reader

REPLAY_GROUP: Final = "groundswell-dead-letters"
"""The consumer group whose committed offset says up to where letters were replayed."""
PARTITION: Final = 0
WAIT_S: Final = 10.0
"""For the broker to acknowledge."""

_OF_RECORD = re.compile(rf"{re.escape(RAW)}/\d+/\d+")
_OF_POST = re.compile(rf"{re.escape(RAW)}/\d+/\d+/\d+")


def of_record(error: MalformedRecord, origin: str, record: bytes) -> DeadLetter:
    """A whole record that is not a batch of posts."""
    return DeadLetter(str(error), type(error).__name__, origin, record)


def of_post(rejected: RejectedPost, origin: str, record: bytes) -> DeadLetter:
    """One post of a record; where its own bytes could not be written again, the record's stand for them."""
    return DeadLetter(rejected.reason, MalformedPost.__name__, f"{origin}/{rejected.index}", rejected.body or record)


def of_refusal(error: DataRejected, origin: str, post: bytes) -> DeadLetter:
    """One post that keeps to the contract and that the database refuses all the same."""
    return DeadLetter(str(error), type(error).__name__, origin, post)


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter as it lies in posts.dead; `set_aside_at` is `None` for a record that is no letter at all."""

    offset: int
    letter: DeadLetter
    set_aside_at: datetime | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one replay did."""

    replayed: int
    left: int
    """Letters of scrapers, whose bytes are a site's item and no post: the next scrape meets the item again."""


def list_letters(bootstrap_servers: str, limit: int = 50) -> list[Kept]:
    """The newest `limit` letters, oldest of them first.

    Raises:
        BrokerUnavailable: the broker does not answer, or there is no topic posts.dead.
    """
    with _Letters(bootstrap_servers) as letters:
        first, end = letters.span()
        return list(letters.read(max(first, end - limit), end))


def replay_letters(bootstrap_servers: str, limit: int | None = None) -> Replayed:
    """Publish to posts.raw again what was set aside since the last replay, at most `limit` letters.

    Worth it after what made them malformed was put right, in the worker or in the database. What is still malformed
    comes back as a new letter, for the next replay. When this breaks off, the next one repeats what it published.

    Raises:
        BrokerUnavailable: the broker does not answer or takes not all of them.
    """
    with _Letters(bootstrap_servers) as letters:
        first, end = letters.span()
        start = max(first, letters.replayed_until())
        kept = list(letters.read(start, end if limit is None else min(end, start + limit)))
        records = [record for item in kept if (record := revived(item.letter)) is not None]
        _publish(bootstrap_servers, records)
        if kept:
            letters.mark_replayed(kept[-1].offset + 1)
        return Replayed(len(records), len(kept) - len(records))


def revived(letter: DeadLetter) -> bytes | None:
    """The record that brings a letter back: its own bytes, or a record of one around a single post's.

    >>> revived(DeadLetter("masked: too small", "MalformedPost", "posts.raw/0/7/3", b'{"masked":-1}'))
    b'{"schema":1,"posts":[{"masked":-1}]}'
    >>> revived(DeadLetter("has no title", "MalformedItem", "demo-news", b"<item/>"))
    """
    if _OF_POST.fullmatch(letter.origin):
        return b'{"schema":%d,"posts":[%s]}' % (SCHEMA_VERSION, letter.body)
    return letter.body if _OF_RECORD.fullmatch(letter.origin) else None


class _Letters:
    """posts.dead through one consumer, closed by `with`."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._offsets = TopicOffsets(bootstrap_servers, DEAD)
        self._consumer = reader(bootstrap_servers, REPLAY_GROUP)

    def __enter__(self) -> _Letters:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def span(self) -> tuple[int, int]:
        """The first offset and the one after the last."""
        return self._offsets.starts([PARTITION])[PARTITION], self._offsets.ends([PARTITION])[PARTITION]

    def read(self, start: int, end: int) -> Iterator[Kept]:
        for message in read_between(self._consumer, DEAD, {PARTITION: start}, {PARTITION: end}):
            yield _kept(message.offset() or 0, message.value() or b"")

    def replayed_until(self) -> int:
        # negative when nothing was committed yet
        return max(0, self._offsets.committed(REPLAY_GROUP, [PARTITION])[PARTITION])

    def mark_replayed(self, until: int) -> None:
        try:
            self._consumer.commit(offsets=[TopicPartition(DEAD, PARTITION, until)], asynchronous=False)
        except KafkaException as exc:
            raise BrokerUnavailable(f"replayed, but cannot note it: {exc.args[0].str()}") from exc


def _kept(offset: int, record: bytes) -> Kept:
    try:
        letter, set_aside_at = decode_letter(record)
    except MalformedRecord as exc:
        return Kept(offset, DeadLetter(str(exc), type(exc).__name__, f"{DEAD}/0/{offset}", record), None)
    return Kept(offset, letter, set_aside_at)


def _publish(bootstrap_servers: str, records: Sequence[bytes]) -> None:
    producer = Producer(producer_settings(bootstrap_servers))
    errors: list[str] = []

    def delivered(error: Any, _message: object) -> None:
        if error is not None:
            errors.append(error.str())

    for record in records:
        producer.produce(RAW, record, on_delivery=delivered)
        producer.poll(0)
    missing = producer.flush(WAIT_S) + len(errors)
    if missing:
        raise BrokerUnavailable(f"{missing} of {len(records)} records were not taken: {(errors or ['no answer'])[0]}")
