"""Near-duplicates are looked up in their index, however many posts there are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import psycopg2

from storage.postgres import Database
from storage.posts import SQL, parts_of
from tests.builders import NOON

ROWS = """
INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at, bands)
SELECT md5(n::text), 'desk', 'news', 'text ' || n, %(now)s - n * interval '5 s', %(now)s,
    ARRAY(SELECT ('x' || substr(md5(n || ' ' || band), 1, 16))::bit(64)::bigint FROM generate_series(1, 20) AS band)
FROM generate_series(1, 20000) AS n
"""


def test_a_batch_is_looked_up_by_its_bands_and_not_by_its_time(postgres: Callable[[], str]) -> None:
    dsn = postgres()
    with closing(Database(dsn)) as database:
        database.migrate()
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(ROWS, {"now": NOON})
        cursor.execute("SELECT gin_clean_pending_list('posts_near')")
        unsorted = cursor.fetchone()
        assert unsorted == (0,), "entries wait to be sorted in, and each look-up reads them all"
        cursor.execute("ANALYZE posts")
        wanted = {"bands": parts_of(range(5_120)), "since": NOON - timedelta(hours=48)}
        cursor.execute(SQL["prefer_indexes"])
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF) {SQL['near']}", wanted)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Bitmap Index Scan on posts_near" in plan, plan
    assert "Seq Scan" not in plan, plan
