"""What a series usually brings: by hour of the week, how far counts scatter about it, and how well it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np

from core.week import BLOCK_S, DAY_S, FADE_H, HOUR_S, WEEK_H, WEEKDAYS, WEEKEND, Vector

PRIOR_POSTS: Final = 1.0
PRIOR_H: Final = 1 / 6
"""The gamma prior of a level: what is never seen is taken to bring one post in ten minutes, as loosely as one post seen
in ten minutes says it."""
LEARN_H: Final = 1.0
LEARN_POSTS: Final = 4.0
"""An hour of the week is taken to be like its neighbours in the hierarchy until it has been seen for some hours and has
brought some posts: this much of the neighbours' level is mixed in."""
EVIDENCE: Final = 10.0
"""On its first day a level is taken as known no better than ten posts would say (± 32 %), since its rhythm has not been
seen; every further day adds as much, up to ± 6 %."""
SCATTER: Final = 1.2
"""Variance over mean of five-minute counts where nothing is known: posts answer each other."""
SCATTER_BLOCKS: Final = 8.0
SCATTER_POSTS: Final = 10.0
"""How much is to be seen before a horizon's own scatter is believed as much as the next shorter one's."""
MOST_SCATTER: Final = np.array([4.0, 8.0, 16.0])
"""Of negative posts: what scatters more than this, by horizon, is taken for incidents and not for habit."""
CAP_POSTS: Final = 8
CAP_DEVIATIONS: Final = 6.0
"""So many negative posts, and as many standard deviations, above what is usual are learnt at once; more is an incident,
not a habit. Posts of any feeling are learnt as they come: a series talked about in bursts raises its own bar."""
HEADS: Final = 2


class Sums(Protocol):
    """What a level is worked out from: the sums of a state."""

    @property
    def began_s(self) -> int: ...
    @property
    def interval_s(self) -> int: ...
    @property
    def hour(self) -> int: ...
    @property
    def profile(self) -> Vector: ...
    @property
    def squares(self) -> Vector: ...


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The usual level of one head (posts, or negative posts) as of the beginning of an hour."""

    posts: float
    """Faded posts before this hour."""
    hours: float
    """Faded hours watched before this hour."""
    rhythm: tuple[float, ...]
    """168 factors about 1, by hour of the week."""
    scatter: tuple[float, ...]
    """Variance over mean of counts of five minutes, an hour and a day."""

    def span(self, start_s: int, end_s: int) -> float:
        """How many usual hours a span is worth: its hours, each times its factor of the rhythm."""
        total, at_s = 0.0, start_s
        while at_s < end_s:
            hour = at_s // HOUR_S
            until_s = min(end_s, (hour + 1) * HOUR_S)
            total += self.rhythm[hour % WEEK_H] * (until_s - at_s)
            at_s = until_s
        return total / HOUR_S


@lru_cache(maxsize=1)
def _ages() -> Vector:
    """Shape (168, 168): how much of each hour of the week an endless memory holds, by the hour of the week it is."""
    now, slot = np.meshgrid(np.arange(WEEK_H), np.arange(WEEK_H), indexing="ij")
    ages: Vector = np.exp(-((now - 1 - slot) % WEEK_H) / FADE_H) / (1 - math.exp(-WEEK_H / FADE_H))
    return ages


def exposure(sums: Sums, hour: int) -> Vector:
    """Shape (168,): faded hours that each hour of the week has been watched before this hour began."""
    first, into_s = divmod(sums.began_s, HOUR_S)
    if hour <= first:
        return np.zeros(WEEK_H)
    lost = math.exp(-(hour - first) / FADE_H)
    seen: Vector = _ages()[hour % WEEK_H] - lost * _ages()[first % WEEK_H]
    seen[first % WEEK_H] -= into_s / HOUR_S * lost * math.exp(1 / FADE_H)
    return np.maximum(seen, 0.0)


def level_of(sums: Sums) -> tuple[Level, Level]:
    """The usual levels of posts and of negative posts as of the beginning of `sums.hour`."""
    seen = exposure(sums, sums.hour)
    hours = float(seen.sum())
    posts = sums.profile.sum(axis=1)
    rate = (posts + PRIOR_POSTS) / (hours + PRIOR_H)
    by_class, by_hour = _rates(sums.profile, seen, rate)
    scatter = _scatter(sums, seen, by_class, posts, rate)
    scatter[:, 1] = np.minimum(scatter[:, 1], MOST_SCATTER)
    rhythm = by_hour / rate[:, None]
    first, second = (
        Level(float(posts[n]), hours, tuple(rhythm[n].tolist()), tuple(scatter[:, n].tolist())) for n in range(HEADS)
    )
    return first, second


def cap(level: Level, start_s: int, place: int, block_s: int) -> int:
    """The most posts that are learnt of a block, an hour or a day that begins then."""
    length_s = (block_s, HOUR_S, DAY_S)[min(place, 2)]
    rate = (level.posts + PRIOR_POSTS) / (level.hours + PRIOR_H)
    mean = rate * level.span(start_s, start_s + length_s)
    known = min(level.posts + PRIOR_POSTS, EVIDENCE * (1 + level.hours / 24))
    deviation = math.sqrt(level.scatter[min(place, 2)] * mean + mean * mean / known)
    return CAP_POSTS + math.ceil(mean + CAP_DEVIATIONS * deviation)


def _rates(profile: Vector, seen: Vector, rate: Vector) -> tuple[Vector, Vector]:
    """Posts an hour, shape (2, 168): by hour of the day on weekdays or the weekend, and by hour of the week.

    Each level of the hierarchy (all, hour of the day, that on weekdays or the weekend, hour of the week) is drawn
    toward the one above by a fixed exposure.
    """
    drawn = (LEARN_H + LEARN_POSTS / rate)[:, None]
    week, watched = profile.reshape(HEADS, 7, 24), seen.reshape(7, 24)
    of_day = (week.sum(axis=1) + drawn * rate[:, None]) / (watched.sum(axis=0) + drawn)
    by_class = np.empty_like(week)
    for rows in (WEEKDAYS, WEEKEND):
        some = (week[:, rows].sum(axis=1) + drawn * of_day) / (watched[rows].sum(axis=0) + drawn)
        by_class[:, rows] = some[:, None]
    flat = by_class.reshape(HEADS, WEEK_H)
    return flat, (profile + drawn * flat) / (seen + drawn)


def _scatter(sums: Sums, seen: Vector, rates: Vector, posts: Vector, rate: Vector) -> Vector:
    """Variance over mean, shape (3, 2): sums of squares about the rhythm, each drawn toward the next shorter one."""
    crossed, squared = (sums.profile * rates).sum(axis=1), (seen * rates * rates).sum(axis=1)
    block_h = max(BLOCK_S, sums.interval_s) / HOUR_S
    found = [np.full(HEADS, SCATTER)]
    for place, length_h in ((0, block_h), (1, 1.0)):
        around = sums.squares[:, place] - 2 * length_h * crossed + length_h * squared
        found.append(_drawn(around, posts, found[-1], rate * length_h))
    around = np.zeros(HEADS)
    for place, rows in ((2, WEEKDAYS), (3, WEEKEND)):
        days = seen.reshape(7, 24)[rows].sum() / 24
        if days > 2:
            total = sums.profile.reshape(HEADS, 7, 24)[:, rows].sum(axis=(1, 2))
            around += (sums.squares[:, place] - total * total / days) * days / (days - 1)
    found.append(_drawn(around, posts, found[-1], rate * 24))
    return np.array(found[1:])


def _drawn(around: Vector, posts: Vector, shorter: Vector, block: Vector) -> Vector:
    weight = SCATTER_POSTS + SCATTER_BLOCKS * block
    scatter: Vector = (np.maximum(around, 0.0) + shorter * weight) / (posts + weight)
    return np.maximum(scatter, 1.0)
