"""Fills a PostgreSQL with invented posts, on every core, through the stores that the worker writes with."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing.sharedctypes import Synchronized
from typing import Final, TypeVar

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

LARGE: Final = 10_000_000
ROWS: Final = 2_000
"""Posts a transaction."""
PART: Final = 20_000
"""Posts that one process takes at a time."""
QUEUE: Final = timedelta(hours=8)
"""Drafts wait this long for a verdict."""
CLERK: Final = Reviewer("benchmark", "benchmark")
DECLINED: Final = Rejection(next(iter(Reason)))
Progress = Callable[[int], object]
T = TypeVar("T")

_shard: int = 0
"""Of this process, so that two of them do not wait for each other's rollup rows."""


@contextmanager
def filled(size: int, progress: Progress = lambda _: None) -> Iterator[str]:
    """The DSN of a PostgreSQL of its own with so many posts, which dies with this context.

    Raises:
        SetupError: it does not start.
    """
    now = datetime.now(UTC)
    with temporary(PostgresServer) as server:
        dsn = server.create_database()
        with closing(Database(dsn)) as database:
            database.migrate()
            surround(database, now)
        fill(dsn, now, 0, size, progress)
        with closing(Database(dsn)) as database:
            freshen(database, now, datetime.now(UTC))
        tidy(dsn)
        yield dsn


def fill(dsn: str, now: datetime, first: int, end: int, progress: Progress = lambda _: None) -> None:
    """Store the posts number `first` to `end`, counted backwards from now, and decide on their drafts.

    Args:
        progress: told how many posts were just stored.
    """
    # spawned: a forked process would share the sockets of this one
    context = multiprocessing.get_context("spawn")
    counter = context.Value("i", 0)
    processes = min(os.cpu_count() or 1, -(-(end - first) // PART))
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(counter,)) as pool:
        try:
            parts = [pool.submit(_fill, dsn, now, at, min(at + PART, end)) for at in range(first, end, PART)]
            for part in as_completed(parts):
                progress(part.result())
        except BaseException:
            # leaving the pool would wait for every part
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _begin(counter: Synchronized[int]) -> None:
    global _shard
    with counter.get_lock():
        _shard = counter.value
        counter.value += 1


def _fill(dsn: str, now: datetime, first: int, end: int) -> int:
    with closing(Database(dsn, _shard)) as database:
        for part in in_parts(invented.posts(now, first, end), ROWS):
            database.posts.record(part, invented.requests(part))
        _draft_all(database, now)
    return end - first


def freshen(database: Database, then: datetime, now: datetime) -> None:
    """Store the last half hour before `then` once more, before `now`: what a page shows of the newest half hour.

    Filling takes longer than that half hour lasts.
    """
    for part in in_parts(_again(then, now), ROWS):
        database.posts.record(part, [])


def _again(then: datetime, now: datetime) -> Iterator[ScoredPost]:
    for one in invented.posts(then, 0, LARGE):
        at = one.post.published_at + (now - then)
        if at < now - timedelta(minutes=30):
            return
        changes = {"post_id": post_id_of("again", one.post.post_id), "published_at": at, "fetched_at": at}
        yield replace(one, post=one.post.model_copy(update=changes), duplicate_of=None)


def in_parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """
    >>> list(in_parts([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def surround(database: Database, now: datetime) -> None:
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


def tidy(dsn: str) -> None:
    """What autovacuum does by itself, at a time that would disturb."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")
