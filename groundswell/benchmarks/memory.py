"""`groundswell bench memory`: what the parts of a running stack hold in memory, and whether it grows."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import SetupError
from core.settings import Settings
from groundswell import leftovers
from groundswell.datafolder import DataFolder
from groundswell.table import memory_mb

EVERY_S: Final = 5.0
SETTLES_S: Final = 60.0
"""Not counted: caches fill, the first pages are drawn."""
REFRESH_S: Final = 5.0
"""A viewer's page runs again this often, as its fragments do."""
BLOCKS: Final = 200
"""Resamples for the slope's interval."""


@dataclass(frozen=True, slots=True)
class Held:
    """One part's memory over a run, in MB."""

    most: float
    last: float
    slope_mb_an_hour: float
    slope_low: float
    slope_high: float
    """95 % of the slope, by resampling blocks of a minute."""

    @property
    def grows(self) -> bool:
        """Whether all of the interval is above nothing."""
        return self.slope_low > 0


def measure(settings: Settings, minutes: float, viewers: int, say: Callable[[str], object]) -> dict[str, Held]:
    """Run the whole demo in a folder of its own, with some viewers at the dashboard, and sample its memory.

    Args:
        settings: ports and the rest, as for `up`.
        minutes: > 1; the first one does not count.
        viewers: sessions open at the dashboard.
        say: told what goes on.

    Returns:
        By part; "all" is the sum of the parts.

    Raises:
        SetupError: the stack does not start.
    """
    with (
        tempfile.TemporaryDirectory(prefix="groundswell-", ignore_cleanup_errors=True) as name,
        _stack(Path(name), say),
    ):
        processes = leftovers.running(DataFolder(Path(name)).processes_path)
        pids = {part: process.pid for part, process in processes.items() if part != "guard"}
        with _viewing(settings.dashboard_port, viewers):
            return {part: held(samples) for part, samples in _sampled(pids, minutes, say).items()}


def held(samples: Sequence[tuple[float, float]]) -> Held:
    """What samples of (seconds, MB) say, at least four of them after the first minute.

    >>> found = held([(float(second), 100.0 + second / 36) for second in range(60, 660, 5)])
    >>> round(found.slope_mb_an_hour), found.grows
    (100, True)
    """
    times, sizes = np.array(samples).T
    settled = times >= min(SETTLES_S, times[-1] / 2)
    times, sizes = times[settled], sizes[settled]
    rng = np.random.default_rng(0)
    blocks = np.array_split(np.arange(len(times)), max(2, round((times[-1] - times[0]) / 60)))
    slopes = []
    for _ in range(BLOCKS):
        rows = np.concatenate([blocks[pick] for pick in rng.integers(len(blocks), size=len(blocks))])
        if np.ptp(times[rows]) > 0:
            slopes.append(_slope(times[rows], sizes[rows]))
    low, high = np.percentile(slopes, (2.5, 97.5))
    return Held(float(sizes.max()), float(sizes[-1]), _slope(times, sizes), float(low), float(high))


def _slope(times: Any, sizes: Any) -> float:
    """MB an hour, by least squares."""
    return float(3_600 * np.polyfit(times, sizes, 1)[0])


def _sampled(pids: Mapping[str, int], minutes: float, say: Callable[[str], object]) -> dict[str, list[Any]]:
    samples: dict[str, list[Any]] = {part: [] for part in (*pids, "all")}
    began_s = time.monotonic()
    while (at_s := time.monotonic() - began_s) < 60 * minutes:
        now = {part: memory_mb(pid) or 0.0 for part, pid in pids.items()}
        now["all"] = sum(now.values())
        for part, size in now.items():
            samples[part].append((at_s, size))
        if len(samples["all"]) % 12 == 1:
            say(f"{at_s / 60:.0f} of {minutes:g} minutes: {now['all']:,.0f} MB in all")
        time.sleep(EVERY_S)
    return samples


@contextmanager
def _stack(folder: Path, say: Callable[[str], object]) -> Iterator[None]:
    """The demo, whole, until the context ends. Raises SetupError."""
    command = [sys.executable, "-m", "groundswell"]
    say("starting the demo, Airflow too")
    if subprocess.run([*command, "up", "--detach", "--data-dir", str(folder)], check=False).returncode != 0:
        raise SetupError("the demo did not start, for the reason that `groundswell up` gives above")
    try:
        yield
    finally:
        subprocess.run([*command, "down", "--data-dir", str(folder)], check=False)


@contextmanager
def _viewing(port: int, viewers: int) -> Iterator[None]:
    """Sessions that run the first page again and again, as open browsers do."""
    stop = threading.Event()

    async def all_of_them() -> None:
        await asyncio.gather(*(_view(port, stop) for _ in range(viewers)))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(2 * REFRESH_S)


async def _view(port: int, stop: threading.Event) -> None:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from websockets import Subprotocol, connect

    run = BackMsg()
    run.rerun_script.query_string = ""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None, proxy=None) as connection:
        while not stop.is_set():
            await connection.send(run.SerializeToString())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_S):
                    async for _ in connection:
                        pass
