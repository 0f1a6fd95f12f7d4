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

from core.drift import NEW_WORDS, STATISTICS, TESTS, VOCABULARY, WINDOW_DAYS, measure, stack
from core.sketches import Sketch

FALSE_ALARMS_A_MONTH: Final = 0.01
"""Over all statistics and channels together, where days differ as they did in the reference."""
MONTH_DAYS: Final = 30
MONTHS: Final = 300
"""Simulated; the tail beyond them is that of a Gumbel distribution, which highest values tend to."""
SPAN_DAYS: Final = MONTH_DAYS + WINDOW_DAYS - 1
"""Thirty windows of seven days."""
SATURDAY: Final = 5
REFERENCES: Final = 15
"""The days that are known are one draw of those that there might have been: each of these is another, with its share of
the months."""
OF_WORDS: Final = (VOCABULARY, NEW_WORDS)
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
        months: to simulate; at least two for each of REFERENCES.
    """
    (days,) = stack(reference)
    weekend = np.array([one.day.weekday() >= SATURDAY for one in reference])
    of_words = tuple(name for name in statistics if name in OF_WORDS)
    others = tuple(name for name in statistics if name not in OF_WORDS)
    highest = {name: np.empty((REFERENCES, months // REFERENCES)) for name in statistics}
    drawn = {name: np.empty_like(values) for name, values in highest.items()}
    apart = {name: np.empty_like(values) for name, values in highest.items()}
    for place in np.ndindex(REFERENCES, months // REFERENCES):
        if place[1] == 0:  # another reference that might have been
            rows = _drawn_again(weekend, rng)
        quiet = days.take(rng.choice(rows, len(rows)))
        found = measure(days.take(_drawn(rows, weekend, SPAN_DAYS, rng)), quiet, others)
        # a word that stands in one day's posts would be on most days of a week that has this day four times
        found |= measure(days.take(_drawn(rows, weekend, SPAN_DAYS, rng, WINDOW_DAYS - 1)), quiet, of_words)
        for name, values in found.items():
            highest[name][place], drawn[name][place] = values.max(), values[0]
        week, rest = _dealt(weekend, rng)
        for name, values in measure(days.take(week), days.take(rest), statistics).items():
            apart[name][place] = values[0]
    tail = false_alarms / (channels * TESTS)
    lines = {
        name: mixed_quantile(highest[name], tail) + max(0.0, float(apart[name].mean() - drawn[name].mean()))
        for name in statistics
    }
    return Lines(lines, float(np.mean(days.posts) * WINDOW_DAYS))


def mixed_quantile(highest: NDArray[np.float64], tail: float) -> float:
    """What a highest value exceeds with the probability `tail`, when any of several references may be the true one.

    Args:
        highest: shape (references, months).
    """
    scale = np.std(highest, axis=1, ddof=1) * math.sqrt(6) / math.pi
    place = np.mean(highest, axis=1) - EULER * scale
    scale = np.maximum(scale, 1e-12)
    low, high = float(np.max(place)), float(np.max(place + 40 * scale))
    for _ in range(60):
        middle = (low + high) / 2
        chance = float(np.mean(-np.expm1(-np.exp(-(middle - place) / scale))))
        low, high = (middle, high) if chance > tail else (low, middle)
    return high


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


def _drawn_again(weekend: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """As many rows as there are, each drawn from all of its kind."""
    rows = [np.flatnonzero(weekend == kind) for kind in (False, True)]
    return np.concatenate([rng.choice(kind, len(kind)) for kind in rows if len(kind)])


def _drawn(
    rows: NDArray[np.int64], weekend: NDArray[np.bool_], count: int, rng: np.random.Generator, apart: int = 0
) -> NDArray[np.int64]:
    """Days in a row, each drawn from all of its kind; the same one again only after so many others, where it can be."""
    start = int(rng.integers(7))
    kinds = [of_kind if len(of_kind := rows[weekend[rows] == kind]) else rows for kind in (False, True)]
    found: list[int] = []
    for number in range(count):
        kind = kinds[int((start + number) % 7 >= SATURDAY)]
        fresh = kind[~np.isin(kind, found[-apart:])] if apart else kind
        found.append(int(rng.choice(fresh if len(fresh) else kind)))
    return np.array(found)


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
