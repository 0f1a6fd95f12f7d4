"""The store's measurement runs on a real PostgreSQL, and times every query that the dashboard has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

from groundswell.benchmarks import store
from groundswell.temporary_servers import wait_until
from storage.statements import queries


def test_every_query_of_the_dashboard_is_timed_at_every_size() -> None:
    figures = store.measure((300, 900), runs=5)

    assert set(queries()) <= set(figures.p95_ms)
    assert all(len(times) == 2 and min(times) > 0 for times in figures.p95_ms.values())
    assert figures.as_dict()["growth"]["pulse"] == figures.p95_ms["pulse"][1] / figures.p95_ms["pulse"][0]


def test_a_measurement_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    bench = subprocess.Popen(
        [sys.executable, "-m", "groundswell", "bench", "store", "--sizes", "200000"],
        env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    started = psutil.Process(bench.pid)

    def servers() -> list[psutil.Process]:
        return [child for child in started.children(recursive=True) if child.name() == "postgres"]

    wait_until(lambda: len(servers()) > 3, 60)
    left = servers()
    bench.terminate()

    assert bench.wait(60) != 0
    _, alive = psutil.wait_procs(left, timeout=10)
    assert alive == []
    assert list(tmp_path.iterdir()) == []
