"""`groundswell surges detect` and `bench surges`, on files that are made here."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from core.nab import Window
from groundswell.benchmarks.nab import measure, read_folder
from groundswell.cli import build

START = datetime(2026, 1, 5, tzinfo=UTC)
ROWS = 2_000
BURST = 1_500


def write_series(path: Path, seed: int = 3) -> list[str]:
    """A week of Poisson counts every five minutes, with a burst of half an hour."""
    rng = np.random.default_rng(seed)
    values = rng.poisson(10, ROWS)
    values[BURST : BURST + 6] += 120
    stamps = [f"{START + n * timedelta(minutes=5):%Y-%m-%d %H:%M:%S}" for n in range(ROWS)]
    lines = [f"{stamp},{value}" for stamp, value in zip(stamps, values, strict=True)]
    path.write_text("\n".join(("timestamp,value", *lines)) + "\n")
    return stamps


def benchmark(folder: Path) -> Path:
    """Two series laid out as the benchmark's."""
    (folder / "some").mkdir()
    windows = {}
    for seed in (3, 4):
        stamps = write_series(folder / "some" / f"series_{seed}.csv", seed)
        windows[f"some/series_{seed}.csv"] = [[f"{stamps[BURST - 50]}.000000", f"{stamps[BURST + 49]}.000000"]]
    (folder / "windows.json").write_text(json.dumps(windows))
    cost = {"tpWeight": 1.0, "fnWeight": 1.0, "fpWeight": 0.11, "tnWeight": 1.0}
    profiles = {
        "standard": {"CostMatrix": cost},
        "reward_low_FP_rate": {"CostMatrix": cost | {"fpWeight": 0.22}},
        "reward_low_FN_rate": {"CostMatrix": cost | {"fnWeight": 2.0}},
    }
    (folder / "profiles.json").write_text(json.dumps(profiles))
    return folder


def run(*arguments: str) -> str:
    result = CliRunner().invoke(build(arguments), arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_detect_marks_the_burst_and_nothing_else(tmp_path: Path) -> None:
    stamps = write_series(tmp_path / "in.csv")

    said = run("surges", "detect", "--input", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv"))

    with (tmp_path / "out.csv").open() as file:
        found = list(csv.DictReader(file))
    assert [row["timestamp"] for row in found] == stamps
    assert next(n for n, row in enumerate(found) if row["label"] == "1") == BURST
    assert all(BURST <= n < BURST + 6 for n, row in enumerate(found) if row["label"] == "1")
    assert all(0 <= float(row["anomaly_score"]) <= 1 for row in found)
    assert float(found[BURST]["anomaly_score"]) > 0.5 > float(found[BURST - 1]["anomaly_score"])
    assert "alerts in 2,000 rows, 0:05:00 apart" in said


def test_bench_writes_the_figures_that_others_count_on(tmp_path: Path) -> None:
    folder = benchmark(tmp_path)

    run("bench", "surges", "--data", str(folder), "--json", str(tmp_path / "figures.json"))

    figures = json.loads((tmp_path / "figures.json").read_text())
    # the burst's first row is in the middle of each window: worth 2 σ(2.5) - 1 of 2 σ(5) - 1
    assert 90 < figures["nab_standard"] <= 100 * (0.8483 / 0.98661 + 1) / 2 + 0.2
    assert (figures["windows_hit"], figures["windows"], figures["false_points"]) == (2, 2, 0)
    assert figures["nab_low_fp"] == figures["nab_standard"] <= figures["nab_low_fn"]
    assert set(figures["beside"]) == {"leave one out", "windowed Gaussian", "fixed threshold", "fixed times the mean"}


def test_windows_are_found_by_their_times(tmp_path: Path) -> None:
    labelled, profiles = read_folder(benchmark(tmp_path))

    assert [one.windows for one in labelled] == [(Window(BURST - 50, BURST + 49),)] * 2
    assert profiles["low_fp"].false == 0.22


def test_a_detection_outside_every_window_is_listed_as_false(tmp_path: Path) -> None:
    folder = benchmark(tmp_path)
    windows = json.loads((folder / "windows.json").read_text())
    stamps = [f"{START + n * timedelta(minutes=5):%Y-%m-%d %H:%M:%S}.000000" for n in range(ROWS)]
    (folder / "windows.json").write_text(json.dumps({name: [[stamps[900], stamps[950]]] for name in windows}))

    figures = measure(folder, lambda name: None)

    assert figures.outcomes["groundswell"].missed == 2
    assert all(points[0] == stamps[BURST][:-7] for points in figures.false_points.values())
