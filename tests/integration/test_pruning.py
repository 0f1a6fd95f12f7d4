"""What is removed from a real PostgreSQL, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from core.ports import Cursor, ScrapeRun
from storage.connections import Connections
from storage.postgres import Database
from storage.pruning import prune
from storage.removing import remove
from tests.builders import NOON, ids, make_scored
from tests.drifting import make_days

BEFORE = NOON - timedelta(days=365)


def database_with(dsn: str, *posts: tuple[str, datetime, datetime]) -> Database:
    """Posts by native id, time of publication and time of storing."""
    database = Database(dsn)
    database.migrate()
    connections = Connections(dsn)
    for native_id, published_at, stored_at in posts:
        scored = make_scored(native_id, published_at=published_at)
        database.posts.record([scored], [])
        with connections.transaction() as transaction:
            statement = "UPDATE posts SET stored_at = %(stored_at)s WHERE post_id = %(post_id)s"
            transaction.rows(statement, {"stored_at": stored_at, "post_id": scored.post.post_id})
    connections.close()
    return database


def left(database: Database, *native_ids: str) -> list[str]:
    """Those of the native ids that are still stored."""
    stored = set(ids(database.posts.stored([make_scored(n).post.post_id for n in native_ids])))
    return [n for n in native_ids if make_scored(n).post.post_id in stored]


def rows_left(dsn: str) -> dict[str, int]:
    """How many rows of rollups there are, by table."""
    connections = Connections(dsn)
    tables = ("rollups", "rollup_hours", "rollup_days")
    with connections.transaction() as transaction:
        found = {table: transaction.rows(f"SELECT count(*)::int AS rows FROM {table}")[0]["rows"] for table in tables}
    connections.close()
    return found


def test_old_posts_go_with_their_rollups_and_the_rest_adds_up(postgres: Callable[[], str]) -> None:
    long_ago, lately = BEFORE - timedelta(days=2), NOON - timedelta(days=1)
    dsn = postgres()
    database = database_with(
        dsn,
        ("old", long_ago, long_ago),
        ("new", lately, lately),
        ("edge", BEFORE, BEFORE - timedelta(minutes=1)),
    )
    assert prune(dsn, BEFORE)["posts"] == 1
    assert left(database, "old", "new", "edge") == ["new", "edge"]
    assert database.verify_rollups() == []
    database.close()


def test_a_replayed_post_stays_and_so_does_its_whole_minute(postgres: Callable[[], str]) -> None:
    long_ago, lately = BEFORE - timedelta(days=2), NOON - timedelta(days=1)
    dsn = postgres()
    database = database_with(
        dsn,
        ("replayed", long_ago, lately),
        ("beside it", long_ago + timedelta(seconds=5), long_ago),
        ("before it", long_ago - timedelta(minutes=5), long_ago),
    )
    assert prune(dsn, BEFORE)["posts"] == 1
    assert left(database, "replayed", "beside it", "before it") == ["replayed", "beside it"]
    assert database.verify_rollups() == []
    database.close()


def test_an_hour_of_which_a_minute_stays_counts_that_minute_alone(postgres: Callable[[], str]) -> None:
    long_ago, lately = BEFORE - timedelta(days=2), NOON - timedelta(days=1)
    dsn = postgres()
    database = database_with(
        dsn,
        ("old", long_ago, long_ago),
        ("erased", long_ago, long_ago),
        ("replayed", long_ago + timedelta(minutes=5), lately),
        ("another day", long_ago - timedelta(days=1), long_ago),
    )
    with Connections(dsn).transaction() as transaction:
        remove(transaction, database.posts.stored([make_scored("erased").post.post_id]))

    assert prune(dsn, BEFORE)["posts"] == 2
    assert database.verify_rollups() == []
    at = {"since": long_ago - timedelta(days=30), "until": NOON, "origin": BEFORE}
    total = database.read("explore_series", dimension="total", key="", bucket_s=86_400, **at)
    assert [(row["at"], row["posts"]) for row in total] == [(long_ago, 1)]
    database.close()


def test_more_minutes_than_one_statement_takes_are_removed_all(postgres: Callable[[], str]) -> None:
    dsn = postgres()
    database = Database(dsn)
    database.migrate()
    long_ago = BEFORE - timedelta(days=100)
    database.posts.record([make_scored(str(n), published_at=long_ago + timedelta(minutes=n)) for n in range(1_050)], [])
    connections = Connections(dsn)
    with connections.transaction() as transaction:
        transaction.rows("UPDATE posts SET stored_at = published_at")
    connections.close()
    assert prune(dsn, BEFORE)["posts"] == 1_050
    assert database.verify_rollups() == []
    assert rows_left(dsn) == {"rollups": 0, "rollup_hours": 0, "rollup_days": 0}
    database.close()


def test_old_scrapes_are_forgotten_and_new_ones_are_not(postgres: Callable[[], str]) -> None:
    dsn = postgres()
    database = Database(dsn)
    database.migrate()
    for finished_at in (BEFORE - timedelta(days=1), NOON):
        run = ScrapeRun("desk", finished_at, finished_at, fetched=1, published=1, repeats=0, rejected=0, masked=0)
        database.sources.finish(run, Cursor("desk", etag="e"), ["a" * 32])
    database.drift.keep(make_days(2, np.random.default_rng(1), BEFORE.date() - timedelta(days=1), posts=5))
    nothing = dict.fromkeys(("posts", "incidents", "series_states", "published", "drift_findings"), 0)
    assert prune(dsn, BEFORE) == {**nothing, "scrape_runs": 1, "drift_sketches": 1}
    assert database.sources.cursor("desk").etag == "e"
    assert database.sources.seen("desk", ["a" * 32]) == {"a" * 32}
    database.close()
