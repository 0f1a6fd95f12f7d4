"""Incidents and series without a server; trusted because they pass PostgreSQL's contract tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from core.alerting import Change, Incident, IncidentState
from core.errors import DataRejected, StateUnreadable
from core.evidence import voice_of
from core.ports import SeriesState, Steps
from core.rollups import TOTAL, things_of
from core.routing import Routed, Standing
from core.scoring import ScoredPost, Sentiment
from core.series import MEMORY, Bucket, State, begin
from core.surges import Kind
from core.watched import WATCHED, From, Series, go_on, known_from, names_of
from core.wording import changes
from storage.memory_routing import queue, route_in, standing

if TYPE_CHECKING:
    from storage.memory import Tables

DAY = timedelta(days=1)
Name = tuple[str, str]
Reach = Callable[[str, str], timedelta]


class Dumped(NamedTuple):
    """A row of series_states."""

    near: bytes
    near_to: datetime
    base: bytes
    base_to: datetime


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
        reach: Reach | None = None,
        every: timedelta = timedelta(0),
    ) -> Steps | None:
        if not self._stepping.acquire(blocking=False):
            return None
        try:
            began_s = time.monotonic()
            if began_s - self._tables.last_look_s < every.total_seconds():
                return None
            with self._tables.lock:
                known = self._known(now)
                taken = [cell for cell in self._tables.changes if cell.minute <= now]
                series = _read_series(self._tables, now, names_of(known), reach)
            steps = decide(series, known)
            with self._tables.lock:
                self._save(steps.incidents)
                for incident_id in steps.withdrawn:
                    self._tables.incidents.pop(incident_id, None)
                    self._tables.history.pop(incident_id, None)
                _remember(self._tables, steps.states)
                for cell in taken:
                    self._tables.changes.remove(cell)
                queue(self._tables, steps.notifications)
                if route is not None:
                    steps = replace(steps, notifications=route_in(self._tables, route, now, self._save))
                self._tables.last_look_s = began_s
            return steps
        finally:
            self._stepping.release()

    def open_incidents(self) -> list[Incident]:
        told_of = (IncidentState.FIRING, IncidentState.ACKNOWLEDGED)
        with self._tables.lock:
            return sorted((i for i in self._tables.incidents.values() if i.state in told_of), key=_in_order)

    def evidence(
        self, dimension: str, key: str, kind: Kind, since: datetime, until: datetime, limit: int
    ) -> list[ScoredPost]:
        with self._tables.lock:
            found = list(_originals(self._tables, dimension, key, kind, since, until))
        found.sort(key=lambda scored: scored.post.post_id)
        found.sort(key=lambda scored: scored.post.published_at, reverse=True)
        return found[:limit]

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime, until: datetime) -> int:
        with self._tables.lock:
            return len(
                {voice_of(scored.post) for scored in _originals(self._tables, dimension, key, kind, since, until)}
            )

    def minutes(self, since: datetime, until: datetime) -> Mapping[Name, Sequence[Bucket]]:
        found: dict[Name, list[Bucket]] = {}
        with self._tables.lock:
            for cell, counts in sorted(self._tables.rollups.items(), key=lambda item: item[0]):
                if cell.dimension in WATCHED and since <= cell.minute < until and counts.judged:
                    bucket = Bucket(cell.minute, counts.judged, counts.negative, counts.positive)
                    found.setdefault(cell[:2], []).append(bucket)
        return found

    def history(self, incident_id: str) -> list[Change]:
        with self._tables.lock:
            return list(self._tables.history.get(incident_id, []))

    def standing(self, now: datetime) -> Standing:
        with self._tables.lock:
            return standing(self._tables, now)

    def _known(self, now: datetime) -> list[Incident]:
        def is_known(incident: Incident) -> bool:
            if incident.state is not IncidentState.RESOLVED:
                return True
            return incident.resolved_at is not None and incident.resolved_at >= now - DAY

        return sorted(filter(is_known, self._tables.incidents.values()), key=_in_order)

    def _save(self, incidents: Sequence[Incident]) -> None:
        before = self._tables.incidents
        after = before | {incident.incident_id: incident for incident in incidents}
        still_open = [(i.kind, i.dimension, i.key) for i in after.values() if i.state is not IncidentState.RESOLVED]
        if len(set(still_open)) != len(still_open):
            raise DataRejected("two open incidents of one kind about one thing")
        for one in incidents:
            self._tables.history.setdefault(one.incident_id, []).extend(changes(before.get(one.incident_id), one))
        self._tables.incidents = after


def _in_order(incident: Incident) -> tuple[datetime, str]:
    return incident.opened_at, incident.incident_id


def _read_series(tables: Tables, now: datetime, also: set[Name], reach: Reach | None) -> list[Series]:
    """As `storage.series.read_series`; the caller holds the lock, and takes the changes away when all went well."""
    changed: dict[Name, datetime] = {}
    for dimension, key, minute in tables.changes:
        if now - MEMORY < minute <= now:
            changed[dimension, key] = min(minute, changed.get((dimension, key), minute))
    tables.first_look = tables.first_look or now
    first = min((cell.minute for cell in tables.rollups if cell[:2] == TOTAL), default=None)
    known = known_from(first, tables.first_look, now)
    read = []
    for name in sorted(also | changed.keys()):
        state, is_near = _stored(tables, name, changed.get(name), now) or (begin(known), False)
        since = min(state.folded_to, now - reach(*name)) if reach is not None else state.folded_to
        read.append(Series(*name, state, tuple(_buckets(tables, name, since, now)), is_near))
    return read


def _stored(tables: Tables, name: Name, earliest: datetime | None, now: datetime) -> tuple[State, bool] | None:
    row = tables.states.get(name)
    source = go_on(row.near_to, row.base_to, earliest, now) if row is not None else From.NOTHING
    if row is None or source is From.NOTHING:
        return None
    with suppress(StateUnreadable):
        return State.load(row.near if source is From.NEAR else row.base), source is From.NEAR
    return None


def _buckets(tables: Tables, name: Name, since: datetime, now: datetime) -> Iterator[Bucket]:
    for cell in sorted(cell for cell in tables.rollups if cell[:2] == name and since <= cell.minute <= now):
        counts = tables.rollups[cell]
        if counts.judged:
            yield Bucket(cell.minute, counts.judged, counts.negative, counts.positive)


def _remember(tables: Tables, states: Sequence[SeriesState]) -> None:
    for one in states:
        near, base, name = one.remembered.near, one.remembered.base, (one.dimension, one.key)
        kept = tables.states.get(name)
        if base is not None:
            tables.states[name] = Dumped(near.dump(), near.folded_to, base.dump(), base.folded_to)
        elif kept is not None:
            tables.states[name] = Dumped(near.dump(), near.folded_to, kept.base, kept.base_to)


def _originals(
    tables: Tables, dimension: str, key: str, kind: Kind, since: datetime, until: datetime
) -> Iterator[ScoredPost]:
    for scored in tables.posts.values():
        if scored.duplicate_of is not None or scored.scores is None or not since <= scored.post.published_at <= until:
            continue
        is_kind = kind is not Kind.NEGATIVE or scored.scores.sentiment is Sentiment.NEGATIVE
        if is_kind and (dimension, key) in things_of(scored):
            yield scored
