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
SPAN_DAYS: Final = MONTH_DAYS + WINDOW_DAYS - 1
"""Thirty windows of seven days."""
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
    drawn = {name: np.empty(months) for name in statistics}
    apart = {name: np.empty(months) for name in statistics}
    for month in range(months):
        quiet = days.take(_drawn(weekend, len(weekend), rng))
        for name, values in measure(days.take(_drawn(weekend, SPAN_DAYS, rng)), quiet, statistics).items():
            highest[name][month], drawn[name][month] = values.max(), values[0]
        week, others = _dealt(weekend, rng)
        for name, values in measure(days.take(week), days.take(others), statistics).items():
            apart[name][month] = values[0]
    tail = false_alarms / (channels * TESTS)
    lines = {
        name: gumbel_quantile(highest[name], tail) + max(0.0, float(apart[name].mean() - drawn[name].mean()))
        for name in statistics
    }
    return Lines(lines, float(np.mean(days.posts) * WINDOW_DAYS))


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


def _drawn(weekend: NDArray[np.bool_], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows of days in a row, each drawn from all of its kind, as often as it comes."""
    start = int(rng.integers(7))
    wanted = (start + np.arange(count)) % 7 >= SATURDAY
    every = np.arange(len(weekend))
    kinds = [rows if len(rows := np.flatnonzero(weekend == kind)) else every for kind in (False, True)]
    return np.array([rng.choice(kinds[int(kind)]) for kind in wanted])


def _dealt(weekend: NDArray[np.bool_], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of one week, a quarter of the days of each kind, and of the others."""
    week, others = [], []
    for kind, days in ((False, 5), (True, 2)):
        rows = rng.permutation(np.flatnonzero(weekend == kind))
        week.append(rows[:days])
        others.append(rows[days:])
    whole = np.concatenate(week), np.concatenate(others)
    if len(whole[0]) < WINDOW_DAYS or len(whole[1]) < WINDOW_DAYS:  # a channel that rests on some days of the week
        rows = rng.permutation(len(weekend))
        return rows[:WINDOW_DAYS], rows[WINDOW_DAYS:]
    return whole


def as_table(values: Mapping[str, float], lines: Lines, posts: int) -> list[tuple[str, float, float]]:
    """Statistic, value and line, for those that have both."""
    return [(name, value, lines.at(name, posts)) for name, value in values.items() if name in lines.lines]
