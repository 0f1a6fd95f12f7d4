"""One Chromium and one dashboard over a seeded database for each file of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from storage.postgres import Database
from tests.builders import make_scored
from tests.e2e.boards import PATIENCE_MS, Stack, chromium, dashboard, opened
from tests.seed import seed
from tests.services import PostgresServer, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with served(PostgresServer) as postgres:
        dsn = postgres.create_database()
        database = Database(dsn)
        database.migrate()
        now = datetime.now(UTC)
        incident_id = seed(database, now, hours=1)
        # 10,000 letters without a blank, on which nothing can break a line
        database.posts.record([make_scored("long", published_at=now, text="W" * 10_000)], [])
        database.close()
        with dashboard(dsn, tmp_path_factory.mktemp("dashboard") / "log") as url:
            yield Stack(url, dsn, incident_id, postgres)


@pytest.fixture
def open_page(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """Call it with a path for that page in a window of its own; see `boards.opened`."""
    pages: list[Page] = []

    def go(path: str = "", **how: object) -> Page:
        pages.append(opened(browser, f"{stack.url}/{path}", **how))  # type: ignore[arg-type]
        return pages[-1]

    yield go
    for page in pages:
        page.context.close()
