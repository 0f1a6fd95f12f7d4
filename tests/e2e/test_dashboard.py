"""The dashboard in Chromium, over a real PostgreSQL with an invented outage.

Needs Chromium: Debian's package `chromium`, or `playwright install chromium`. Without one these tests are skipped; with
CI set they fail instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboard.palette import DARK
from storage.postgres import Database
from tests.builders import make_scored
from tests.seed import BANK, seed
from tests.services import PostgresServer, free_port, served, wait_until

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
)  # fmt: skip
PAINT_LIMIT_S = 4.0
"""Two seconds are the aim; a shared machine is granted as many again."""
PATIENCE_MS = 15_000


@dataclass(frozen=True)
class Stack:
    """A dashboard that runs over a database of its own."""

    url: str
    dsn: str
    incident_id: str
    postgres: PostgresServer


def missing(what: str) -> None:
    """Skip, or in CI fail."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        bundled = Path(playwright.chromium.executable_path)
        names = ("chromium", "chromium-browser", "google-chrome")
        found = next(filter(None, map(shutil.which, names)), None) or (str(bundled) if bundled.exists() else None)
        if found is None:
            missing("no Chromium is installed")
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
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


@contextmanager
def dashboard(dsn: str, log_path: Path) -> Iterator[str]:
    """The address of a running dashboard."""
    port = free_port()
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", f"--server.port={port}"],
            env={**os.environ, "GROUNDSWELL_DSN": dsn}, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{url}/_stcore/health"), 60, lambda: process.poll() is None)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture
def open_page(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """Call it with a path for that page in a window of its own."""
    contexts = []

    def go(
        path: str = "", *, width: int = 1280, scheme: str = "light", waits_for: str = ".gw-headline, .gw-page"
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{stack.url}/{path}")
        page.wait_for_selector(waits_for)
        return page

    yield go
    for context in contexts:
        context.close()


def test_the_first_page_stands_within_seconds_and_asks_nobody_else(browser: Browser, stack: Stack) -> None:
    times, outside, errors = [], [], []
    for _ in range(2):
        page = browser.new_page()
        page.on("request", lambda request: outside.append(request.url) if stack.url not in request.url else None)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        began = time.monotonic()
        page.goto(stack.url)
        page.wait_for_selector(".gw-headline")
        times.append(time.monotonic() - began)
        expect(page.locator(".st-key-card-volume svg.marks")).to_be_visible(timeout=PATIENCE_MS)
        page.close()
    print(f"first paint: {min(times):.2f} s")
    assert min(times) < PAINT_LIMIT_S
    assert [url for url in outside if not url.startswith(("data:", "blob:", stack.url.replace("http", "ws")))] == []
    assert errors == []


def test_one_glance_says_what_is_wrong(open_page: Callable[..., Page]) -> None:
    page = open_page()
    expect(page.locator(".gw-headline")).to_contain_text(f"Negative feeling about {BANK} is surging")
    card = page.locator(".gw-incident").first
    for part in ("Severity 8 of 10", "different people", "app down", "Webhook delivered"):
        expect(card).to_contain_text(part)
    expect(page.locator("svg.marks")).to_have_count(4)


def test_a_post_with_markup_is_shown_and_not_run(open_page: Callable[..., Page]) -> None:
    page = open_page()
    expect(page.locator(".gw-post", has_text="<script>document.title")).to_be_visible()
    assert page.title() == "Groundswell"
    assert page.locator("img[src*='attacker'], .gw-post a, .gw-post strong, .gw-post script").count() == 0


def test_a_refresh_moves_the_chart_that_is_there_and_shows_new_posts(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page()
    chart = page.locator(".st-key-card-volume svg.marks")
    expect(chart).to_be_visible()
    page.wait_for_timeout(500)
    chart.evaluate("node => node.dataset.seen = 'yes'")
    text = "Is anybody at this bank awake, I wonder"
    Database(stack.dsn).posts.record([make_scored("live", published_at=datetime.now(UTC), text=text)], [])
    expect(page.locator(".gw-post", has_text=text)).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(1_000)
    assert chart.evaluate("node => node.dataset.seen") == "yes"


@pytest.mark.parametrize(
    ("path", "scheme"), [("", "light"), ("", "dark"), ("replies", "dark"), ("incident", "light"), ("sources", "light")]
)
def test_every_page_fits_a_narrow_screen_in_its_viewers_theme(
    open_page: Callable[..., Page], path: str, scheme: str
) -> None:
    page = open_page(path, width=400, scheme=scheme)
    page.wait_for_timeout(500)
    widths = "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth)"
    assert max(page.evaluate(widths)) <= 400
    ground = page.locator("[data-testid=stApp]").evaluate("node => getComputedStyle(node).backgroundColor")
    assert ground == {"light": "rgb(245, 246, 248)", "dark": "rgb(14, 18, 24)"}[scheme]


def test_a_change_of_theme_is_followed_without_a_reload(open_page: Callable[..., Page]) -> None:
    page = open_page()
    card = page.locator(".gw-kpi").first
    assert card.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    expect(card).to_have_css("background-color", "rgb(23, 29, 38)")
    label = page.locator(".st-key-card-volume svg.marks .mark-text text").first
    expect(label).to_have_attribute("fill", DARK.muted, timeout=PATIENCE_MS)


def test_a_webhooks_link_opens_exactly_its_incident(open_page: Callable[..., Page], stack: Stack) -> None:
    page = open_page(f"?incident={stack.incident_id}", waits_for=".st-key-card-timeline svg.marks")
    assert page.url.endswith(f"/incident?incident={stack.incident_id}")
    expect(page.locator(".gw-incident")).to_have_count(1)
    expect(page.locator(".gw-incident")).to_contain_text(BANK)


@pytest.mark.parametrize("start", ["", "incident"])
def test_an_incident_that_is_opened_has_an_address_of_its_own(
    open_page: Callable[..., Page], stack: Stack, start: str
) -> None:
    page = open_page(start)
    page.locator(f"[class*='{stack.incident_id}']").get_by_text("Open the incident").click()
    expect(page.locator(".st-key-card-timeline svg.marks")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_url(f"**/incident?incident={stack.incident_id}")


def test_two_reviewers_who_take_a_draft_at_once_get_one_each(open_page: Callable[..., Page], stack: Stack) -> None:
    ada, ben = open_page("replies"), open_page("replies")
    for page in (ada, ben):
        expect(page.locator(".st-key-take-next button")).to_be_visible()
    for page in (ada, ben):  # at once, without the waits of click()
        page.locator(".st-key-take-next button").dispatch_event("click")
    desks = []
    for page in (ada, ben):
        desk = page.locator("[class*=st-key-approve-]")
        expect(desk).to_be_visible(timeout=PATIENCE_MS)
        classes = str(desk.get_attribute("class")).split()
        desks.append(next(name.removeprefix("st-key-approve-") for name in classes if "st-key-approve-" in name))
    assert desks[0] != desks[1]
    held = {row["post_id"] for row in Database(stack.dsn).read("drafts_waiting", count=50) if row["claimed_by"]}
    assert held == set(desks)

    ada.locator(".st-key-card-desk textarea").fill("We are sorry, and we call you today.")
    ada.locator(".st-key-card-desk textarea").blur()
    expect(ada.locator(".gw-difference ins").first).to_be_visible(timeout=PATIENCE_MS)
    ada.locator(f".st-key-approve-{desks[0]} button").click()
    expect(ada.locator(f".st-key-approve-{desks[0]}")).to_have_count(0, timeout=PATIENCE_MS)
    decided = Database(stack.dsn).read("drafts_decided", since=datetime(2020, 1, 1, tzinfo=UTC), count=9)
    assert [(row["post_id"], row["state"]) for row in decided] == [(desks[0], "edited")]
    assert decided[0]["final_text"] == "We are sorry, and we call you today."
    expect(ben.locator(f".st-key-approve-{desks[1]}")).to_be_visible()


def test_an_edit_in_progress_survives_the_refreshes(open_page: Callable[..., Page]) -> None:
    page = open_page("replies")
    page.locator(".st-key-take-next button").click()
    box = page.locator(".st-key-card-desk textarea")
    box.fill("half a sentence that I am still wri")
    page.wait_for_timeout(5_500)  # longer than a refresh takes to come
    assert box.input_value() == "half a sentence that I am still wri"


def test_without_postgresql_the_last_figures_stay_and_the_page_recovers(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page()
    posts = page.locator(".gw-value").first.inner_text()
    stack.postgres.stop()
    try:
        gone = page.locator(".gw-gone").first
        expect(gone).to_contain_text("PostgreSQL does not answer; these figures are from", timeout=PATIENCE_MS)
        assert page.locator(".gw-value").first.inner_text() == posts
        expect(page.locator(".st-key-card-volume svg.marks")).to_be_visible()
    finally:
        stack.postgres.start()
    expect(page.locator(".gw-gone")).to_have_count(0, timeout=PATIENCE_MS)
