"""The dashboard's pages over a real PostgreSQL with an invented outage, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import painting
from storage.postgres import Database
from tests.seed import seed

FOLDER = Path(dashboard.__file__).parent


@pytest.fixture(scope="module")
def seeded(postgres: Callable[[], str]) -> tuple[str, str]:
    """DSN and incident of a database with an hour of posts; tests only read it."""
    return fresh(postgres)


def fresh(postgres: Callable[[], str]) -> tuple[str, str]:
    dsn = postgres()
    database = Database(dsn)
    database.migrate()
    incident_id = seed(database, datetime.now(UTC), hours=1)
    database.close()
    return dsn, incident_id


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Call it with a DSN and a file of dashboard/ for that page, run once."""

    def run(dsn: str, file: str = "app.py", **query: str) -> AppTest:
        monkeypatch.setenv("GROUNDSWELL_DSN", dsn)
        st.cache_resource.clear()
        test = AppTest.from_file(str(FOLDER / file), default_timeout=120)
        test.session_state[painting.KEY] = painting.ALL
        for name, value in query.items():
            test.query_params[name] = value
        return test.run()

    yield run
    st.cache_resource.clear()


def shown(test: AppTest) -> str:
    """All HTML on a page, in order."""
    assert not test.exception, test.exception
    html = "\n".join(element.proto.body for element in test.get("html"))
    assert "This part of the page failed" not in html
    return html
