"""Every query of the dashboard runs on the tables as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.replies import DraftRequest
from storage.postgres import Database
from storage.statements import queries
from tests.builders import NOON, make_duplicate, make_scored
from tests.contract.test_incident_store import make_incident, make_notification, store
from tests.contract.test_source_store import CURSOR, RUN

QUERIES = queries()
PARAMETERS = {
    "bucket_s": 60,
    "channel": "",
    "columns": "time",
    "count": 5,
    "dimension": "entity",
    "entity": "HBR",
    "family": "",
    "feeling": "",
    "incident_id": "i1",
    "key": "HBR",
    "least_p": 0.5,
    "most": 100,
    "now": NOON,
    "origin": NOON,
    "part": "key",
    "post_id": make_scored("1").post.post_id,
    "post_ids": [make_scored("1").post.post_id],
    "reposts": True,
    "rows": "topic",
    "sentiment": "negative",
    "since": NOON - timedelta(hours=1),
    "source": "",
    "topic": "",
    "until": NOON,
    "words": "",
}
"""A value for every parameter that a query may have; add yours."""


@pytest.fixture
def lived_in(database: Database) -> Database:
    """A database with a row in every table."""
    post = make_scored("1", entities=("HBR",))
    database.posts.record([post], [DraftRequest(post.post.post_id, "an angry customer", 1.0, NOON)])
    store(database, make_incident(), notifications=(make_notification(),))
    database.sources.finish(RUN, CURSOR, [post.post.post_id])
    return database


def test_every_query_runs_on_a_database_with_rows(lived_in: Database) -> None:
    answers = {name: lived_in.read(name, **parameters_of(query)) for name, query in QUERIES.items()}

    assert any(answers.values())


def test_every_query_runs_on_an_empty_database(database: Database) -> None:
    for name, query in QUERIES.items():
        database.read(name, **parameters_of(query))


def parameters_of(query: str) -> dict[str, object]:
    return {name: PARAMETERS[name] for name in re.findall(r"%\((\w+)\)s", query)}


def test_reposts_are_counted_with_their_distinct_authors(database: Database) -> None:
    first = make_scored("first", published_at=datetime.now(UTC))
    again = [
        make_duplicate(first, str(n), published_at=datetime.now(UTC), author_key=f"author {n % 2}") for n in range(5)
    ]
    database.posts.record([first, *again], [])

    (row,) = database.read(
        "notable_posts", since=datetime.now(UTC) - timedelta(hours=1), sentiment="negative", least_p=0.5, count=5
    )

    assert (row["post_id"], row["repeats"], row["voices"]) == (first.post.post_id, 5, 2)
