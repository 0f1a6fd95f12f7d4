"""What is remembered of one series: its usual level by hour of the week, how much it scatters, and the last day.

All of it is sums that fade, so silence costs nothing: a gap only moves the clock. Hours, blocks and days are those of
UTC, counted from 1970.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import StateUnreadable

MINUTE: Final = timedelta(minutes=1)
MEMORY: Final = timedelta(days=56)
"""Older buckets weigh under 14 % each and are not worth reading when a state is built again."""
FADE_H: Final = 28 * 24.0
"""The memory fades by 1/e in four weeks: a memory of weeks beats one of days, and still follows a season."""
BLOCK_S: Final = 300
HOUR_S: Final = 3600
DAY_S: Final = 86_400
WEEK_H: Final = 168
FORMAT: Final = b"G2"

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One interval of one series, by the time of publication; original posts that were judged, repeats left out."""

    minute: datetime
    """Where the interval begins."""
    posts: int
    negative: int = 0
    positive: int = 0
    authors: int = 0
    """Distinct authors of the negative posts in it."""


class Span(NamedTuple):
    """Posts from a second of UTC on."""

    start_s: int
    posts: int
    negative: int
    positive: int
    authors: int


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The usual level of one head (posts, or negative posts) as of the beginning of an hour."""

    hour: int
    posts: float
    """Faded posts before this hour."""
    hours: float
    """Faded hours watched before this hour."""
    rhythm: tuple[float, ...]
    """168 factors about 1, by hour of the week."""
    scatter: tuple[float, float, float]
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


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is remembered of one series; made by `begin`, changed by `fold_all` alone."""

    began_s: int
    interval_s: int
    folded_s: int
    posts: int
    """How many were folded, of whatever age."""
    lately: tuple[Span, ...]
    """Buckets of the last hour before `folded_s`, for the short looks."""
    hours: tuple[Span, ...]
    """Hours of the last day, the running one included; an hour without posts is left out."""
    block: Span
    """The running five minutes, which count for the scatter once they are over."""
    day: Span
    hour: int
    """The sums below are as of the beginning of this hour, and hold what came before it."""
    profile: Vector
    """Shape (2, 168): posts and negative posts by hour of the week."""
    squares: Vector
    """Shape (2, 4): sums of squared counts of blocks, hours, weekdays and days of the weekend."""
    feelings: Vector
    """Negative and positive posts."""
    alarm: Alarm | None = None
    """Kept by `core.surges.step` alone."""
    level: tuple[Level, Level] | None = None
    """Kept by `core.levels.levels` as long as no further hour is closed."""

    @property
    def began(self) -> datetime:
        """The first moment of which anything is known."""
        return datetime.fromtimestamp(self.began_s, UTC)

    @property
    def folded_to(self) -> datetime:
        """What was published before is in the state."""
        return datetime.fromtimestamp(self.folded_s, UTC)

    @property
    def interval(self) -> timedelta:
        """The length of a bucket."""
        return timedelta(seconds=self.interval_s)

    def dump(self) -> bytes:
        """The state in a few hundred bytes to a few thousand; equal states give equal bytes."""
        head = struct.pack("<5qd", self.began_s, self.interval_s, self.folded_s, self.posts, self.hour, 0.0)
        spans = b"".join(_pack(spans) for spans in (self.lately, self.hours, (self.block, self.day)))
        alarm = b"" if self.alarm is None else struct.pack(_ALARM, *self.alarm)
        sums = self.profile.tobytes() + self.squares.tobytes() + self.feelings.tobytes()
        return FORMAT + zlib.compress(head + spans + sums + alarm, 1)

    @staticmethod
    def load(dumped: bytes) -> State:
        """The state that was dumped.

        Raises:
            StateUnreadable: of another version, or damaged; build it again from the rollups.
        """
        if dumped[:2] != FORMAT:
            raise StateUnreadable("the state of a series is of another version")
        try:
            return _parse(memoryview(zlib.decompress(dumped[2:])))
        except (zlib.error, struct.error, ValueError) as exc:
            raise StateUnreadable("the state of a series is damaged") from exc


class Alarm(NamedTuple):
    """The last alert that a replay raised."""

    kind: int
    horizon_s: int
    raised_s: int
    """When; a refractory period begins here."""
    score: float
    open: bool


_ALARM: Final = "<3qd?"


def _pack(spans: tuple[Span, ...]) -> bytes:
    return struct.pack("<q", len(spans)) + b"".join(struct.pack("<5q", *span) for span in spans)


def _parse(data: memoryview) -> State:
    began_s, interval_s, folded_s, posts, hour, _ = struct.unpack_from("<5qd", data)
    at = struct.calcsize("<5qd")
    found: list[tuple[Span, ...]] = []
    for _ in range(3):
        (count,) = struct.unpack_from("<q", data, at)
        found.append(tuple(Span(*struct.unpack_from("<5q", data, at + 8 + 40 * n)) for n in range(count)))
        at += 8 + 40 * count
    lengths = (2 * WEEK_H, 8, 2)
    arrays = []
    for length in lengths:
        arrays.append(np.frombuffer(data, np.float64, length, at).copy())
        at += 8 * length
    alarm = Alarm(*struct.unpack_from(_ALARM, data, at)) if at < len(data) else None
    block, day = found[2]
    profile, squares, feelings = arrays[0].reshape(2, WEEK_H), arrays[1].reshape(2, 4), arrays[2]
    return State(
        began_s, interval_s, folded_s, posts, found[0], found[1], block, day, hour, profile, squares, feelings, alarm
    )


def begin(began: datetime, interval: timedelta = MINUTE) -> State:
    """A series of which nothing is known before `began`: what was not seen since then did not happen.

    >>> begin(datetime(2026, 1, 31, tzinfo=UTC)).folded_to.isoformat()
    '2026-01-31T00:00:00+00:00'
    """
    began_s = int(began.timestamp())
    nothing = Span(began_s, 0, 0, 0, 0)
    return State(
        began_s, int(interval.total_seconds()), began_s, 0, (), (), nothing, nothing, began_s // HOUR_S,
        np.zeros((2, WEEK_H)), np.zeros((2, 4)), np.zeros(2),
    )  # fmt: skip


def fold(state: State, bucket: Bucket) -> State:
    """Put a closed interval into what is remembered; silence before it costs nothing.

    A late one, from before `folded_to`, changes the usual level only.
    """
    return fold_all(state, (bucket,))


def advance(state: State, to: datetime) -> State:
    """Silence up to a moment."""
    return fold_all(state, (), to)


def fold_all(state: State, buckets: Iterable[Bucket], until: datetime | None = None) -> State:
    """Fold many, oldest first, and then silence until a moment: the same as one by one, and faster."""
    memory = _Memory(state)
    for bucket in buckets:
        start_s = int(bucket.minute.timestamp())
        span = Span(start_s, bucket.posts, bucket.negative, bucket.positive, bucket.authors)
        if start_s < memory.folded_s:
            memory.add_late(span)
        else:
            memory.add(span)
    if until is not None:
        memory.move(int(until.timestamp()))
    return memory.frozen()


class _Memory:
    """A state while it changes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.changed = False
        self.began_s, self.folded_s, self.posts = state.began_s, state.folded_s, state.posts
        self.lately, self.hours = list(state.lately), list(state.hours)
        self.block, self.day, self.hour = state.block, state.day, state.hour
        self.profile, self.squares, self.feelings = state.profile.copy(), state.squares.copy(), state.feelings.copy()

    def add(self, span: Span) -> None:
        self._close(span.start_s)
        self.block = _plus(self.block, span)
        self.day = _plus(self.day, span)
        hour_s = span.start_s - span.start_s % HOUR_S
        if self.hours and self.hours[-1].start_s == hour_s:
            self.hours[-1] = _plus(self.hours[-1], span)
        else:
            self.hours.append(span._replace(start_s=hour_s))
        self.lately.append(span)
        self.posts += span.posts
        self.folded_s = span.start_s + self.state.interval_s

    def add_late(self, span: Span) -> None:
        self.changed = True
        hour = span.start_s // HOUR_S
        weight = math.exp((hour + 1 - self.hour) / FADE_H)
        counts = np.array((span.posts, span.negative), np.float64)
        self.profile[:, hour % WEEK_H] += weight * counts
        self.squares[:, (0, 1, _day_kind(span.start_s))] += weight * (counts * counts)[:, None]
        self.feelings += weight * np.array((span.negative, span.positive))
        self.posts += span.posts
        self.began_s = min(self.began_s, span.start_s)

    def move(self, to_s: int) -> None:
        if to_s > self.folded_s:
            self._close(to_s)
            self.folded_s = to_s

    def _close(self, to_s: int) -> None:
        """Whatever is over by then counts for the level and the scatter."""
        block_s = max(BLOCK_S, self.state.interval_s)
        if to_s - to_s % block_s > self.block.start_s:
            self._scatter(0, self.block)
            self.block = Span(to_s - to_s % block_s, 0, 0, 0, 0)
        if to_s - to_s % DAY_S > self.day.start_s:
            if self.day.start_s - self.day.start_s % DAY_S >= self.began_s:
                self._scatter(_day_kind(self.day.start_s), self.day)
            self.day = Span(to_s - to_s % DAY_S, 0, 0, 0, 0)
        if to_s // HOUR_S > self.hour:
            self._close_hours(to_s // HOUR_S)

    def _close_hours(self, hour: int) -> None:
        if self.hours and self.hours[-1].start_s >= self.hour * HOUR_S:
            last = self.hours[-1]
            self._fade(self.hour + 1)
            self._scatter(1, last)
            self.profile[:, (self.hour - 1) % WEEK_H] += (last.posts, last.negative)
            self.feelings += (last.negative, last.positive)
        self._fade(hour)
        self.hours = [span for span in self.hours if span.start_s >= (hour - 25) * HOUR_S]

    def _fade(self, hour: int) -> None:
        if hour > self.hour:
            self.changed = True
            weight = math.exp((self.hour - hour) / FADE_H)
            self.profile *= weight
            self.squares *= weight
            self.feelings *= weight
            self.hour = hour

    def _scatter(self, place: int, span: Span) -> None:
        if span.posts:
            self.squares[0, place] += span.posts**2
            self.squares[1, place] += span.negative**2

    def frozen(self) -> State:
        since_s = self.folded_s - HOUR_S
        lately = tuple(span for span in self.lately if span.start_s >= since_s)
        return replace(
            self.state, began_s=self.began_s, folded_s=self.folded_s, posts=self.posts, lately=lately,
            hours=tuple(self.hours), block=self.block, day=self.day, hour=self.hour, profile=self.profile,
            squares=self.squares, feelings=self.feelings, level=None if self.changed else self.state.level,
        )  # fmt: skip


def _plus(one: Span, other: Span) -> Span:
    return Span(
        one.start_s, one.posts + other.posts, one.negative + other.negative, one.positive + other.positive,
        one.authors + other.authors,
    )  # fmt: skip


def _day_kind(second: int) -> int:
    """Where a day's square is kept: weekdays and days of the weekend apart; 1970 began on a Thursday."""
    return 3 if second // DAY_S % 7 in (2, 3) else 2
