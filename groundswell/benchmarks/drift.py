"""Simulated months of real posts, quiet and shifted: how often drift is seen without reason, and how soon with one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.drift import REFERENCE_DAYS, STATISTICS, WINDOW_DAYS, measure, stack
from core.drift_lines import FALSE_ALARMS_A_MONTH, MONTH_DAYS, SATURDAY, Lines, draw_lines
from core.ports import Reader
from core.scoring import Scores
from core.sketches import Sketch, sketch
from groundswell.benchmarks.drift_posts import Days, Shift, number_of, raised, read_days, shifts

WEEKEND_DAYS: Final = REFERENCE_DAYS // 7 * 2
SHIFTED_ON: Final = 10
"""Days of a shifted month before its shift."""
AT_ONCE: Final = 512


class Told(Protocol):
    def __call__(self, words: str, /) -> None: ...


@dataclass(slots=True)
class Seen:
    """What came of one shift's months."""

    shift: Shift
    delays: list[int | None] = field(default_factory=list)
    """Days from the shift's first day to the day on which it was seen, that day included; `None` where it never was."""
    by: Counter[str] = field(default_factory=Counter)
    """The statistics that saw it first."""

    @property
    def in_time(self) -> int:
        return sum(delay is not None and delay <= WINDOW_DAYS for delay in self.delays)


@dataclass(slots=True)
class Figures:
    """What one run found."""

    posts: dict[str, int]
    """By channel, in the pool of days."""
    days: dict[str, int]
    months: int
    alarms: list[tuple[int, str, str]]
    """In quiet months: which one, channel and statistic."""
    seen: list[Seen]
    since_then: dict[str, dict[str, int]]
    """By channel and statistic: days over the line, of the real days after the first four weeks, in their order."""
    watched: dict[str, int]
    """By channel, so many such days."""

    @property
    def months_with_alarms(self) -> int:
        return len({month for month, _channel, _name in self.alarms})

    def as_dict(self) -> dict[str, Any]:
        """As --json writes it."""
        return {
            "posts": self.posts, "days": self.days, "quiet_months": self.months,
            "quiet_months_with_alarms": self.months_with_alarms, "false_alarms_a_month_asked": FALSE_ALARMS_A_MONTH,
            "alarms": [list(alarm) for alarm in self.alarms], "stated_delay_days": WINDOW_DAYS,
            "shifts": [
                {
                    "shift": one.shift.name, "channel": one.shift.channel, "size": one.shift.size,
                    "months": len(one.delays), "seen_in_time": one.in_time, "delays_days": one.delays,
                    "seen_by": dict(one.by.most_common()),
                }
                for one in self.seen
            ],
            "real_days_in_order": {"watched": self.watched, "over_the_line": self.since_then},
        }  # fmt: skip


def measure_drift(data: Path, reader: Reader, months: int, tell: Told) -> Figures:
    """Read the posts, judge each once, and watch months that are drawn of their days; always the same dice.

    Args:
        data: folder of the public data sets.
        months: quiet ones, and as many of each shift.

    Raises:
        SetupError: the data is not there.
        ModelUnusable: from the reader.
    """
    days = read_days(data)
    judge = _Judge(reader, tell)
    pools = {channel: judge.sketches(channel, found) for channel, found in days.items()}
    shifted = [
        (shift, judge.sketches(shift.channel, _shifted(shift, days[shift.channel], judge))) for shift in shifts()
    ]
    figures = Figures(
        {channel: sum(map(len, found.values())) for channel, found in days.items()},
        {channel: len(found) for channel, found in days.items()},
        months, [], [Seen(shift) for shift, _ in shifted], {}, {},
    )  # fmt: skip
    for month in range(months):
        tell(f"month {month + 1} of {months}")
        _watch(month, pools, shifted, figures)
    tell("the real days in their order")
    for channel, pool in pools.items():
        _in_order(channel, pool, len(pools), figures)
    return figures


class _Judge:
    """Makes sketches; every text is judged once."""

    def __init__(self, reader: Reader, tell: Told) -> None:
        self._reader, self._tell = reader, tell
        self._known: dict[str, tuple[Scores, NDArray[np.float32]]] = {}

    def sketches(self, channel: str, days: Days) -> list[Sketch]:
        self.read([text for texts in days.values() for text in texts])
        found = []
        for day, texts in days.items():
            known = [self._known[text] for text in texts]
            vectors = np.stack([vector for _, vector in known])
            found.append(sketch(day, channel, texts, [scores for scores, _ in known], vectors))
        return found

    def topic(self, text: str) -> str:
        return self._known[text][0].topic

    def read(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), AT_ONCE):
            self._tell(f"judging posts: {len(new) - start:,} to go")
            part = new[start : start + AT_ONCE]
            found = zip(self._reader.classify(part), self._reader.embed(part), strict=True)
            self._known.update(zip(part, found, strict=True))


def _shifted(shift: Shift, days: Days, judge: _Judge) -> Days:
    if shift.change is not None:
        return {day: tuple(map(shift.change, texts)) for day, texts in days.items()}
    by_topic: dict[str, list[str]] = defaultdict(list)
    for texts in days.values():
        for text in texts:
            by_topic[judge.topic(text)].append(text)
    # the third in size: neither what everybody speaks of, nor a topic of a few posts
    topic = sorted(by_topic, key=lambda name: -len(by_topic[name]))[2]
    spare = sorted(by_topic[topic], key=number_of)
    return {day: tuple(raised(texts, spare, day, shift.share)) for day, texts in days.items()}


def _watch(
    month: int,
    pools: Mapping[str, Sequence[Sketch]],
    shifted: Sequence[tuple[Shift, Sequence[Sketch]]],
    figures: Figures,
) -> None:
    """One quiet month of every channel, and the same one with each shift in it."""
    for number, (channel, pool) in enumerate(pools.items()):
        rng = np.random.default_rng((month, number))
        reference, drawn = deal([one.day for one in pool], rng)
        lines = draw_lines([pool[row] for row in reference], rng, len(pools))
        quiet = [pool[row] for row in drawn]
        before = [pool[row] for row in reference]
        figures.alarms += [(month, channel, name) for _day, name in alarms(quiet, before, lines)]
        for (shift, other), seen in zip(shifted, figures.seen, strict=True):
            if shift.channel == channel:
                since = WINDOW_DAYS - 1 + SHIFTED_ON
                days = [*quiet[:since], *(other[row] for row in drawn[since:])]
                _note(seen, alarms(days, before, lines))


def _note(seen: Seen, found: Iterator[tuple[int, str]]) -> None:
    late = sorted((day - SHIFTED_ON + 1, name) for day, name in found if day >= SHIFTED_ON)
    seen.delays.append(late[0][0] if late else None)
    seen.by.update(name for delay, name in late if delay == late[0][0])


def alarms(days: Sequence[Sketch], reference: Sequence[Sketch], lines: Lines) -> Iterator[tuple[int, str]]:
    """Every statistic that is over its line, with the first day of the month on which it was; the month begins with the
    seventh of the days."""
    here, there = stack(days, reference)
    posts = np.convolve(here.posts, np.ones(WINDOW_DAYS), "valid")
    for name, values in measure(here, there).items():
        over = [day for day, value in enumerate(values) if value > lines.at(name, int(posts[day]))]
        yield from ((day, name) for day in over[:1])


def deal(days: Sequence[date], rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Rows of four weeks that are the reference, and of a month of the other days: any weekday for a weekday, and none
    twice in a week."""
    weekend = np.array([day.weekday() >= SATURDAY for day in days])
    kinds = [rng.permutation(np.flatnonzero(weekend == kind)) for kind in (False, True)]
    sizes = (REFERENCE_DAYS - WEEKEND_DAYS, WEEKEND_DAYS)
    reference = [int(row) for kind, size in zip(kinds, sizes, strict=True) for row in kind[:size]]
    left = [kind[size:] for kind, size in zip(kinds, sizes, strict=True)]
    drawn: list[int] = []
    for number in range(MONTH_DAYS + WINDOW_DAYS - 1):
        kind = left[number % 7 >= SATURDAY]
        # a week that has one day twice has its words on two days, which no real week does
        drawn.append(int(rng.choice(kind[~np.isin(kind, drawn[-WINDOW_DAYS + 1 :])])))
    return reference, drawn


def _in_order(channel: str, pool: Sequence[Sketch], channels: int, figures: Figures) -> None:
    """The real days one after the other: language that nobody kept quiet."""
    reference, after = pool[:REFERENCE_DAYS], pool[REFERENCE_DAYS:]
    lines = draw_lines(reference, np.random.default_rng(0), channels)
    here, there = stack(after, reference)
    posts = np.convolve(here.posts, np.ones(WINDOW_DAYS), "valid")
    over = {
        name: sum(value > lines.at(name, int(count)) for value, count in zip(values, posts, strict=True))
        for name, values in measure(here, there).items()
    }
    figures.since_then[channel] = {name: days for name in STATISTICS if (days := int(over[name]))}
    figures.watched[channel] = len(posts)
