"""`groundswell bench pages`: how soon the dashboard's first page stands, how long a refresh takes, and what is held.

First paint is what somebody waits for who opens the page Now in a window without cookies or cache, while the server
runs: from the request for the address to the moment at which the verdict and its figures can be seen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.request import urlopen

import psutil

from core.errors import SetupError
from groundswell.temporary_servers import free_port

VERDICT: Final = ".gw-headline"
FIGURES: Final = ".gw-kpis"
CHART: Final = ".st-key-card-volume svg.marks"
STARTS_S: Final = 120.0
LOOKS: Final = 5
"""Windows in which the first paint is timed, one after the other; the first warms the process up and does not count."""
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    # else each new window of Chromium's loads some 170 files of the browser's own beside the page
    "--disable-features=WebUIContentsPreloadManager",
)  # fmt: skip
ALONE_S: Final = 60.0
"""One window by itself, before the others open."""
EVERY_S: Final = 15.0
SETTLES_S: Final = 60.0
"""Not counted: caches fill."""
OPENS_S: Final = 120.0
"""Ten windows that draw on two cores leave little of them to an eleventh."""


@dataclass(slots=True)
class Figures:
    """What was seen; times in seconds and milliseconds, memory in MB."""

    first_paint_s: list[float] = field(default_factory=list)
    """One window after the other."""
    with_chart_s: list[float] = field(default_factory=list)
    """Until the first chart below the figures is drawn, too."""
    alone_ms: list[float] = field(default_factory=list)
    """From a fragment's request to its end, of one window; what waits for a fragment before it in its page counts."""
    refresh_ms: list[float] = field(default_factory=list)
    """The same, of all windows, which share the machine's cores with the browser that draws them."""
    memory_mb: list[float] = field(default_factory=list)
    """Of the dashboard's process, every 15 s while the windows are open."""
    windows: int = 0

    def as_dict(self) -> dict[str, Any]:
        held = self.memory_mb[int(SETTLES_S / EVERY_S) :] or self.memory_mb
        half = len(held) // 2
        return asdict(self) | {
            "first_paint_median_s": median(self.first_paint_s),
            "with_chart_median_s": median(self.with_chart_s),
            "alone_median_ms": median(self.alone_ms) if self.alone_ms else None,
            "alone_p95_ms": percentile(self.alone_ms, 0.95) if self.alone_ms else None,
            "refresh_median_ms": median(self.refresh_ms) if self.refresh_ms else None,
            "refresh_p95_ms": percentile(self.refresh_ms, 0.95) if self.refresh_ms else None,
            "refreshes": len(self.refresh_ms),
            "memory_most_mb": max(held, default=None),
            "memory_growth_mb": round(median(held[half:]) - median(held[:half]), 1) if half else None,
        }


def percentile(values: list[float], part: float) -> float:
    """The value that `part` of all do not exceed.

    >>> percentile([5.0, 1.0, 3.0, 2.0], 0.75)
    3.0
    """
    ordered = sorted(values)
    return ordered[max(0, -(-int(part * 1_000) * len(ordered) // 1_000) - 1)]


def measure(dsn: str, minutes: float, windows: int, say: Callable[[str], object]) -> Figures:
    """Serve the dashboard over a database that is there, and look at it in Chromium.

    Args:
        dsn: of a database with tables of this version; it is only read.
        minutes: how long the windows stay open.
        windows: of the page Now, at once.
        say: told what goes on.

    Raises:
        SetupError: no Playwright, no Chromium, or the dashboard does not start.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SetupError("this measurement looks through a browser: pip install playwright") from None
    figures = Figures(windows=windows)
    with _served(dsn) as (url, process), sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome")
        path = next(filter(None, map(shutil.which, names)), None) or playwright.chromium.executable_path
        if not Path(path).exists():
            raise SetupError("no Chromium is installed: playwright install chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for number in range(LOOKS + 1):
            paint_s, chart_s = _paint(browser, url)
            if number:
                figures.first_paint_s.append(round(paint_s, 3))
                figures.with_chart_s.append(round(chart_s, 3))
        say(f"first paint {median(figures.first_paint_s):.2f} s")
        if windows:
            with _open(browser, url, 1, figures.alone_ms) as pages:
                pages[0].wait_for_timeout(1_000 * ALONE_S)
            if figures.alone_ms:
                say(f"a refresh {percentile(figures.alone_ms, 0.95):.0f} ms or less, 95 of 100 times")
            with _open(browser, url, windows, figures.refresh_ms) as pages:
                _watch(pages[0], process, minutes, figures)
        browser.close()
    return figures


def _paint(browser: Any, url: str) -> tuple[float, float]:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    began_s = time.monotonic()
    page.goto(url)
    page.wait_for_selector(VERDICT)
    page.wait_for_selector(FIGURES)
    paint_s = time.monotonic() - began_s
    page.wait_for_selector(CHART)
    chart_s = time.monotonic() - began_s
    page.context.close()
    return paint_s, chart_s


@contextmanager
def _open(browser: Any, url: str, windows: int, refresh_ms: list[float]) -> Iterator[list[Any]]:
    pages = []
    for _ in range(windows):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(1_000 * OPENS_S)
        page.on("websocket", lambda socket: _time(socket, refresh_ms))
        page.goto(url)
        page.wait_for_selector(CHART)
        pages.append(page)
    yield pages
    for page in pages:
        page.context.close()


def _watch(page: Any, process: psutil.Process, minutes: float, figures: Figures) -> None:
    end_s = time.monotonic() + 60 * minutes
    while time.monotonic() < end_s:
        figures.memory_mb.append(round(process.memory_info().rss / 2**20, 1))
        page.wait_for_timeout(1_000 * min(EVERY_S, max(0.1, end_s - time.monotonic())))


def _time(socket: Any, refresh_ms: list[float]) -> None:
    """Note how long the page's fragments take, by what goes over its socket."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    # a fragment that asks again before it was run is run once, so that requests and ends are matched by its name
    asked_s: dict[str, float] = {}
    running: set[str] = set()

    def sent(frame: str | bytes) -> None:
        message = BackMsg()
        with suppress(Exception):
            message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode("latin-1"))
            if message.rerun_script.fragment_id:
                asked_s.setdefault(message.rerun_script.fragment_id, time.monotonic())

    def received(frame: str | bytes) -> None:
        message = ForwardMsg()
        with suppress(Exception):
            message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode("latin-1"))
            match message.WhichOneof("type"):
                case "delta" if message.delta.fragment_id:
                    running.add(message.delta.fragment_id)
                case "script_finished":
                    ended = [asked_s.pop(name) for name in running if name in asked_s]
                    refresh_ms.extend(round(1_000 * (time.monotonic() - began_s), 1) for began_s in ended)
                    running.clear()

    socket.on("framesent", sent)
    socket.on("framereceived", received)


@contextmanager
def _served(dsn: str) -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [sys.executable, "-m", "dashboard", f"--server.port={port}"]
    process = subprocess.Popen(
        arguments, env=os.environ | {"GROUNDSWELL_DSN": dsn}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end_s = time.monotonic() + STARTS_S
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > end_s:
                raise SetupError("the dashboard did not start; `python -m dashboard` says why")
            time.sleep(0.2)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    with suppress(OSError), urlopen(f"{url}/_stcore/health", timeout=2) as response:
        return bool(response.status == 200)
    return False
