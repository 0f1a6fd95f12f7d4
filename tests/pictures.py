"""Takes pictures of every page, in both themes and both widths: `python -m tests.pictures FOLDER`.

The data are the invented outage of `tests.seed`, or with `--dsn` whatever a PostgreSQL holds. `--readme` takes the
three pictures of the README in place of all, small enough for a repository.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from core.errors import DatabaseUnavailable
from core.reviews import Approval, Reason, Rejection, Reviewer, Ruling
from core.settings import Settings
from models.registering import ensure_champion
from storage.postgres import Database
from tests.e2e.boards import chromium, dashboard, opened
from tests.seed import REPLY, go_on, seed
from tests.services import PostgresServer, served

WIDTHS: Final = (1280, 400)
THEMES: Final = ("light", "dark")
TALLEST_PX: Final = 4_000
README: Final = {"now": 1_000, "incident": 1_000, "replies": 1_000}
"""Pages of the README's pictures, with their heights in pixels."""
CLERKS: Final = (Reviewer("Ana Lyst", "ana"), Reviewer("Rex View", "rex"))
COLOURS: Final = 256
"""Of a README's picture; more are hardly told apart on a page of flat colours."""
SETTLED: Final = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('.gw-to-come, [data-testid=stSkeleton]')
    && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(one => one.querySelector('svg.marks'))
    && document.fonts.status === 'loaded'"""


def paths(dsn: str) -> dict[str, str]:
    """Every page's address by its name, with an incident and a post that are there."""
    with closing(Database(dsn)) as database:
        day = datetime.now(UTC) - timedelta(days=400)
        incidents = database.read("incidents", since=day, count=1)
        posts = database.read("notable_posts", since=day, sentiment="negative", least_p=0.5, count=1)
    incident = incidents[0]["incident_id"] if incidents else ""
    post = posts[0]["post_id"] if posts else ""
    return {
        "now": "", "incident": f"incident?incident={incident}", "explore": "explore", "pairs": "explore?columns=topic",
        "post": f"post?post={post}", "labels": "labels", "model": "model", "replies": "replies", "sources": "sources",
        "admin": "admin",
    }  # fmt: skip


@contextmanager
def invented() -> Iterator[str]:
    """The DSN of a PostgreSQL of its own with four hours of posts, the shipped model and some verdicts; more come."""
    with served(PostgresServer) as postgres:
        dsn = postgres.create_database()
        with closing(Database(dsn)) as database:
            database.migrate()
            seed(database, datetime.now(UTC))
            ensure_champion(database.models, Settings().weights, lambda: datetime.now(UTC))
            decide(database)
        live = threading.Thread(target=go_on_while_it_answers, args=(dsn,), daemon=True)
        live.start()
        yield dsn


def decide(database: Database) -> None:
    """Verdicts of two people, on the drafts that wait longest."""
    waiting = sorted(database.read("drafts_waiting", count=40), key=lambda row: row["requested_at"])
    rulings: list[Ruling] = [
        Approval(REPLY),
        Approval(REPLY),
        Approval(f"{REPLY} Ask for Ana."),
        Rejection(next(iter(Reason))),
    ]
    for number, row in enumerate(waiting[:16]):
        clerk = CLERKS[number % len(CLERKS)]
        at = row["requested_at"] + timedelta(minutes=4 + number % 3)
        database.reviews.claim(row["post_id"], clerk, at, timedelta(minutes=5))
        database.reviews.decide(row["post_id"], rulings[number % len(rulings)], clerk, at)


def go_on_while_it_answers(dsn: str) -> None:
    with suppress(DatabaseUnavailable), closing(Database(dsn)) as database:
        go_on(database)


def settle(page: Page) -> None:
    """Wait until nothing is under way: three looks in a row, since a page runs in several parts."""
    for _ in range(3):
        page.wait_for_function(SETTLED)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")


def whole(page: Page, width: int) -> bytes:
    """A picture of all that can be scrolled to."""
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(TALLEST_PX, max(900, height + 4))})
    settle(page)
    return page.screenshot()


def small(picture: bytes) -> bytes:
    """The same as a PNG of few colours."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def take_all(browser: Browser, url: str, dsn: str, folder: Path) -> None:
    """Every page, theme and width."""
    for name, path in paths(dsn).items():
        for theme in THEMES:
            for width in WIDTHS:
                page = opened(browser, f"{url}/{path}", width=width, scheme=theme)
                settle(page)
                _write(folder / f"{name}-{theme}-{width}.png", whole(page, width))
                page.context.close()


def take_for_readme(browser: Browser, url: str, dsn: str, folder: Path) -> None:
    """The README's pictures: light, 1280 pixels wide."""
    for name, height in README.items():
        page = opened(browser, f"{url}/{paths(dsn)[name]}")
        page.set_viewport_size({"width": 1280, "height": height})
        settle(page)
        if name == "replies":
            row = page.locator("[class*=st-key-queued-]").filter(has_text=re.compile(r"\b[Aa]pp\b"))
            row.first.locator("button").click()
            page.wait_for_selector("[class*=st-key-approve-] button")
            settle(page)
        _write(folder / f"{name}.png", small(page.screenshot()))
        page.context.close()


def _write(file: Path, picture: bytes) -> None:
    file.write_bytes(picture)
    print(f"{file} {len(picture) / 1_000:.0f} kB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dsn", help="a filled PostgreSQL, instead of one of its own")
    parser.add_argument("--readme", action="store_true", help="the three pictures of the README alone")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    take = take_for_readme if asked.readme else take_all
    with (
        nullcontext(asked.dsn) if asked.dsn else invented() as dsn,
        tempfile.TemporaryDirectory() as logs,
        dashboard(dsn, Path(logs) / "log") as url,
        sync_playwright() as playwright,
    ):
        browser = chromium(playwright)
        take(browser, url, dsn, asked.folder)
        browser.close()


if __name__ == "__main__":
    main()
