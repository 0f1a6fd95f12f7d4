"""A dashboard that runs, and a browser to look at it: what the tests of the pages in Chromium share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.services import PostgresServer, free_port, wait_until

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--disable-features=WebUIContentsPreloadManager",
)  # fmt: skip
PATIENCE_MS = 30_000


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


def chromium(playwright: Playwright) -> Browser:
    """A Chromium without a window."""
    bundled = Path(playwright.chromium.executable_path)
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None) or (str(bundled) if bundled.exists() else None)
    if found is None:
        missing("no Chromium is installed")
    return playwright.chromium.launch(executable_path=found, args=list(FLAGS))


@contextmanager
def dashboard(dsn: str, log_path: Path, port: int = 0, **settings: str) -> Iterator[str]:
    """The address of a running dashboard; `settings` are GROUNDSWELL_…, by their names in lower case."""
    port = port or free_port()
    given = {f"GROUNDSWELL_{name.upper()}": value for name, value in settings.items()}
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", f"--server.port={port}"],
            env={**os.environ, "GROUNDSWELL_DSN": dsn, **given}, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{url}/_stcore/health"), 60, lambda: process.poll() is None)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    """Whether something is served there."""
    try:
        with urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def opened(
    browser: Browser, url: str, *, width: int = 1280, scheme: str = "light", locale: str = "en-GB",
    waits_for: str = ".gw-headline, .gw-page",
) -> Page:  # fmt: skip
    """A page in a window of its own, with cookies of its own."""
    viewport = {"width": width, "height": 900}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, locale=locale)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.wait_for_selector(waits_for)
    page.wait_for_selector(".gw-to-come", state="detached")
    return page
