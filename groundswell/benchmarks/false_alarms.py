"""How often the detector cries where nothing happens: simulated series, two weeks to learn and then days that count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from core.horizons import FEELING, look
from core.surges import HORIZONS, Bucket, begin, fold, step

MONDAY: Final = datetime(2026, 3, 2, tzinfo=UTC)
LEARNING_DAYS: Final = 14
BLOCK: Final = timedelta(minutes=5)
BLOCKS_A_DAY: Final = 288
LEVELS: Final = (0.1, 0.01, 0.001)
"""Probabilities that are held against how often they occur."""
FEELINGS: Final = (0.15, 0.25)
"""Shares of negative and of positive posts."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of series, in which nothing happens but chance."""

    posts_a_day: float
    swing: float = 0.0
    """Of the day: 0.8 is from a fifth of the mean at three in the morning to 1.8 times it at three in the afternoon."""
    weekend: float = 1.0
    """Posts of a day of the weekend, beside one of the week."""
    clumping: float = 1.0
    """Variance over mean of a quarter of an hour; 1 is Poisson."""


KINDS: Final[Mapping[str, Kind]] = {
    "steady, 5,000 posts a day": Kind(5_000),
    "steady, 500 posts a day": Kind(500),
    "daily rhythm, 1,500 a day": Kind(1_500, swing=0.93),
    "daily and weekly rhythm, 1,500 a day": Kind(1_500, swing=0.8, weekend=0.4),
    "clumps three times as uneven as chance, 5,000 a day": Kind(5_000, swing=0.5, clumping=3.0),
    "sparse, 12 a day": Kind(12, swing=0.8),
    "sparse, 2 a day": Kind(2),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """What came of one kind of series."""

    days: int
    below: tuple[float, ...]
    """Share of days with a look whose p-value is at most each of `LEVELS`."""
    negative_a_week: float
    """Alerts of negative feeling, of one series."""
    attention_a_week: float


def simulate(series: int, days: int, tell: Callable[[str], None]) -> dict[str, Rates]:
    """Watch so many series of each kind for so many days after the learning ones; always the same dice."""
    found = {}
    for number, (name, kind) in enumerate(KINDS.items()):
        tell(name)
        least: list[float] = []
        alerts = {"negative": 0, "attention": 0}
        for one in range(series):
            _watch(kind, np.random.default_rng((number, one)), days, least, alerts)
        weeks = series * days / 7
        found[name] = Rates(
            series * days,
            tuple(sum(p <= math.log10(level) for p in least) / len(least) for level in LEVELS),
            alerts["negative"] / weeks,
            alerts["attention"] / weeks,
        )
    return found


def _watch(kind: Kind, rng: np.random.Generator, days: int, least: list[float], alerts: dict[str, int]) -> None:
    """Notes the least p-value of each day, and counts alerts."""
    state = begin(MONDAY, BLOCK)
    for day, blocks in enumerate(_days(kind, rng, LEARNING_DAYS + days)):
        lowest = 0.0
        for bucket in blocks:
            if day < LEARNING_DAYS:
                state = fold(state, bucket)
                continue
            if bucket.negative:
                seen = look(state, (bucket,), int((bucket.minute + BLOCK).timestamp()), None)
                lowest = min(lowest, *(seen.log10_p_day(FEELING, n) for n in range(len(HORIZONS))))
            state, verdict = step(state, bucket)
            if verdict.alert:
                alerts[verdict.kind.value] += 1
        if day >= LEARNING_DAYS:
            least.append(lowest)


def _days(kind: Kind, rng: np.random.Generator, days: int) -> Iterator[list[Bucket]]:
    hours = (np.arange(BLOCKS_A_DAY) + 0.5) / BLOCKS_A_DAY * 24
    rhythm = 1 - kind.swing * np.cos((hours - 3) / 24 * 2 * math.pi)
    for day in range(days):
        mean = kind.posts_a_day / BLOCKS_A_DAY * rhythm * (kind.weekend if day % 7 >= 5 else 1.0)
        if kind.clumping > 1:
            quarter = np.repeat(mean.reshape(-1, 3).sum(axis=1), 3)
            shape = quarter / (kind.clumping - 1)
            mean = mean * np.repeat(rng.gamma(shape[::3]), 3) / shape
        posts = rng.poisson(mean)
        negative = rng.binomial(posts, FEELINGS[0])
        positive = rng.binomial(posts - negative, FEELINGS[1] / (1 - FEELINGS[0]))
        start = MONDAY + timedelta(days=day)
        yield [
            Bucket(start + n * BLOCK, int(posts[n]), int(negative[n]), int(positive[n]), int(negative[n]))
            for n in range(BLOCKS_A_DAY)
            if posts[n]
        ]


def as_dict(rates: Mapping[str, Rates]) -> dict[str, Any]:
    """As --json writes it."""
    return {
        name: {
            "days": one.days,
            "share_of_days_with_p_at_most": dict(zip(map(str, LEVELS), one.below, strict=True)),
            "negative_alerts_a_week": one.negative_a_week,
            "attention_alerts_a_week": one.attention_a_week,
        }
        for name, one in rates.items()
    }
