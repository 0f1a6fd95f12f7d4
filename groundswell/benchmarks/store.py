"""`groundswell bench store`: how long every query of the dashboard takes, and how that grows with what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, ClassVar, Final, TypeVar

import psycopg2

from core.alerting import Incident, IncidentState
from core.ports import Cursor, ScrapeRun, Steps
from core.posts import post_id_of
from core.replies import Draft, DraftState
from core.reviews import Reason, Rejection, Reviewer
from core.scoring import ScoredPost
from groundswell.benchmarks import invented
from groundswell.temporary_servers import PostgresServer, temporary
from storage.postgres import Database
from storage.statements import queries
from stream.watch import look

SIZES: Final = (10_000, 100_000, 1_000_000)
LARGE: Final = 10_000_000
ROWS: Final = 2_000
"""Posts a transaction while the store is filled."""
LOOK: Final = "a look at the surges (worker)"
ADD: Final = "a batch of 256 posts stored (worker)"
QUEUE: Final = timedelta(hours=8)
"""Drafts wait this long for a verdict."""
CLERK: Final = Reviewer("benchmark", "benchmark")
DECLINED: Final = Rejection(next(iter(Reason)))
Progress = Callable[[int], object]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds by query and number of posts: 95 of 100 runs took no longer."""

    sizes: tuple[int, ...]
    p95_ms: dict[str, tuple[float, ...]]

    def growth(self, query: str) -> float:
        """How many times as long with the most posts as with the fewest."""
        times = self.p95_ms[query]
        return times[-1] / times[0]

    def as_dict(self) -> dict[str, Any]:
        return {
            "sizes": list(self.sizes),
            "p95_ms": {query: times[-1] for query, times in self.p95_ms.items()},
            "growth": {query: self.growth(query) for query in self.p95_ms},
            "p95_ms_by_size": {query: list(times) for query, times in self.p95_ms.items()},
        }


class Durable(PostgresServer):
    """As it ships: what is committed is on disk."""

    options: ClassVar = {"max_connections": "200"}


def measure(sizes: Sequence[int], runs: int, progress: Progress = lambda _: None) -> Figures:
    """Fill a PostgreSQL of its own step by step, and time every query at each step.

    Args:
        sizes: posts, ascending.
        runs: of each query, after three to warm up.
        progress: told how many posts were just stored.

    Raises:
        SetupError: PostgreSQL does not start.
    """
    found: dict[str, list[float]] = {}
    now = datetime.now(UTC)
    with temporary(Durable) as server:
        dsn = server.create_database()
        database = Database(dsn)
        database.migrate()
        _surround(database, now)
        stored = 0
        for size in sizes:
            _fill(database, now, stored, size, progress)
            stored = size
            _tidy(dsn)
            for name, run in _runs(database, now, size).items():
                found.setdefault(name, []).append(_p95_ms(run, runs))
        database.close()
    return Figures(tuple(sizes), {name: tuple(times) for name, times in found.items()})


@contextmanager
def filled(size: int, progress: Progress = lambda _: None) -> Iterator[str]:
    """The DSN of a PostgreSQL of its own with so many posts. Raises SetupError: it does not start."""
    now = datetime.now(UTC)
    with temporary(Durable) as server:
        dsn = server.create_database()
        with closing(Database(dsn)) as database:
            database.migrate()
            _surround(database, now)
            _fill(database, now, 0, size, progress)
            # filling takes longer than the newest half hour lasts that a page shows
            for part in in_parts(_again(now, datetime.now(UTC)), ROWS):
                database.posts.record(part, [])
        _tidy(dsn)
        yield dsn


def _again(then: datetime, now: datetime) -> Iterator[ScoredPost]:
    """The posts of the last half hour before `then`, as others, before `now`."""
    for one in invented.posts(then, 0, LARGE):
        at = one.post.published_at + (now - then)
        if at < now - timedelta(minutes=30):
            return
        changes = {"post_id": post_id_of("again", one.post.post_id), "published_at": at, "fetched_at": at}
        yield replace(one, post=one.post.model_copy(update=changes), duplicate_of=None)


def _fill(database: Database, now: datetime, stored: int, size: int, progress: Progress) -> None:
    for part in in_parts(invented.posts(now, stored, size), ROWS):
        database.posts.record(part, invented.requests(part))
        progress(len(part))
    _draft_all(database, now)


def in_parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """
    >>> list(in_parts([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _runs(database: Database, now: datetime, stored: int) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    parameters = _parameters(database, now)
    runs: dict[str, Callable[[], object]] = {}
    for name in queries():
        runs[name] = lambda name=name: database.read(name, **parameters(name))
    runs[LOOK] = lambda: look(database.incidents, now)
    fresh = in_parts(invented.posts(now, 2 * LARGE + stored, 4 * LARGE), 256)
    runs[ADD] = lambda: database.posts.record(next(fresh), [])
    return runs


def _parameters(database: Database, now: datetime) -> Callable[[str], dict[str, Any]]:
    """The widest that a page asks for."""
    newest = database.read("notable_posts", since=now - timedelta(days=1), sentiment="any", least_p=0.5, count=100)
    ids = [row["post_id"] for row in newest]
    drafts = database.read("drafts_waiting", count=1)
    everything: dict[str, Any] = {
        "since": now - timedelta(days=1), "until": now, "now": now, "bucket_s": 600, "count": 50, "dimension": "entity",
        "key": invented.ENTITIES[0], "incident_id": "i1", "least_p": 0.6, "sentiment": "negative", "post_ids": ids,
        "post_id": drafts[0]["post_id"] if drafts else ids[0], "entity": invented.ENTITIES[0], "topic": "",
        "family": "anger", "channel": "", "source": "", "words": "", "feeling": "", "reposts": False, "most": 20_000,
        "rows": "topic", "columns": "time", "part": "topic", "origin": now,
    }  # fmt: skip
    narrower = {"pulse": timedelta(minutes=15), "notable_posts": timedelta(hours=1)}
    wider = {"drafts_decided": timedelta(days=7), "reply_figures": timedelta(days=30)}
    spans = narrower | wider

    by_name: dict[str, dict[str, Any]] = {
        "explore_matches": {"words": "payday loan"}, "explore_times": {"dimension": "entity_topic"},
    }  # fmt: skip

    def of(name: str) -> dict[str, Any]:
        asked = {key for key in everything if f"%({key})s" in queries()[name]}
        values = {key: everything[key] for key in asked} | by_name.get(name, {})
        return values | {"since": now - spans[name]} if "since" in asked and name in spans else values

    return of


def _p95_ms(run: Callable[[], object], runs: int) -> float:
    for _ in range(3):
        run()
    times = []
    for _ in range(runs):
        began_s = time.perf_counter()
        run()
        times.append(1_000 * (time.perf_counter() - began_s))
    return sorted(times)[max(0, -(-95 * runs // 100) - 1)]


def _surround(database: Database, now: datetime) -> None:
    """An open incident, and a day of runs of every source."""
    incident = Incident(
        incident_id="i1", dimension="entity", key=invented.ENTITIES[0], state=IncidentState.FIRING, opened_at=now,
        updated_at=now, severity=5, observed=40, expected=4.0, p_value=1e-9, authors=30, summary="invented",
    )  # fmt: skip
    database.incidents.step(lambda *_: Steps((incident,)), now)
    for source in invented.SOURCES:
        for minute in range(0, 24 * 60, 30):
            at = now - timedelta(minutes=minute)
            run = ScrapeRun(source, at, at, fetched=9, published=7, repeats=2, rejected=0, masked=0)
            database.sources.finish(run, Cursor(source), [])


def _draft_all(database: Database, now: datetime) -> None:
    """Write what was requested; all but the newest are decided, as on a desk that keeps up."""
    while True:
        with database.drafts.requested(ROWS) as waiting:
            for request, scored in waiting:
                ready_at = scored.post.published_at + timedelta(seconds=10)
                draft = Draft(request.post_id, DraftState.READY, "We are sorry.", "template", "", ready_at)
                database.drafts.save(draft)
        for request, scored in waiting:
            if (decided_at := scored.post.published_at + timedelta(minutes=10)) < now - QUEUE:
                database.reviews.claim(request.post_id, CLERK, decided_at, timedelta(hours=1))
                database.reviews.decide(request.post_id, DECLINED, CLERK, decided_at)
        if not waiting:
            return


def _tidy(dsn: str) -> None:
    """What autovacuum does by itself, at a time that would disturb."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")
