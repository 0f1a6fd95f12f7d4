"""The score of the Numenta Anomaly Benchmark: early detections inside labelled windows pay, others cost.

Source: Lavin & Ahmad 2015, Evaluating Real-time Anomaly Detection Algorithms, sec. 3; where the paper leaves a detail
open (the rows of probation, positions within a window), as the benchmark's own scorer of version 1.1 has it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

PROBATION: Final = 0.15
PROBATION_ROWS: Final = 5_000
"""Detections in the first 15 % of a series count for nothing; in a longer series, in as many rows as in one of
this length."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What matters to whom: weights of a window hit, of one missed, and of a false detection."""

    hit: float = 1.0
    missed: float = 1.0
    false: float = 0.11


STANDARD: Final = Profile()
LOW_FP: Final = Profile(false=0.22)
LOW_FN: Final = Profile(missed=2.0)


class Window(NamedTuple):
    """Rows of a labelled anomaly, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a detector did on one or several series."""

    hits: tuple[float, ...]
    """For each window hit, the worth of its best detection: 1 at its first row, near 0 at its last."""
    missed: int
    falls: tuple[float, ...]
    """For each false detection its worth, -1 far behind any window and nearer 0 just behind one."""

    @property
    def windows(self) -> int:
        return len(self.hits) + self.missed

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.hits + other.hits, self.missed + other.missed, self.falls + other.falls)

    def score(self, profile: Profile) -> float:
        """From 100 (each window at its first row, nothing false) past 0 (nothing detected) down."""
        raw = profile.hit * math.fsum(self.hits) - profile.missed * self.missed + profile.false * math.fsum(self.falls)
        nothing, perfect = -profile.missed * self.windows, profile.hit * self.windows
        return 100 * (raw - nothing) / (perfect - nothing)


def probation(rows: int) -> int:
    """How many rows at the beginning count for nothing.

    >>> probation(100), probation(15_902)
    (15, 750)
    """
    return math.floor(min(PROBATION * rows, PROBATION * PROBATION_ROWS) + 1e-9)


def worth(position: float) -> float:
    """The scaled sigmoid: 0.987 at -1, 0 at 0, -1 from 3 on.

    >>> round(worth(-1), 5), worth(0), round(worth(1), 5), worth(3)
    (0.98661, 0.0, -0.98661, -1.0)
    """
    return -1.0 if position >= 3 else 2 / (1 + math.exp(5 * position)) - 1


def judge_detections(rows: int, windows: Sequence[Window], detections: Collection[int]) -> Outcome:
    """Compare the rows at which a detector cried with the labelled windows.

    Args:
        windows: in order, apart from each other; one that lies in the probation altogether does not count.
    """
    begins = probation(rows)
    counted = [row for row in sorted(set(detections)) if begins <= row < rows]
    hits, missed, falls = [], 0, []
    for window in windows:
        if window.last < begins:
            continue
        inside = next((row for row in counted if window.first <= row <= window.last), None)
        if inside is None:
            missed += 1
        else:
            width = window.last - window.first + 1
            hits.append(worth(-(window.last - inside + 1) / width) / worth(-1))
    for row in counted:
        if not any(window.first <= row <= window.last for window in windows):
            falls.append(_fall(row, windows))
    return Outcome(tuple(hits), missed, tuple(falls))


def _fall(row: int, windows: Sequence[Window]) -> float:
    before = [window for window in windows if window.last < row]
    if not before:
        return -1.0
    width = before[-1].last - before[-1].first
    return worth((row - before[-1].last) / width) if width else -1.0
