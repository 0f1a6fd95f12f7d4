"""The same stores without a server, for tests and trials; trusted because it passes PostgreSQL's contract tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.alerting import Incident, IncidentState, Notification
from core.errors import DataRejected
from core.near import mark
from core.ports import (
    Alerts,
    Cursor,
    DraftStore,
    HostTurns,
    IncidentStore,
    Outbox,
    PostStore,
    Recorded,
    ReviewStore,
    ScrapeRun,
    Silences,
    SourceStore,
    Steps,
    Told,
)
from core.replies import DraftRequest
from core.rollups import TOTAL, Cell, Counts, rollups
from core.routing import Group, Routed, Standing
from core.scoring import ScoredPost, Scores, Sentiment
from core.silences import Silence
from core.surges import Bucket, Series, history_start, window_start
from storage.memory_drafts import DraftTables, MemoryDrafts, MemoryHandovers, MemoryReviews
from storage.memory_routing import MemoryOutbox, MemorySilences, queue, route_in, standing
from storage.memory_sources import MemoryHosts, MemorySources


@dataclass
class Tables:
    """What PostgreSQL's tables hold; whoever reads or writes them holds the lock."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    posts: dict[str, ScoredPost] = field(default_factory=dict)
    rollups: dict[Cell, Counts] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    notifications: dict[str, Notification] = field(default_factory=dict)
    requests: dict[str, DraftRequest] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    published: dict[str, set[str]] = field(default_factory=dict)
    runs: list[ScrapeRun] = field(default_factory=list)
    told: dict[str, tuple[Told, datetime]] = field(default_factory=dict)
    """By source: what a scraper has on its list, and since when."""
    hosts: dict[str, tuple[datetime, str, datetime]] = field(default_factory=dict)
    """By host: the next turn, the holder, and the end of its lease."""
    groups: dict[str, Group] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)


class Memory:
    """Has the attributes of `storage.postgres.Database`; threads may share it."""

    posts: PostStore
    incidents: IncidentStore
    outbox: Alerts
    silences: Silences
    drafts: DraftStore
    reviews: ReviewStore
    handovers: Outbox
    sources: SourceStore
    hosts: HostTurns

    def __init__(self) -> None:
        self.tables = Tables()
        self.posts = MemoryPosts(self.tables)
        self.incidents = MemoryIncidents(self.tables)
        self.outbox = MemoryOutbox(self.tables)
        self.silences = MemorySilences(self.tables)
        drafts = DraftTables(self.tables.posts, self.tables.lock, self.tables.requests)
        self.drafts = MemoryDrafts(drafts)
        self.reviews = MemoryReviews(drafts)
        self.handovers = MemoryHandovers(drafts)
        self.sources = MemorySources(self.tables)
        self.hosts = MemoryHosts(self.tables)

    def migrate(self) -> None:
        """There is nothing to migrate."""

    def verify_rollups(self) -> list[dict[str, Any]]:
        """Where the rollups differ from a count over all posts; an empty list means that all is well."""
        with self.tables.lock:
            by_posts, by_rollups = rollups(self.tables.posts.values()), dict(self.tables.rollups)
        return [
            {**cell._asdict(), "by_posts": by_posts.get(cell), "by_rollups": by_rollups.get(cell)}
            for cell in sorted(by_posts.keys() | by_rollups.keys())
            if by_posts.get(cell) != by_rollups.get(cell)
        ]

    def close(self) -> None:
        """There is nothing to close."""


class MemoryPosts:
    """Fills `core.ports.PostStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def firsts(self, fingerprints: Sequence[str], since: datetime) -> Mapping[str, tuple[str, Scores | None]]:
        with self._tables.lock:
            originals = [scored for scored in self._tables.posts.values() if scored.duplicate_of is None]
        found: dict[str, tuple[str, Scores | None]] = {}
        for scored in sorted(originals, key=lambda s: (s.post.published_at, s.post.post_id)):
            mark = scored.fingerprint
            if mark is not None and mark in fingerprints and scored.post.published_at >= since:
                found.setdefault(mark, (scored.post.post_id, scored.scores))
        return found

    def near(self, bands: Sequence[int], since: datetime) -> list[ScoredPost]:
        wanted = set(bands)
        with self._tables.lock:
            stored = [s for s in self._tables.posts.values() if s.duplicate_of is None and s.scores is not None]
        found = [
            s
            for s in stored
            if s.post.published_at >= since and (one := mark(s.post.text)) is not None and wanted & set(one.bands)
        ]
        return sorted(found, key=lambda s: (s.post.published_at, s.post.post_id))[-5_000:]

    def record(self, posts: Sequence[ScoredPost], requests: Sequence[DraftRequest]) -> Recorded:
        with self._tables.lock:
            fresh = {s.post.post_id: s for s in reversed(posts) if s.post.post_id not in self._tables.posts}
            self._tables.posts.update(fresh)
            for cell, counts in rollups(fresh.values()).items():
                self._tables.rollups[cell] = self._tables.rollups.get(cell, Counts()) + counts
            wanted = {request.post_id: request for request in requests if request.post_id in fresh}
            self._tables.requests.update(wanted)
        return Recorded(tuple(sorted(fresh)), len(wanted))

    def stored(self, post_ids: Sequence[str]) -> list[ScoredPost]:
        with self._tables.lock:
            return [self._tables.posts[post_id] for post_id in sorted(set(post_ids) & self._tables.posts.keys())]


class MemoryIncidents:
    """Fills `core.ports.IncidentStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._stepping = threading.Lock()

    def step(
        self,
        decide: Callable[[Sequence[Series], Sequence[Incident]], Steps],
        now: datetime,
        route: Callable[[Standing], Routed] | None = None,
    ) -> Steps | None:
        if not self._stepping.acquire(blocking=False):
            return None
        try:
            with self._tables.lock:
                series = list(_series(self._tables, now))
            steps = decide(series, self.open_incidents())
            with self._tables.lock:
                self._save(steps.incidents)
                queue(self._tables, steps.notifications)
                if route is not None:
                    steps = replace(steps, notifications=route_in(self._tables, route, now, self._save))
            return steps
        finally:
            self._stepping.release()

    def open_incidents(self) -> list[Incident]:
        with self._tables.lock:
            still_open = [i for i in self._tables.incidents.values() if i.state is not IncidentState.RESOLVED]
        return sorted(still_open, key=lambda incident: (incident.opened_at, incident.incident_id))

    def evidence(self, series: Series, since: datetime, limit: int) -> list[ScoredPost]:
        with self._tables.lock:
            found = [
                scored
                for scored in _negative_originals(self._tables, since)
                if (series.dimension, series.key) in _things(scored)
            ]
        found.sort(key=lambda scored: scored.post.post_id)
        found.sort(key=lambda scored: scored.post.published_at, reverse=True)
        return found[:limit]

    def standing(self, now: datetime) -> Standing:
        with self._tables.lock:
            return standing(self._tables, now)

    def _save(self, incidents: Sequence[Incident]) -> None:
        after = self._tables.incidents | {incident.incident_id: incident for incident in incidents}
        still_open = [(i.dimension, i.key) for i in after.values() if i.state is not IncidentState.RESOLVED]
        if len(set(still_open)) != len(still_open):
            raise DataRejected("two open incidents about one thing")
        self._tables.incidents = after


def _series(tables: Tables, now: datetime) -> Iterator[Series]:
    judged = {cell: c for cell, c in tables.rollups.items() if history_start(now) <= cell.minute <= now}
    lively = {cell[:2] for cell, c in judged.items() if cell.minute >= window_start(now) and c.negative}
    watched = {TOTAL} | {name for name in lively if name[0] in ("entity", "topic")}
    voices = [(scored, _voice(scored)) for scored in _negative_originals(tables, window_start(now))]
    for name in sorted(watched):
        cells = sorted(cell for cell in judged if cell[:2] == name)
        buckets = (
            Bucket(cell.minute, posts, judged[cell].negative)
            for cell in cells
            if (posts := judged[cell].negative + judged[cell].neutral + judged[cell].positive)
        )
        series = Series(*name, tuple(buckets), authors=len({v for scored, v in voices if name in _things(scored)}))
        if series.buckets:
            yield series


def _negative_originals(tables: Tables, since: datetime) -> list[ScoredPost]:
    return [
        scored
        for scored in tables.posts.values()
        if scored.duplicate_of is None
        and scored.scores is not None
        and scored.scores.sentiment is Sentiment.NEGATIVE
        and scored.post.published_at >= since
    ]


def _things(scored: ScoredPost) -> set[tuple[str, str]]:
    return {(cell.dimension, cell.key) for cell in rollups([scored])}


def _voice(scored: ScoredPost) -> tuple[str, str]:
    post = scored.post
    return ("author", post.author_key) if post.author_key is not None else ("source", post.source)
