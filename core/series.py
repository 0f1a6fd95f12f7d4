"""What is remembered of one series: its usual level by hour of the week, how much it scatters, and the last day.

All of it is sums that fade, so silence costs nothing: a gap only moves the clock. Hours, blocks and days are those of
UTC, counted from 1970.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from core.errors import StateUnreadable
from core.levels import CAP_POSTS, Level, cap, level_of
from core.week import BLOCK_S, DAY_S, FADE_H, HOUR_S, WEEK_H, Vector, day_kind

MINUTE: Final = timedelta(minutes=1)
MEMORY: Final = timedelta(days=56)
"""Older buckets weigh under 14 % each and are not worth reading when a state is built again."""
FORMAT: Final = b"G3"


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
    excess: int = 0
    """Of closed hours: negative posts that are not learnt as usual."""


@dataclass(slots=True)
class _Known:
    levels: tuple[Level, Level] | None = None


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
    running: tuple[int, int]
    """Those of the running hour's blocks, which count once it is over."""
    feelings: Vector
    """Negative and positive posts."""
    alarm: Alarm | None = None
    """Kept by `core.surges.step` alone."""
    known: _Known = field(default_factory=_Known)
    """What `levels` found, shared by the states that have the same hours behind them."""

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

    @property
    def levels(self) -> tuple[Level, Level]:
        """The usual levels of posts and of negative posts as of `hour`; worked out once."""
        if self.known.levels is None:
            self.known.levels = level_of(self)
        return self.known.levels

    def dump(self) -> bytes:
        """The state in a few hundred bytes to a few thousand; equal states give equal bytes."""
        head = struct.pack(_HEAD, self.began_s, self.interval_s, self.folded_s, self.posts, self.hour, *self.running)
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


_HEAD: Final = "<7q"
_ALARM: Final = "<3qd?"


def _pack(spans: tuple[Span, ...]) -> bytes:
    return struct.pack("<q", len(spans)) + b"".join(struct.pack("<6q", *span) for span in spans)


def _parse(data: memoryview) -> State:
    began_s, interval_s, folded_s, posts, hour, *running = struct.unpack_from(_HEAD, data)
    at = struct.calcsize(_HEAD)
    found: list[tuple[Span, ...]] = []
    for _ in range(3):
        (count,) = struct.unpack_from("<q", data, at)
        found.append(tuple(Span(*struct.unpack_from("<6q", data, at + 8 + 48 * n)) for n in range(count)))
        at += 8 + 48 * count
    lengths = (2 * WEEK_H, 8, 2)
    arrays = []
    for length in lengths:
        arrays.append(np.frombuffer(data, np.float64, length, at).copy())
        at += 8 * length
    alarm = Alarm(*struct.unpack_from(_ALARM, data, at)) if at < len(data) else None
    block, day = found[2]
    profile, squares, feelings = arrays[0].reshape(2, WEEK_H), arrays[1].reshape(2, 4), arrays[2]
    return State(
        began_s, interval_s, folded_s, posts, found[0], found[1], block, day, hour, profile, squares,
        (running[0], running[1]), feelings, alarm,
    )  # fmt: skip


def begin(began: datetime, interval: timedelta = MINUTE) -> State:
    """A series of which nothing is known before `began`: what was not seen since then did not happen.

    >>> begin(datetime(2026, 1, 31, tzinfo=UTC)).folded_to.isoformat()
    '2026-01-31T00:00:00+00:00'
    """
    began_s = int(began.timestamp())
    nothing = Span(began_s, 0, 0, 0, 0)
    return State(
        began_s, int(interval.total_seconds()), began_s, 0, (), (), nothing, nothing, began_s // HOUR_S,
        np.zeros((2, WEEK_H)), np.zeros((2, 4)), (0, 0), np.zeros(2),
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
        self.state, self.interval_s = state, state.interval_s
        self._level = None if state.known.levels is None else state.known.levels[1]
        self.changed = False
        self.began_s, self.folded_s, self.posts = state.began_s, state.folded_s, state.posts
        self.lately, self.hours = list(state.lately), list(state.hours)
        self.block, self.day, self.hour, self.running = state.block, state.day, state.hour, state.running
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
        self.folded_s = span.start_s + self.interval_s

    def add_late(self, span: Span) -> None:
        self.changed, self._level = True, None
        hour = span.start_s // HOUR_S
        weight = math.exp((hour + 1 - self.hour) / FADE_H)
        counts = np.array((span.posts, span.negative), np.float64)
        self.profile[:, hour % WEEK_H] += weight * counts
        self.squares[:, (0, 1, day_kind(span.start_s))] += weight * (counts * counts)[:, None]
        self.feelings += weight * np.array((span.negative, span.positive))
        self.posts += span.posts
        self.began_s = min(self.began_s, span.start_s)

    def move(self, to_s: int) -> None:
        if to_s > self.folded_s:
            self._close(to_s)
            self.folded_s = to_s

    def _close(self, to_s: int) -> None:
        """Whatever is over by then counts for the level and the scatter."""
        block_s = max(BLOCK_S, self.interval_s)
        if to_s - to_s % block_s > self.block.start_s:
            posts, negative = self._squared(0, self.block)
            self.running = self.running[0] + posts, self.running[1] + negative
            self.block = Span(to_s - to_s % block_s, 0, 0, 0, 0)
        day_ends_s = self.day.start_s - self.day.start_s % DAY_S + DAY_S
        if to_s >= day_ends_s:
            self._close_hours(day_ends_s // HOUR_S)
            if day_ends_s - DAY_S >= self.began_s:
                self.squares[:, day_kind(self.day.start_s)] += self._squared(2, self.day)
                self.changed, self._level = True, None
            self.day = Span(to_s - to_s % DAY_S, 0, 0, 0, 0)
        self._close_hours(to_s // HOUR_S)

    def _close_hours(self, hour: int) -> None:
        if hour <= self.hour:
            return
        if self.hours and self.hours[-1].start_s >= self.hour * HOUR_S:
            last = self.hours[-1]
            learnt = self._learnt(1, last)  # by the level of the hour's beginning, however the hour was folded
            self.squares[:, 0] += self.running
            self.running = (0, 0)
            self._fade(self.hour + 1)
            self.hours[-1] = last._replace(excess=last.negative - learnt)
            self.day = self.day._replace(excess=self.day.excess + last.negative - learnt)
            self.squares[:, 1] += (last.posts**2, learnt**2)
            self.profile[:, (self.hour - 1) % WEEK_H] += (last.posts, learnt)
            self.feelings += (learnt, last.positive)
        self._fade(hour)
        self.hours = [span for span in self.hours if span.start_s >= (hour - 25) * HOUR_S]

    def _fade(self, hour: int) -> None:
        if hour > self.hour:
            self.changed, self._level = True, None
            weight = math.exp((self.hour - hour) / FADE_H)
            self.profile *= weight
            self.squares *= weight
            self.feelings *= weight
            self.hour = hour

    def _squared(self, place: int, span: Span) -> tuple[int, int]:
        return span.posts**2, self._learnt(place, span) ** 2

    def _learnt(self, place: int, span: Span) -> int:
        """Negative posts of a span as far as they teach what is usual: an outage must not hide the next one."""
        negative = span.negative - span.excess
        if negative <= CAP_POSTS:
            return negative
        if self._level is None:
            self._level = level_of(self)[1]
        return min(negative, cap(self._level, span.start_s, place, max(BLOCK_S, self.interval_s)))

    def frozen(self) -> State:
        since_s = self.folded_s - HOUR_S
        lately = tuple(span for span in self.lately if span.start_s >= since_s)
        return replace(
            self.state, began_s=self.began_s, folded_s=self.folded_s, posts=self.posts, lately=lately,
            hours=tuple(self.hours), block=self.block, day=self.day, hour=self.hour, profile=self.profile,
            squares=self.squares, running=self.running, feelings=self.feelings,
            known=_Known() if self.changed else self.state.known,
        )  # fmt: skip


def _plus(one: Span, other: Span) -> Span:
    return Span(
        one.start_s, one.posts + other.posts, one.negative + other.negative, one.positive + other.positive,
        one.authors + other.authors, one.excess + other.excess,
    )  # fmt: skip
