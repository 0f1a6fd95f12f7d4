"""Counts what a run did: reads posts.raw and posts.dead from their beginning, and asks PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import psycopg2
from confluent_kafka import Message

from core.errors import BrokerUnavailable, MalformedRecord
from core.settings import Settings
from core.wire import decode, decode_letter
from groundswell import probes
from groundswell.report import Report
from ingest.kafka import DEAD, RAW, TopicOffsets, read_between, reader

DRAIN_LIMIT_S = 30.0
"""For a worker to finish what lies in the topic once the scrapers are stopped."""

CHUNK = 5_000

COUNTS = """
SELECT
    (SELECT coalesce(sum(fetched), 0) FROM scrape_runs WHERE error IS NULL)   AS fetched,
    (SELECT coalesce(sum(published), 0) FROM scrape_runs WHERE error IS NULL) AS published,
    (SELECT coalesce(sum(repeats), 0) FROM scrape_runs WHERE error IS NULL)   AS repeats,
    (SELECT coalesce(sum(rejected), 0) FROM scrape_runs WHERE error IS NULL)  AS rejected,
    (SELECT count(*) FROM scrape_runs WHERE error IS NOT NULL)                AS broken_off,
    (SELECT count(*) FROM posts)                                              AS stored,
    (SELECT count(*) FROM posts WHERE duplicate_of IS NOT NULL)               AS near_duplicates,
    (SELECT count(*) FROM posts WHERE unjudged IS NOT NULL)                   AS unjudged,
    (SELECT coalesce(sum(masked), 0) FROM posts)                              AS masked,
    (SELECT count(*) FROM scores)                                             AS scored,
    (SELECT count(*) FROM incidents)                                          AS incidents_opened,
    (SELECT count(*) FROM incidents WHERE state = 'resolved')                 AS incidents_resolved,
    (SELECT count(*) FROM notifications WHERE state = 'sent')                 AS webhooks_delivered,
    (SELECT count(*) FROM notifications WHERE state = 'pending')              AS webhooks_pending,
    (SELECT count(*) FROM drafts WHERE state IN ('ready', 'approved', 'edited', 'rejected')) AS drafts,
    (SELECT count(*) FROM drafts WHERE state = 'requested')                   AS drafts_waiting
"""


class Counter:
    """Follows the topics and the database; each look reads only what came since the last one.

    Its methods raise BrokerUnavailable and psycopg2.Error as they come, but `is_drained`, which then says no.
    """

    def __init__(self, settings: Settings, since: datetime) -> None:
        """
        Args:
            since: when this run began; what was delivered before it, the demo's receiver has forgotten.
        """
        self._since = since
        self._dsn = settings.dsn.get_secret_value()
        self._raw = Follower(settings.bootstrap_servers, RAW)
        self._dead = Follower(settings.bootstrap_servers, DEAD)
        self._receiver = "" if settings.webhook_url else f"http://127.0.0.1:{settings.demo_port}/webhooks"
        self._posts: set[str] = set()
        self.unsettled: set[str] = set()
        """`post_id`s, and "topic/partition/offset[/index]" of what is malformed, that no one accounts for yet."""
        self._letters = 0

    def is_drained(self) -> bool:
        """Whether everything in posts.raw is stored or set aside, and no notification and no draft waits."""
        try:
            self._look()
            counts = self._counts()
        except (psycopg2.Error, BrokerUnavailable):
            return False
        return not (self.unsettled or counts["webhooks_pending"] or counts["drafts_waiting"])

    def waiting(self) -> str:
        """What the worker has not finished."""
        counts = self._counts()
        return (
            f"{len(self.unsettled)} posts, {counts['webhooks_pending']} notifications, "
            f"{counts['drafts_waiting']} drafts"
        )

    def read(self, ready_s: Mapping[str, float], restarts: Mapping[str, int]) -> Report:
        """Everything as it stands now."""
        self._look()
        return Report(
            **self._counts(),
            in_topic=len(self._posts),
            dead_lettered=self._letters,
            lost=len(self.unsettled),
            webhooks_missing=None if "demo" in restarts else self._missing(),
            incidents=tuple(text for (text,) in self._query("SELECT summary FROM incidents ORDER BY opened_at")),
            ready_s=dict(ready_s),
            restarts=dict(restarts),
        )

    def close(self) -> None:
        self._raw.close()
        self._dead.close()

    def _look(self) -> None:
        for message in self._raw.new():
            self.unsettled |= self._contents(message)
        for message in self._dead.new():
            self._letters += 1
            self.unsettled -= _accounted_for(message.value() or b"")
        waiting = sorted(self.unsettled)
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            rows = self._query("SELECT post_id FROM posts WHERE post_id = ANY(%s)", (chunk,))
            self.unsettled.difference_update(post_id for (post_id,) in rows)

    def _contents(self, message: Message) -> set[str]:
        origin = f"{message.topic()}/{message.partition()}/{message.offset()}"
        try:
            decoded = decode(message.value() or b"")
        except MalformedRecord:
            return {origin}
        new = {post.post_id for post in decoded.posts} - self._posts
        self._posts |= new
        return new | {f"{origin}/{rejected.index}" for rejected in decoded.rejected}

    def _counts(self) -> dict[str, int]:
        names = [line.rsplit(" AS ", 1)[1].strip(" ,") for line in COUNTS.splitlines() if " AS " in line]
        (row,) = self._query(COUNTS)
        return {name: int(value) for name, value in zip(names, row, strict=True)}

    def _query(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self._dsn, connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall()
        finally:
            connection.close()

    def _missing(self) -> int | None:
        if not self._receiver:
            return None
        sent = self._query("SELECT notification_id FROM notifications WHERE sent_at >= %s", (self._since,))
        try:
            received = {item["id"] for item in probes.get_json(self._receiver)}
        except OSError:
            return None
        return len({notification_id for (notification_id,) in sent} - received)


def _accounted_for(record: bytes) -> set[str]:
    """What a dead letter accounts for: the place it came from and, when its body is a whole post, that post."""
    try:
        letter, _ = decode_letter(record)
    except MalformedRecord:
        return set()
    found = {letter.origin}
    try:
        body = json.loads(letter.body)
    except (ValueError, RecursionError):
        return found
    if isinstance(body, dict) and isinstance(post_id := body.get("post_id"), str):
        found.add(post_id)
    return found


class Follower:
    """Reads one topic from its beginning, and then what is added."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._consumer = reader(bootstrap_servers, "groundswell-report")
        self._offsets = TopicOffsets(bootstrap_servers, topic)
        self._topic = topic
        self._next: dict[int, int] = {}
        """By partition, the offset after the last one read."""

    def new(self) -> Iterator[Message]:
        """Every record up to the end as it is now. Raises BrokerUnavailable: it is away, or was; ask again."""
        if not self._next:
            self._next = self._offsets.starts(self._offsets.partitions())
        for message in read_between(self._consumer, self._topic, dict(self._next), self._offsets.ends(self._next)):
            self._next[message.partition() or 0] = (message.offset() or 0) + 1
            yield message

    def close(self) -> None:
        self._consumer.close()
