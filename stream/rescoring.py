"""Judges posts again that posts.rescore names, when no new post waits: one record is one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from core.errors import BrokerUnavailable, MalformedRecord
from core.learning_ports import RescoringStore
from core.ports import Classifier, PostStore
from core.posts import Post
from core.rescoring import Order
from core.scoring import Scores
from core.wire import decode_order
from ingest.kafka import PARTITIONS, RESCORE, TopicOffsets
from stream.retrying import Retry

log = logging.getLogger(__name__)

GROUP: Final = "groundswell-rescore"
PART: Final = 16
"""Posts a pass: a new batch waits for one such pass at most, some 40 ms on one core."""
POLL_S: Final = 1.0
GIVE_WAY_S: Final = 0.2
SWAP_WAIT_S: Final = 60.0
"""An order for a model that this worker does not have yet is kept for so long; then another try sends it again."""
MOST_BETWEEN_POLLS_S: Final = 600
"""A worker that new posts keep busy for longer loses its orders to another one."""


@dataclass(frozen=True, slots=True)
class Rescorer:
    """One worker's share; `work` runs in a thread of its own, beside the one that judges new posts."""

    posts: PostStore
    store: RescoringStore
    classifier: Classifier
    """Called by the thread of new posts too."""
    is_behind: Callable[[], bool]
    retry: Retry
    stop: Event
    swap_wait_s: float = SWAP_WAIT_S

    def work(self, order: Order) -> int | None:
        """Take one order to its end; how many posts changed.

        Returns:
            `None` when the worker stops first: the order is then not done. 0 where the model is not the order's.

        Raises:
            Transient: the worker is stopping, and gave up waiting for the database.
            ModelUnusable: from the classifier.
        """
        if not self._has(order.model_version):
            log.warning("an order for the model %s is left: %s serves", order.model_version, self.classifier.version)
            return 0 if not self.stop.is_set() else None
        stored = self.retry(lambda: self.posts.stored(order.post_ids))
        known = {one.post.post_id: one.scores for one in stored if one.scores is not None}
        judged = {name: scores for name, scores in known.items() if scores.model_version == order.model_version}
        old = [one.post for one in stored if one.post.post_id in known and one.post.post_id not in judged]
        again = self._judge(old)
        if again is None:
            return None
        judged |= again
        return self.retry(lambda: self.store.replace(order.rescoring_id, order.post_ids, judged, order.model_version))

    def _judge(self, posts: list[Post]) -> dict[str, Scores] | None:
        """In small parts, each only when no new post waits."""
        judged: dict[str, Scores] = {}
        for start in range(0, len(posts), PART):
            while self.is_behind():
                if self.stop.wait(GIVE_WAY_S):
                    return None
            if self.stop.is_set():
                return None
            part = posts[start : start + PART]
            scores = self.classifier.classify([post.text for post in part])
            judged |= {post.post_id: one for post, one in zip(part, scores, strict=True)}
        return judged

    def _has(self, version: str) -> bool:
        """Whether the model serves, or comes within a minute: a swap reaches one worker sooner than another."""
        waited_s = 0.0
        while self.classifier.version != version:
            if waited_s >= self.swap_wait_s or self.stop.wait(POLL_S):
                return False
            waited_s += POLL_S
        return True


def read_orders(rescorer: Rescorer, settings: dict[str, Any], stop: Event) -> None:
    """Work off posts.rescore until `stop` is set; an order is acknowledged when it is done.

    Args:
        settings: of librdkafka; `consumer_settings` makes them.

    Raises:
        Transient: the broker is away, or the database is and the worker stops; what was not acknowledged comes again.
        ModelUnusable: from the classifier.
    """
    consumer = Consumer(settings)
    try:
        consumer.subscribe([RESCORE])
        while not stop.is_set():
            message = consumer.poll(POLL_S) if not rescorer.is_behind() else _rest(consumer, stop)
            if message is not None and _is_record(message) and not _done(rescorer, consumer, message):
                return
    except KafkaException as exc:
        raise BrokerUnavailable(f"cannot read {RESCORE}: {exc.args[0].str()}") from exc
    finally:
        _leave(consumer)


def waiting_orders(bootstrap_servers: str) -> int:
    """Records of posts.rescore that no worker has acknowledged. Raises BrokerUnavailable."""
    return sum(TopicOffsets(bootstrap_servers, RESCORE).backlog(GROUP, range(PARTITIONS[RESCORE])).values())


def _leave(consumer: Consumer) -> None:
    """Close what may be joining its group at this moment.

    librdkafka waits for ever when partitions that were handed out and not yet polled for are taken up while it closes,
    and confluent-kafka holds the interpreter's lock meanwhile: every thread of the process would stand still.
    """
    with suppress(KafkaException):
        consumer.unsubscribe()
        consumer.poll(0)
    consumer.close()


def consumer_settings(bootstrap_servers: str, worker_id: int) -> dict[str, Any]:
    """How librdkafka is told to deliver each order until it is acknowledged, and to one worker at a time."""
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": GROUP,
        "group.instance.id": f"{GROUP}-{worker_id}",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 10_000,
        "max.poll.interval.ms": MOST_BETWEEN_POLLS_S * 1_000,
        # an order is a few kilobytes, and its work takes a second: few in hand can be lost to a rebalance
        "queued.min.messages": 1,
        "topic.metadata.refresh.interval.ms": 30_000,
        "log_level": 2,
    }


def _rest(consumer: Consumer, stop: Event) -> Message | None:
    """Stay in the group without taking anything."""
    consumer.pause(consumer.assignment())
    message: Message | None = consumer.poll(0)
    stop.wait(GIVE_WAY_S)
    consumer.resume(consumer.assignment())
    return message


def _is_record(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    if error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:  # the topic of an older installation: `setup` makes it
        log.warning("%s: %s", RESCORE, error.str())
    return False


def _done(rescorer: Rescorer, consumer: Consumer, message: Message) -> bool:
    """Whether the record was worked off; false when the worker stops first."""
    try:
        changed = rescorer.work(decode_order(message.value() or b""))
    except MalformedRecord as exc:
        log.error("%s/%s/%s is passed over: %s", RESCORE, message.partition(), message.offset(), exc)
        changed = 0
    if changed is None:
        return False
    try:
        consumer.commit(message=message, asynchronous=False)
    except KafkaException as exc:  # another worker has the partition by now, and will find the posts judged
        log.warning("%s: %s", RESCORE, exc.args[0].str())
    return True
