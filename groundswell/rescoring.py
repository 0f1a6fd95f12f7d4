"""Sends a period's posts to be judged again, and follows how far the workers are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from core.learning_ports import RescoringStore
from core.rescoring import Order, Rescoring
from core.wire import MAX_POSTS_A_RECORD

PAGE: Final = 5_000
TRIES: Final = 2
"""Without any progress."""


class OrderPublisher(Protocol):
    """Raises BrokerUnavailable."""

    def publish_orders(self, orders: Sequence[Order]) -> None: ...


@dataclass(frozen=True, slots=True)
class Workers:
    """What is asked about those who do the work."""

    champion: Callable[[], str]
    """The version that is champion now."""
    backlog: Callable[[], int]
    """Orders that no worker has finished."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often it looks, in seconds."""

    look_s: float = 0.5
    count_s: float = 5.0
    """Counting what waits reads the whole period."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a rescoring came to."""

    rescoring: Rescoring
    left: int
    """Posts that are still another model's: it gave up on them."""


Tell = Callable[[Rescoring, float], object]


def rescore(
    store: RescoringStore,
    publisher: OrderPublisher,
    rescoring: Rescoring,
    workers: Workers,
    now: Callable[[], datetime],
    tell: Tell,
    pace: Pace = Pace(),
) -> Done:
    """Send what waits, and wait until no post of the period is another model's.

    What comes to nothing (a swap in the middle, a post that was stored by the model before) is sent again; twice
    without any progress, and it gives up. Broken off, the next call with the same rescoring goes on. A new champion in
    the middle becomes the goal.

    Args:
        tell: given how it stands, and for how many seconds nothing has moved; at every look.

    Raises:
        BrokerUnavailable, DatabaseUnavailable: what was sent is worked off all the same.
    """
    fruitless = 0
    left = store.count_waiting(rescoring, workers.champion())
    while left and fruitless < TRIES:
        version = workers.champion()
        send(store, publisher, rescoring, version)
        before, left = left, _follow(store, rescoring, workers, version, tell, pace)
        fruitless = fruitless + 1 if left >= before else 0
    finished = store.finish(rescoring.rescoring_id, now()) if not left else store.get(rescoring.rescoring_id)
    return Done(finished, left)


def send(store: RescoringStore, publisher: OrderPublisher, rescoring: Rescoring, version: str) -> None:
    """Publish an order for every post that waits, each original once."""
    after: tuple[datetime, str] | None = None
    known: set[str] = set()
    while page := store.waiting(rescoring, version, after, PAGE):
        # a post and its repeats may be pages apart
        new = [name for name in dict.fromkeys(one.original for one in page) if name not in known]
        known.update(new)
        publisher.publish_orders(
            [
                Order(rescoring.rescoring_id, version, tuple(new[start : start + MAX_POSTS_A_RECORD]))
                for start in range(0, len(new), MAX_POSTS_A_RECORD)
            ]
        )
        after = (page[-1].published_at, page[-1].post_id)


def _follow(store: RescoringStore, rescoring: Rescoring, workers: Workers, version: str, tell: Tell, pace: Pace) -> int:
    """How much waits in the end: nothing, or what the orders left over, or what another champion has to do."""
    moved_at, rescored, counted_at = time.monotonic(), -1, 0.0
    while True:
        current, clock = store.get(rescoring.rescoring_id), time.monotonic()
        if current.rescored != rescored:
            moved_at, rescored = clock, current.rescored
        tell(current, clock - moved_at)
        if clock - counted_at >= pace.count_s or current.rescored >= current.wanted:
            counted_at = clock
            is_idle = workers.backlog() == 0  # asked first: what is counted after it is what the orders left over
            left = store.count_waiting(rescoring, version)
            if (champion := workers.champion()) != version:
                return store.count_waiting(rescoring, champion)
            if not left or (is_idle and clock - moved_at > pace.count_s):
                return left
        time.sleep(pace.look_s)
