"""The detector on a folder laid out as the Numenta Anomaly Benchmark, beside two plain ones under the same rule.

Ours has one threshold, fixed in the code. The plain ones get, on the series at hand, the threshold that spends the same
alert budget, which is in their favour.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final

from core.errors import SetupError
from core.nab import Outcome, Profile, Window, judge_detections, probation
from core.replays import affordable, raised
from core.surges import Kind, State, begin, step
from groundswell.series_file import CountSeries, read_series

BUDGET_A_WEEK: Final = 1.3
"""Alerts a series and week, after the probation; the code's threshold was set by it, and the others' are."""
GAUSSIAN_ROWS: Final = 1_000
"""As long as the window of the benchmark's own windowed Gaussian."""
PROFILES: Final = {"standard": "standard", "low_fp": "reward_low_FP_rate", "low_fn": "reward_low_FN_rate"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One series of the benchmark."""

    name: str
    series: CountSeries
    windows: tuple[Window, ...]

    def outcome(self, rows: Sequence[int]) -> Outcome:
        return judge_detections(len(self.series.values), self.windows, rows)

    def false_points(self, rows: Sequence[int]) -> list[int]:
        begins = probation(len(self.series.values))
        return [row for row in rows if row >= begins and not any(w.first <= row <= w.last for w in self.windows)]


@dataclass(frozen=True, slots=True)
class Run:
    """One detector on one series."""

    scores: tuple[float, ...]
    rows: tuple[int, ...]
    """Where it raised an alert."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured; `as_dict` is what --json writes."""

    outcomes: Mapping[str, Outcome]
    """By detector, over all series; `leave one out` is ours with the threshold that the other series afford."""
    profiles: Mapping[str, Profile]
    by_series: Mapping[str, Outcome]
    false_points: Mapping[str, tuple[str, ...]]
    """Ours, by series: their times."""
    step_us: tuple[float, float]
    """Median and 99th percentile of one step, judging and folding."""
    state_bytes: int
    """The largest state at the end of a series."""

    def scores(self, detector: str) -> dict[str, float | int]:
        outcome = self.outcomes[detector]
        scores: dict[str, float | int] = {
            f"nab_{name}": round(outcome.score(profile), 2) for name, profile in self.profiles.items()
        }
        return scores | {
            "windows_hit": len(outcome.hits), "windows": outcome.windows, "false_points": len(outcome.falls),
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.scores("groundswell"),
            "beside": {name: self.scores(name) for name in self.outcomes if name != "groundswell"},
            "by_series": {
                name: {"windows_hit": len(o.hits), "windows": o.windows, "false_points": list(self.false_points[name])}
                for name, o in self.by_series.items()
            },
            "step_us": {"median": round(self.step_us[0], 1), "p99": round(self.step_us[1], 1)},
            "state_bytes": self.state_bytes,
        }


def read_folder(folder: Path) -> tuple[list[Labelled], dict[str, Profile]]:
    """The series that windows.json names, and the profiles of profiles.json.

    Raises:
        SetupError: a file is missing or not as it should be.
    """
    try:
        windows: dict[str, list[list[str]]] = json.loads((folder / "windows.json").read_text())
        published = json.loads((folder / "profiles.json").read_text())
        costs = {name: published[key]["CostMatrix"] for name, key in PROFILES.items()}
    except (OSError, ValueError, KeyError) as exc:
        raise SetupError(f"{folder} is not laid out as the benchmark: {exc}") from exc
    profiles = {name: Profile(cost["tpWeight"], cost["fnWeight"], cost["fpWeight"]) for name, cost in costs.items()}
    return [_labelled(folder, name, spans) for name, spans in sorted(windows.items())], profiles


def _labelled(folder: Path, name: str, spans: Sequence[Sequence[str]]) -> Labelled:
    series = read_series(folder / name)
    row_of = {moment: row for row, moment in enumerate(series.times)}
    try:
        bounds = [[row_of[datetime.fromisoformat(end).replace(tzinfo=UTC)] for end in span] for span in spans]
    except (KeyError, ValueError) as exc:
        raise SetupError(f"{folder / name} has no row at {exc}, where windows.json begins or ends a window") from exc
    return Labelled(Path(name).stem, series, tuple(sorted(Window(*pair) for pair in bounds)))


def measure(folder: Path, tell: Callable[[str], None]) -> Figures:
    """Run all detectors over all series.

    Args:
        tell: hears the name of each series before it is read.
    """
    labelled, profiles = read_folder(folder)
    took: list[float] = []
    runs: list[Run] = []
    state_bytes = 0
    for one in labelled:
        tell(one.name)
        run, state = _detect(one.series, took)
        runs.append(run)
        state_bytes = max(state_bytes, len(state.dump()))
    scores = [run.scores for run in runs]
    outcomes = {
        "groundswell": _sum(one.outcome(run.rows) for one, run in zip(labelled, runs, strict=True)),
        "leave one out": _leave_one_out(labelled, scores),
        "windowed Gaussian": _afforded(labelled, [_gaussian(one.series.values) for one in labelled]),
        "fixed threshold": _afforded(labelled, [tuple(map(float, one.series.values)) for one in labelled]),
        "fixed times the mean": _afforded(labelled, [_times_mean(one.series.values) for one in labelled]),
    }
    took.sort()
    return Figures(
        outcomes, profiles, {one.name: one.outcome(run.rows) for one, run in zip(labelled, runs, strict=True)},
        {one.name: tuple(one.series.stamps[row] for row in one.false_points(run.rows))
         for one, run in zip(labelled, runs, strict=True)},
        (statistics.median(took) / 1e3, took[int(0.99 * len(took))] / 1e3), state_bytes,
    )  # fmt: skip


def _detect(series: CountSeries, took: list[float]) -> tuple[Run, State]:
    state = begin(series.times[0], series.bucket_length)
    scores, rows = [], []
    for row, bucket in enumerate(series.buckets()):
        began = time.perf_counter_ns()
        state, verdict = step(state, bucket, kinds=(Kind.ATTENTION,))
        took.append(time.perf_counter_ns() - began)
        scores.append(verdict.score)
        if verdict.alert:
            rows.append(row)
    return Run(tuple(scores), tuple(rows)), state


def _sum(outcomes: Any) -> Outcome:
    return reduce(add, outcomes, Outcome((), 0, ()))


def _after_probation(one: Labelled, scores: Sequence[float]) -> tuple[Sequence[datetime], Sequence[float]]:
    begins = probation(len(scores))
    return one.series.times[begins:], scores[begins:]


def _afforded(labelled: Sequence[Labelled], scores: Sequence[Sequence[float]]) -> Outcome:
    """What a detector does at the threshold that spends the budget on these series."""
    parts = [_after_probation(one, found) for one, found in zip(labelled, scores, strict=True)]
    threshold = affordable(parts, BUDGET_A_WEEK)
    return _sum(
        one.outcome(raised(one.series.times, found, threshold)) for one, found in zip(labelled, scores, strict=True)
    )


def _leave_one_out(labelled: Sequence[Labelled], scores: Sequence[Sequence[float]]) -> Outcome:
    """Each series at the threshold that spends the budget on all the others."""
    parts = [_after_probation(one, found) for one, found in zip(labelled, scores, strict=True)]
    outcome = Outcome((), 0, ())
    for n, one in enumerate(labelled):
        others = parts[:n] + parts[n + 1 :]
        if others:
            outcome += one.outcome(raised(one.series.times, scores[n], affordable(others, BUDGET_A_WEEK)))
    return outcome


def _gaussian(values: Sequence[int]) -> tuple[float, ...]:
    """Standard deviations above the mean of the rows before, a thousand at most."""
    window: deque[int] = deque()
    total = squares = 0
    scores = []
    for value in values:
        size = max(1, len(window))
        mean = total / size
        deviation = math.sqrt(max(0.0, squares / size - mean * mean))
        scores.append((value - mean) / max(deviation, 1e-6) if window else 0.0)
        window.append(value)
        total, squares = total + value, squares + value * value
        if len(window) > GAUSSIAN_ROWS:
            old = window.popleft()
            total, squares = total - old, squares - old * old
    return tuple(scores)


def _times_mean(values: Sequence[int]) -> tuple[float, ...]:
    """How many times the mean of all rows before."""
    total, scores = 0, []
    for row, value in enumerate(values):
        scores.append(value * row / total if total else 0.0)
        total += value
    return tuple(scores)
