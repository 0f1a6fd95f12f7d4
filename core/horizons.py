"""What came within five minutes, an hour and a day, beside what is usual then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.levels import EVIDENCE, PRIOR_H, PRIOR_POSTS
from core.series import Bucket, Span, State
from core.tails import LEAST_LOG10_P, log10_count_tail
from core.week import BLOCK_S, DAY_S, HOUR_S

POSTS: Final = 0
FEELING: Final = 1
"""Heads: posts of any feeling, and negative posts."""
LENGTHS_S: Final = (BLOCK_S, HOUR_S, DAY_S)
LOOKS_A_DAY: Final = (900.0, 75.0, 3.0)
"""Windows of a day that surprise independently of each other, overlapping ones counted: about three a window's length;
found by simulation, see docs/surges.md."""
LEAST_VARIANCE: Final = (0.5, 1.7, 8.5)
"""Added to the variance of the score alone, so that one post in an empty night is no surge: half a post in five
minutes, and as if such minutes were independent."""


LONGEST_S: Final = 6 * HOUR_S
"""A surge that was seen over a day is over after so long a calm at most."""
BUSY_H: Final = (1, 3, 6)
HALF: Final = 0.5


class Window(NamedTuple):
    """What came within one horizon."""

    start_s: int
    posts: int
    negative: int
    positive: int
    authors: int
    excess: int = 0
    """Negative posts that were not learnt as usual."""

    def learnt(self, head: int) -> int:
        return self.posts if head == POSTS else self.negative - self.excess


class Look:
    """One look: windows beside their usual level. Figures are worked out when asked for."""

    def __init__(
        self, state: State, windows: tuple[Window, Window, Window], now_s: int, since: Span, fresh: Sequence[Span]
    ) -> None:
        self.windows = windows
        self._state, self._now_s, self._fresh, self._spans = state, now_s, fresh, (*state.lately, *fresh)
        self._since = since
        """What came since the level's hour began: `start_s` is that hour, or the first second watched."""
        self._levels = state.levels
        self._usual: dict[tuple[int, int], tuple[float, float, float]] = {}
        self._tails: dict[tuple[int, int, int], float] = {}

    def _figures(self, head: int, n: int) -> tuple[float, float, float]:
        """Mean, variance, and variance of the score, of the count of one head within one horizon."""
        found = self._usual.get((head, n))
        if found is None:
            found = self._usual[head, n] = self._work_out(head, n)
        return found

    def _work_out(self, head: int, n: int) -> tuple[float, float, float]:
        level, window = self._levels[head], self.windows[n]
        rate, posts = self._rate(head, n), self._posts_before(head, n)
        mean = rate * level.span(window.start_s, self._now_s)
        flat = rate * (self._now_s - window.start_s) / HOUR_S
        known = min(posts + PRIOR_POSTS, EVIDENCE * (1 + level.hours / 24))
        unknown = mean * mean / known
        variance = level.scatter[n] * mean + unknown
        return mean, variance, level.scatter[n] * (mean + flat) / 2 + unknown + LEAST_VARIANCE[n]

    def _posts_before(self, head: int, n: int) -> float:
        """Faded posts that came before a window."""
        return max(0.0, self._levels[head].posts + self._since[1 + head] - self.windows[n].learnt(head))

    def _rate(self, head: int, n: int) -> float:
        """Posts an hour before a window."""
        return (self._posts_before(head, n) + PRIOR_POSTS) / (self._hours_before(n) + PRIOR_H)

    def _hours_before(self, n: int) -> float:
        """Faded hours that were watched before a window."""
        return max(0.0, self._levels[POSTS].hours + (self.windows[n].start_s - self._since.start_s) / HOUR_S)

    @property
    def watched_h(self) -> float:
        """Hours of which anything is known, faded, before the running one."""
        return self._levels[POSTS].hours

    def expected(self, head: int, n: int) -> float:
        """Posts that the usual level brings within a horizon."""
        return self._figures(head, n)[0]

    def z(self, head: int, n: int, most: int | None = None) -> float:
        """How many standard deviations lie between what came and what is usual; posts above `most` are left out."""
        mean, _, variance = self._figures(head, n)
        count = self.windows[n][1 + head]
        return ((count if most is None else min(count, most)) - mean) / math.sqrt(variance)

    def score(self, head: int, most: Sequence[int] | None = None) -> float:
        """The mean over the horizons: what is high on all of them counts for more than what is high on one.

        Args:
            most: posts above these numbers, by horizon, are left out.
        """
        return sum(self.z(head, n, None if most is None else most[n]) for n in range(len(LENGTHS_S))) / len(LENGTHS_S)

    def log10_p(self, head: int, n: int) -> float:
        """How probable a count as high is in one window at the usual level."""
        mean, variance, _ = self._figures(head, n)
        return log10_count_tail(self.windows[n][1 + head], mean, variance) if mean > 0 else 0.0

    def log10_p_day(self, head: int, n: int, most: int | None = None) -> float:
        """How probable it is that a usual day has such a window, whatever the horizon.

        Usual is here, too, by half, what the hours just before brought above the usual: a series that has become busy
        has to become busier still. A day is surprising only where another was watched before.

        Args:
            most: posts above this number are left out.
        """
        if n == len(LENGTHS_S) - 1 and self._hours_before(n) < DAY_S / HOUR_S:
            return 0.0
        count = self.windows[n][1 + head]
        count = count if most is None else min(count, most)
        found = self._tails.get((head, n, count))
        if found is None:
            mean, variance, _ = self._figures(head, n)
            extra = self._extra(head, n)
            variance += extra * self._levels[head].scatter[n]
            looks = math.log10(len(LENGTHS_S) * LOOKS_A_DAY[n])
            tail = log10_count_tail(count, mean + extra, variance)
            found = self._tails[head, n, count] = max(LEAST_LOG10_P, min(0.0, tail + looks))
        return found

    def _extra(self, head: int, n: int) -> float:
        """Posts that a short window would bring, were the last hours' excess over the usual to go on by half."""
        window, level, most = self.windows[n], self._levels[head], 0.0
        if n == len(LENGTHS_S) - 1:
            return most
        rate = self._rate(head, n)
        fresh = sum(span[1 + head] for span in self._fresh)
        for hours in BUSY_H:
            start_s = max((window.start_s // HOUR_S - hours) * HOUR_S, self._state.began_s)
            posts = fresh + sum(span[1 + head] for span in self._state.hours if span.start_s >= start_s)
            excess = posts - window[1 + head] - rate * level.span(start_s, window.start_s)
            most = max(most, excess / max(HOUR_S, window.start_s - start_s))
        return HALF * most * (self._now_s - window.start_s)

    def keeps_on(self, head: int, n: int, opened: int) -> bool:
        """Whether the newest part of a long window keeps half the pace of its excess; a short one always does.

        Args:
            opened: the horizon that the surge was seen on; what began within minutes is over within minutes.
        """
        if n == 0:
            return True
        window, start_s = self.windows[n], self._now_s - (self._newest_s(head, n) if opened else LENGTHS_S[0])
        spans = self._spans if n == 1 else [*self._state.hours, *self._fresh]
        newest = sum(span[1 + head] for span in spans if span.start_s >= start_s)
        usual = self._rate(head, n) * self._levels[head].span(start_s, self._now_s)
        part = (self._now_s - start_s) / max(self._now_s - start_s, self._now_s - window.start_s)
        return newest - usual >= HALF * part * (window[1 + head] - self.expected(head, n))

    def _newest_s(self, head: int, n: int) -> int:
        """A third of an hour; of a day as much as its posts were spread over, an hour at least and six at most."""
        if n == 1:
            return HOUR_S // 3
        counts = [span[1 + head] for span in self._state.hours if span.start_s >= self.windows[n].start_s]
        squares = sum(count * count for count in counts)
        spread = sum(counts) ** 2 / squares if squares else 1.0
        return int(min(LONGEST_S, max(HOUR_S, spread * HOUR_S)))

    def mood(self, n: int) -> tuple[float, float]:
        """Negative posts, and posts with a feeling, that came before a window, faded."""
        window = self.windows[n]
        negative, positive = self._state.feelings.tolist()
        before = max(0.0, negative + self._since.negative - window.learnt(FEELING))
        return before, before + max(0.0, positive + self._since.positive - window.positive)


def look(state: State, recent: Sequence[Bucket], now_s: int, told_s: int | None) -> Look:
    """Gather the windows that end at `now_s`; what was published before `told_s` is left out of them."""
    fresh = [
        Span(int(b.minute.timestamp()), b.posts, b.negative, b.positive, b.authors)
        for b in recent
        if b.minute.timestamp() <= now_s
    ]
    spans = [*state.lately, *fresh]
    shorts = []
    for length_s in (max(BLOCK_S, state.interval_s), max(HOUR_S, state.interval_s)):
        start_s = _aligned(now_s - length_s, state)
        shorts.append(_window(spans, start_s, told_s))
    day_s = -(-(now_s - DAY_S) // HOUR_S) * HOUR_S
    if told_s is not None and told_s > day_s:
        day_s = told_s if told_s >= state.folded_s - HOUR_S else -(-told_s // HOUR_S) * HOUR_S
    parts = spans if day_s >= state.folded_s - HOUR_S else [*state.hours, *fresh]
    hour_s = state.hour * HOUR_S
    running = [span for span in state.hours[-1:] if span.start_s >= hour_s]
    since = _sum([*running, *fresh], max(hour_s, state.began_s))
    return Look(state, (shorts[0], shorts[1], _window(parts, day_s, None)), now_s, since, fresh)


def _aligned(moment_s: int, state: State) -> int:
    """The first beginning of an interval at a moment or later."""
    return moment_s + (state.began_s - moment_s) % state.interval_s


def _window(spans: Sequence[Span], start_s: int, told_s: int | None) -> Window:
    if told_s is not None:
        start_s = max(start_s, told_s)
    return Window(*_sum([span for span in spans if span.start_s >= start_s], start_s))


def _sum(spans: Sequence[Span], start_s: int) -> Span:
    posts = negative = positive = authors = excess = 0
    for span in spans:
        posts += span.posts
        negative += span.negative
        positive += span.positive
        authors += span.authors
        excess += span.excess
    return Span(start_s, posts, negative, positive, authors, excess)
