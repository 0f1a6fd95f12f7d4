"""Posts of a scenario, as drawn from a seed: who said what about whom, when, and when we came to see it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

MONDAY: Final = datetime(2026, 3, 2, tzinfo=UTC)
"""Minute 0 of every scenario; what happened before has negative minutes."""
DAY_MIN: Final = 1_440
WEEK_MIN: Final = 7 * DAY_MIN
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRM: Final = "HRBL"
NEGATIVE, NEUTRAL, POSITIVE = -1, 0, 1


class Said(NamedTuple):
    """One post. Times are minutes from `MONDAY`."""

    at: float
    """When it was published, by its own account."""
    seen: float
    """When it came to us."""
    author: int
    feeling: int
    about: str
    """What is said: "usual", or the name of a cause."""
    entities: tuple[str, ...]
    original: bool = True
    gone: float = math.inf
    """When it was deleted."""


Rng = np.random.Generator
Piece = Callable[[Rng, float, float], Iterator[Said]]
"""Draws what one thing brings between two minutes."""
Rhythm = Callable[[float], float]
"""By minute, how many times the mean."""


def at(written: str) -> float:
    """The minute of a day and time, with a number of weeks, if it is not the first.

    >>> at("mon 00:00"), at("tue 09:30"), at("sun 10:00 -1")
    (0.0, 2010.0, -840.0)
    """
    day, time, *week = written.split()
    hours, minutes = time.split(":")
    weeks = int(week[0]) if week else 0
    return float(weeks * WEEK_MIN + _DAYS.index(day) * DAY_MIN + int(hours) * 60 + int(minutes))


def moment(minute: float) -> datetime:
    """A minute as a time of the calendar."""
    return MONDAY + timedelta(minutes=minute)


def rng_of(name: str) -> Rng:
    """The same dice for the same scenario, always."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def flat(minute: float) -> float:
    """As much at any time."""
    return 1.0


def daily(minute: float) -> float:
    """A day of people who sleep: almost nothing at three, twice the mean at three in the afternoon."""
    return 1.0 - 0.93 * math.cos((minute / DAY_MIN - 3 / 24) * 2 * math.pi)


def office(minute: float) -> float:
    """`daily`, with a third of it on Saturday and Sunday."""
    return daily(minute) * (0.4 if minute % WEEK_MIN >= 5 * DAY_MIN else 1.24)


def market(minute: float, opens: float = 14 * 60 + 30) -> float:
    """New York's day in UTC: at its opening six times the hour before, within the minute; hardly a word at weekends."""
    if minute % WEEK_MIN >= 5 * DAY_MIN:
        return 0.25
    into = minute % DAY_MIN - opens
    if 0 <= into < 390:
        return 6.0 if into < 20 else 2.5
    return 1.0 if -240 <= into < 0 else 0.45


def usual(
    per_day: float, negative: float = 0.15, rhythm: Rhythm = flat, *, clumps: float = 1.0, since: float = -math.inf,
    until: float = math.inf, growth: float = 0.0, entity: str = FIRM,
) -> Piece:  # fmt: skip
    """What is said on any day, each post by another person.

    Args:
        negative: the share of negative posts; as many are positive, the rest neutral.
        clumps: variance of a quarter of an hour's count over its mean; 1 is Poisson.
        growth: of the level, a day; 0.05 is five percent.
    """

    def draw(rng: Rng, start: float, end: float) -> Iterator[Said]:
        first, last = max(start, since), min(end, until)
        quarter, swing = None, 1.0
        for minute in range(math.floor(first), math.ceil(last)):
            rate = per_day / DAY_MIN * rhythm(minute) * (1.0 + growth) ** (minute / DAY_MIN)
            if clumps > 1.0 and minute // 15 != quarter:
                quarter = minute // 15
                shape = rate * 15 / (clumps - 1.0)
                swing = rng.gamma(shape) / shape if shape > 1e-9 else 1.0
            for _ in range(rng.poisson(rate * swing)):
                dice = rng.random()
                feeling = NEGATIVE if dice < negative else POSITIVE if dice < 2 * negative else NEUTRAL
                when = minute + rng.random()
                yield Said(when, when, _stranger(rng), feeling, "usual", (entity,))

    return draw


def burst(
    start: float, minutes: float, *, negative: float = 0.0, neutral: float = 0.0, positive: float = 0.0,
    by: int | None = None, about: str = "outage", entities: tuple[str, ...] = (FIRM,), rising: bool = False,
    original: bool = True,
) -> Piece:  # fmt: skip
    """Posts a minute of each feeling, evenly spread, besides what is usual.

    Args:
        by: how many people say all of it; each post has an author of its own when left out.
        rising: from nothing to twice the given rate, in a line.
    """

    def draw(rng: Rng, _start: float, _end: float) -> Iterator[Said]:
        feelings = ((NEGATIVE, negative), (NEUTRAL, neutral), (POSITIVE, positive))
        count = 0
        for feeling, rate in feelings:
            total = round(rate * minutes)
            for n in range(total):
                part = (n + 0.5) / total
                when = start + minutes * (math.sqrt(part) if rising else part)
                count += 1
                yield Said(when, when, -1 - count % by if by else _stranger(rng), feeling, about, entities, original)

    return draw


def _stranger(rng: Rng) -> int:
    return int(rng.integers(1, 2**62))


def changed(piece: Piece, change: Callable[[Said], Said | None]) -> Piece:
    """A piece with every post changed, or dropped where the change is `None`."""

    def draw(rng: Rng, start: float, end: float) -> Iterator[Said]:
        return (after for before in piece(rng, start, end) if (after := change(before)) is not None)

    return draw


def late(piece: Piece, minutes: float) -> Piece:
    """Every post comes to us this much after it was published."""
    return changed(piece, lambda said: said._replace(seen=said.seen + minutes))


def skewed(piece: Piece, minutes: float) -> Piece:
    """The source's clock is ahead (or, negative, behind)."""
    return changed(piece, lambda said: said._replace(at=said.at + minutes))


def held_back(piece: Piece, start: float, end: float, stamped: bool = False) -> Piece:
    """The source is away, and brings all of it within two minutes when it is back; `stamped` bears the time of then."""

    def change(said: Said) -> Said:
        if not start <= said.seen < end:
            return said
        back = end + 2 * (said.seen - start) / (end - start)
        return said._replace(seen=back, at=back if stamped else said.at)

    return changed(piece, change)


def lost(piece: Piece, start: float, end: float) -> Piece:
    """The scraper is away, and what was said meanwhile is never seen."""
    return changed(piece, lambda said: None if start <= said.at < end else said)


def deleted(piece: Piece, start: float, end: float, when: float) -> Piece:
    """What was published between two minutes is deleted at a third."""
    return changed(piece, lambda said: said._replace(gone=when) if start <= said.at < end else said)


def quieter(piece: Piece, start: float, end: float, every: int) -> Piece:
    """Between two minutes, only one post in `every` is written."""

    def change(said: Said) -> Said | None:
        return said if not start <= said.at < end or said.author % every == 0 else None

    return changed(piece, change)
