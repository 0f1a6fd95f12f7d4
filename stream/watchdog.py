"""Ends a worker that has work and does not do it; the supervisor starts it again, and nothing was acknowledged.

A hung batch, a fetch that stays paused and a blocked event loop all look alike from outside: alive, and silent. A
database or a broker that is down looks different: attempts are made (each counts as progress), or the lag cannot be
asked for (which counts as no lag).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum

log = logging.getLogger(__name__)

EXIT_STALLED = 75
"""EX_TEMPFAIL of sysexits.h: try again."""

RATE_WINDOW_S = 10.0


class State(StrEnum):
    STARTING = "starting"
    """The classifier is loading."""
    JOINING = "joining"
    """Not yet a member of the consumer group."""
    RUNNING = "running"
    REBALANCING = "rebalancing"
    STOPPING = "stopping"


class Pulse:
    """Signs of life, written by the event loop and the worker thread, read by the watchdog and the health page.

    Each field is one reference, which CPython replaces in one step, so that nobody waits for a lock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.state = State.STARTING
        self.lag: Mapping[int, int] = {}
        """Records not yet acknowledged, by partition; empty when it could not be asked for."""
        self.unfinished = 0
        """Records read and not yet acknowledged: a part of the lag, and known at once."""
        self.is_reading = True
        self.batches = 0
        self._progress_at = clock()
        self._loop_at: float | None = None
        self._recent: deque[tuple[float, int]] = deque(maxlen=10_000)

    def progressed(self, posts: int | None = None) -> None:
        """Something went on: a stage, an attempt, a change of partitions, or (with its posts) a whole batch."""
        self._progress_at = self._clock()
        if posts is not None:
            self.batches += 1
            self._recent.append((self._progress_at, posts))

    def looped(self, lag: Mapping[int, int] | None) -> None:
        """The event loop turned, and this is the lag it saw; without lag there is nothing to progress with.

        `None`: the broker answers, and reading has not begun since partitions changed hands.
        """
        self._loop_at = self._clock()
        self.lag, self.is_reading = lag or {}, lag is not None
        if lag is not None and not any(lag.values()):
            self._progress_at = self._loop_at

    def since_progress_s(self) -> float:
        return self._clock() - self._progress_at

    def since_loop_s(self) -> float:
        """Since the event loop last said that it turns, which it no longer does while it stops; 0 before it starts."""
        return 0.0 if self._loop_at is None else self._clock() - self._loop_at

    def posts_a_second(self) -> float:
        """Mean rate of finished posts over the last 10 s."""
        since = self._clock() - RATE_WINDOW_S
        return sum(posts for moment, posts in tuple(self._recent) if moment >= since) / RATE_WINDOW_S


def diagnose(pulse: Pulse, limit_s: float) -> str | None:
    """What is wrong, in one sentence; `None` while nothing is."""
    if not pulse.is_reading and pulse.since_progress_s() > limit_s:
        return f"partitions changed hands and for {pulse.since_progress_s():.0f} s reading has not begun"
    lag = sum(pulse.lag.values())
    if lag > 0 and pulse.since_progress_s() > limit_s:
        return f"{lag} records wait and there was no progress for {pulse.since_progress_s():.0f} s"
    if pulse.since_loop_s() > limit_s:
        return f"the event loop was not heard from for {pulse.since_loop_s():.0f} s"
    return None


def watch(pulse: Pulse, limit_s: float, *, every_s: float = 1.0, end: Callable[[int], object] = os._exit) -> None:
    """Start the thread that ends the process (exit code 75) once `diagnose` finds something.

    `os._exit`, since a hung thread or loop would keep an orderly exit waiting for ever.
    """

    def look() -> None:
        while (finding := diagnose(pulse, limit_s)) is None:
            time.sleep(every_s)
        log.critical("watchdog: %s; the worker ends so that it is started again", finding)
        end(EXIT_STALLED)

    threading.Thread(target=look, name="watchdog", daemon=True).start()


def end_within(limit_s: float, *, end: Callable[[int], object] = os._exit) -> None:
    """Start the thread that ends a process that was asked to stop and is still there `limit_s` later.

    What it has not acknowledged by then is delivered again.
    """

    def leave() -> None:
        log.warning("did not stop within %.0f s, and ends as it is", limit_s)
        end(EXIT_STALLED)

    timer = threading.Timer(limit_s, leave)
    timer.daemon = True
    timer.start()
