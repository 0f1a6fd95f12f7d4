"""What a page asks of PostgreSQL: few questions a refresh, and each answered from a rollup or by an index."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg2
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import painting
from storage.postgres import Database
from storage.statements import queries
from tests.seed import seed

FOLDER = Path(dashboard.__file__).parent
MOST: Final = {
    "app.py": 20, "views/replies.py": 8, "views/incident.py": 8, "views/sources.py": 4, "views/explore.py": 8,
    "views/post.py": 4, "views/model.py": 6,
}  # fmt: skip
"""Questions of one run of a whole page, all fragments together."""
GROWS: Final = {
    "posts",
    "scores",
    "rollups",
    "rollup_hours",
    "rollup_days",
    "drafts",
    "draft_history",
    "audit_log",
    "incident_history",
    "notifications",
    "labels",
}
"""Tables that grow with what comes in: none may be read from end to end."""

Asked = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def seeded(postgres: Callable[[], str]) -> tuple[str, str]:
    dsn = postgres()
    with closing(Database(dsn)) as database:
        database.migrate()
        incident_id = seed(database, datetime.now(UTC), hours=1)
    return dsn, incident_id


@pytest.fixture
def asked(seeded: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Asked]]:
    """Call it with a page for the questions of one run of it."""
    monkeypatch.setenv("GROUNDSWELL_DSN", seeded[0])
    questions: Asked = []
    read = Database.read

    def noted(database: Database, name: str, **params: Any) -> list[dict[str, Any]]:
        questions.append((name, params))
        return read(database, name, **params)

    monkeypatch.setattr(Database, "read", noted)

    def run(page: str, *, whole: bool = True, **query: str) -> Asked:
        st.cache_resource.clear()
        questions.clear()
        test = AppTest.from_file(str(FOLDER / page), default_timeout=120)
        if whole:
            test.session_state[painting.KEY] = painting.ALL
        for name, value in query.items():
            test.query_params[name] = value
        test.run()
        assert not test.exception
        return list(questions)

    yield run
    st.cache_resource.clear()


def scans(dsn: str, name: str, params: dict[str, Any]) -> list[str]:
    """Tables that grow and that a query reads from end to end, whatever an index would offer."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        # with few rows the planner reads a whole table since that is cheaper; now it does so only for want of an index
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + queries()[name], params)
        (plan,) = cursor.fetchone() or ([],)
    found = plan if isinstance(plan, list) else json.loads(plan)
    return [
        str(node["Relation Name"])
        for node in nodes(found[0]["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWS
    ]


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.parametrize("page", MOST)
def test_a_page_asks_few_questions_and_none_reads_a_table_that_grows_from_end_to_end(
    asked: Callable[..., Asked], seeded: tuple[str, str], page: str
) -> None:
    query = {"views/incident.py": {"incident": seeded[1]}, "views/post.py": {"post": "0" * 32}}
    questions = asked(page, **query.get(page, {}))
    assert 0 < len(questions) <= MOST[page], [name for name, _ in questions]
    assert {name: found for name, params in questions if (found := scans(seeded[0], name, params))} == {}


def test_what_a_window_shows_first_takes_six_questions(asked: Callable[..., Asked]) -> None:
    first = [name for name, _ in asked("app.py", whole=False)]
    assert sorted(first) == ["draft_counts", "incidents", "newest_post", "pulse", "sources", "volume"]


def test_the_check_itself_finds_a_table_that_is_read_from_end_to_end(seeded: tuple[str, str]) -> None:
    with closing(psycopg2.connect(seeded[0])) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT count(*) FROM posts WHERE text LIKE '%x'")
        (plan,) = cursor.fetchone() or ([],)
    assert any(node["Node Type"] == "Seq Scan" for node in nodes(plan[0]["Plan"]))
