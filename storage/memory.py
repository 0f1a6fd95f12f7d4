"""The same stores without a server, for tests and trials; trusted because it passes PostgreSQL's contract tests."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.alerting import Change, Incident, Notification
from core.learning_ports import ModelStore
from core.near import mark
from core.ports import (
    Alerts,
    AuditLog,
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
    Told,
)
from core.replies import DraftRequest
from core.rollups import Cell, Counts, rollups
from core.routing import Group
from core.scoring import ScoredPost, Scores
from core.silences import Silence
from core.watched import WATCHED
from storage.memory_audit import MemoryAudit
from storage.memory_drafts import DraftTables, MemoryDrafts, MemoryHandovers, MemoryReviews
from storage.memory_incidents import Dumped, MemoryIncidents
from storage.memory_models import MemoryModels, ModelTables
from storage.memory_routing import MemoryOutbox, MemorySilences
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
    history: dict[str, list[Change]] = field(default_factory=dict)
    states: dict[tuple[str, str], Dumped] = field(default_factory=dict)
    changes: list[Cell] = field(default_factory=list)
    first_look: datetime | None = None
    last_look_s: float = -math.inf
    """When the last look began, by the monotonic clock."""
    models: ModelTables = field(default_factory=ModelTables)


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
    models: ModelStore
    audit: AuditLog

    def __init__(self) -> None:
        self.tables = Tables()
        self.posts = MemoryPosts(self.tables)
        self.incidents = MemoryIncidents(self.tables)
        self.outbox = MemoryOutbox(self.tables)
        self.silences = MemorySilences(self.tables)
        self.audit = MemoryAudit()
        drafts = DraftTables(self.tables.posts, self.tables.lock, self.tables.requests)
        self.drafts = MemoryDrafts(drafts)
        self.reviews = MemoryReviews(drafts)
        self.handovers = MemoryHandovers(drafts)
        self.sources = MemorySources(self.tables)
        self.hosts = MemoryHosts(self.tables)
        self.models = MemoryModels(self.tables)

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
                if cell.dimension in WATCHED and counts.judged:
                    self._tables.changes.append(cell)
            wanted = {request.post_id: request for request in requests if request.post_id in fresh}
            self._tables.requests.update(wanted)
        return Recorded(tuple(sorted(fresh)), len(wanted))

    def stored(self, post_ids: Sequence[str]) -> list[ScoredPost]:
        with self._tables.lock:
            return [self._tables.posts[post_id] for post_id in sorted(set(post_ids) & self._tables.posts.keys())]
