"""Times things that shall be compared: in turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of several measurements, with the least and the greatest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """
        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(median=2.0, low=1.0, high=3.0)
        """
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)} to {number(self.high)})"


def number(value: float) -> str:
    """Three digits that count.

    >>> number(1234.5), number(12.345), number(0.01234)
    ('1,234', '12.3', '0.0123')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def in_turns(contenders: Mapping[str, Callable[[], int]], repeats: int) -> dict[str, list[float]]:
    """Run every contender once to warm it up, then all of them in turns.

    Args:
        contenders: each does its work once and returns how many items that was.
        repeats: rounds, > 0.

    Returns:
        By name, items a second in each round.
    """
    for work in contenders.values():
        work()
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, work in contenders.items():
            began_s = time.perf_counter()
            count = work()
            rates[name].append(count / (time.perf_counter() - began_s))
    return rates


def ratios(rates: Mapping[str, Sequence[float]], mine: str, other: str) -> Spread:
    """How many times as fast one is as another, round by round.

    >>> ratios({"a": [10.0, 30.0], "b": [5.0, 10.0]}, "a", "b")
    Spread(median=2.5, low=2.0, high=3.0)
    """
    return Spread.of([a / b for a, b in zip(rates[mine], rates[other], strict=True)])
