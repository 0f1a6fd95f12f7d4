"""From which value on a statistic is drift: what a quiet month, made of the reference's own days, does not reach.

A month is simulated many times: the reference's days are dealt into two halves, one is the reference, and from the
other a month is drawn, day by day, weekend days for weekends. Its highest window is remembered. What only one month in
very many would reach is the line; how many, follows from how often a false alarm may come over all statistics and
channels together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.drift import STATISTICS, TESTS, WINDOW_DAYS, measure, stack
from core.sketches import Sketch

FALSE_ALARMS_A_MONTH: Final = 0.01
"""Over all statistics and channels together, where days differ as they did in the reference."""
MONTH_DAYS: Final = 30
MONTHS: Final = 300
"""Simulated; the tail beyond them is that of a Gumbel distribution, which highest values tend to."""
SATURDAY: Final = 5
EULER: Final = 0.5772156649


@dataclass(frozen=True, slots=True)
class Lines:
    """Of one channel's reference."""

    lines: Mapping[str, float]
    """By statistic, the value from which on it is drift."""
    posts: float
    """Posts of a window as the reference has them."""

    def at(self, name: str, posts: int) -> float:
        """The line for a window of so many posts: with fewer than usual, chance reaches higher."""
        return self.lines[name] * max(1.0, self.posts / max(1, posts))


def draw_lines(
    reference: Sequence[Sketch],
    rng: np.random.Generator,
    channels: int,
    statistics: Sequence[str] = STATISTICS,
    false_alarms: float = FALSE_ALARMS_A_MONTH,
    months: int = MONTHS,
) -> Lines:
    """Find every statistic's line.

    Args:
        reference: LEAST_DAYS days or more of one channel.
        channels: how many are watched: with `statistics`, the tests that share `false_alarms`.
        false_alarms: expected a month, 0 to 1.
    """
    (days,) = stack(reference)
    weekend = np.array([one.day.weekday() >= SATURDAY for one in reference])
    highest = {name: np.empty(months) for name in statistics}
    for month in range(months):
        quiet, drawn = _dealt(weekend, rng)
        for name, values in measure(days.take(drawn), days.take(quiet), statistics).items():
            highest[name][month] = values.max()
    tail = false_alarms / (channels * TESTS)
    posts = float(np.mean(days.posts) * WINDOW_DAYS)
    return Lines({name: gumbel_quantile(values, tail) for name, values in highest.items()}, posts)


def gumbel_quantile(highest: NDArray[np.float64], tail: float) -> float:
    """What a highest value exceeds with the probability `tail`, by the Gumbel distribution of its mean and scatter.

    >>> rng = np.random.default_rng(1)
    >>> highest = rng.normal(size=(2_000, 50)).max(axis=1)
    >>> bool(3.5 < gumbel_quantile(highest, 0.01) < 4.2)
    True
    """
    scale = float(np.std(highest, ddof=1)) * math.sqrt(6) / math.pi
    place = float(np.mean(highest)) - EULER * scale
    return place - scale * math.log(-math.log1p(-tail))


def _dealt(weekend: NDArray[np.bool_], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the half that is the reference, and a month's rows drawn from the other half."""
    quiet, other = [], []
    for kind in (False, True):
        rows = rng.permutation(np.flatnonzero(weekend == kind))
        quiet.append(rows[: len(rows) // 2])
        other.append(rows[len(rows) // 2 :])
    every = np.concatenate(other)
    start = int(rng.integers(7))
    drawn = []
    for number in range(MONTH_DAYS + WINDOW_DAYS - 1):
        kind = int((start + number) % 7 >= SATURDAY)
        drawn.append(rng.choice(other[kind] if len(other[kind]) else every))
    return np.concatenate(quiet), np.array(drawn)


def as_table(values: Mapping[str, float], lines: Lines, posts: int) -> list[tuple[str, float, float]]:
    """Statistic, value and line, for those that have both."""
    return [(name, value, lines.at(name, posts)) for name, value in values.items() if name in lines.lines]
