"""The store's measurement runs on a real PostgreSQL, and times every query that the dashboard has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from groundswell.benchmarks import store
from groundswell.temporary_servers import PostgresServer, temporary, wait_until
from storage.statements import queries


def test_every_query_of_the_dashboard_is_timed_at_every_size() -> None:
    figures = store.measure((300, 900), runs=5)

    assert set(queries()) <= set(figures.p95_ms)
    assert all(len(times) == 2 and min(times) > 0 for times in figures.p95_ms.values())
    assert figures.as_dict()["growth"]["pulse"] == figures.p95_ms["pulse"][1] / figures.p95_ms["pulse"][0]


class NeverAnswers(PostgresServer):
    """Whoever waits for it is told to go, as Ctrl-C does, once the server and its helpers run."""

    begun: ClassVar[list[psutil.Process]] = []

    def answers(self) -> bool:
        server = psutil.Process(self.pid)
        wait_until(lambda: len(server.children()) > 3, 60)
        self.begun.extend([server, *server.children()])
        raise KeyboardInterrupt


def test_a_server_that_is_interrupted_while_it_starts_does_not_stay() -> None:
    with pytest.raises(KeyboardInterrupt), temporary(NeverAnswers):
        pass

    assert len(NeverAnswers.begun) > 4
    _, alive = psutil.wait_procs(NeverAnswers.begun, timeout=10)
    assert alive == []


@pytest.mark.parametrize("when", ["postgres", "spawn_main"], ids=["as its server starts", "while it fills it"])
def test_a_measurement_that_is_ended_leaves_nothing_behind(tmp_path: Path, when: str) -> None:
    bench = subprocess.Popen(
        [sys.executable, "-m", "groundswell", "bench", "store", "--sizes", "200000"],
        env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    begun = psutil.Process(bench.pid)

    def under_way() -> bool:
        return any(when in word for child in begun.children(recursive=True) for word in command_of(child))

    wait_until(under_way, 60)
    left = begun.children(recursive=True)
    bench.terminate()

    # filling takes most of a minute, and is not waited for
    assert bench.wait(20) != 0
    _, alive = psutil.wait_procs(left, timeout=10)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


def command_of(process: psutil.Process) -> list[str]:
    """Empty when it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
