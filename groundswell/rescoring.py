"""Sends a period's posts to be judged again, and follows how far the workers are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from core.ports import RescoringStore
from core.rescoring import Order, Rescoring
from core.wire import MAX_POSTS_A_RECORD

PAGE: Final = 5_000
LOOK_EVERY_S: Final = 0.5
COUNT_EVERY_S: Final = 5.0
"""Counting what waits reads the whole period."""


class OrderPublisher(Protocol):
    """Raises BrokerUnavailable."""

    def publish_orders(self, orders: list[Order]) -> None: ...


@dataclass(frozen=True, slots=True)
class Done:
    """What a rescoring came to."""

    rescoring: Rescoring
    left: int
    """Posts that are still another model's: it gave up on them."""


def rescore(
    store: RescoringStore,
    publisher: OrderPublisher,
    rescoring: Rescoring,
    champion: Callable[[], str],
    backlog: Callable[[], int],
    now: Callable[[], datetime],
    tell: Callable[[Rescoring, float], object],
) -> Done:
    """Send what waits, and wait until no post of the period is another model's.

    What comes to nothing (a swap in the middle, a post that was stored by the model before) is sent again; twice
    without any progress, and it gives up. Broken off, the next call with the same rescoring goes on.

    Args:
        champion: its version now; a new one in the middle becomes the goal.
        backlog: orders that no worker has finished.
        tell: given how it stands, and for how many seconds nothing has moved; every half second.

    Raises:
        BrokerUnavailable, DatabaseUnavailable: what was sent is worked off all the same.
    """
    fruitless = 0
    left = store.count_waiting(rescoring, champion())
    while left and fruitless < 2:
        version = champion()
        send(store, publisher, rescoring, version)
        before, left = left, _follow(store, rescoring, champion, version, backlog, tell)
        fruitless = fruitless + 1 if left >= before else 0
    finished = store.finish(rescoring.rescoring_id, now()) if not left else store.get(rescoring.rescoring_id)
    return Done(finished, left)


def send(store: RescoringStore, publisher: OrderPublisher, rescoring: Rescoring, version: str) -> int:
    """Publish an order for every post that waits, each original once; how many posts they are about."""
    after: tuple[datetime, str] | None = None
    sent = 0
    known: set[str] = set()
    while page := store.waiting(rescoring, version, after, PAGE):
        # a post and its repeats may be pages apart
        new = [name for name in dict.fromkeys(one.original for one in page) if name not in known]
        known.update(new)
        orders = [
            Order(rescoring.rescoring_id, version, tuple(new[start : start + MAX_POSTS_A_RECORD]))
            for start in range(0, len(new), MAX_POSTS_A_RECORD)
        ]
        publisher.publish_orders(orders)
        sent += len(page)
        after = (page[-1].published_at, page[-1].post_id)
    return sent


def _follow(
    store: RescoringStore,
    rescoring: Rescoring,
    champion: Callable[[], str],
    version: str,
    backlog: Callable[[], int],
    tell: Callable[[Rescoring, float], object],
) -> int:
    """Until nothing waits, or the orders are worked off and something still does, or another champion has come."""
    progressed_at, last, counted_at = time.monotonic(), -1, 0.0
    while True:
        current = store.get(rescoring.rescoring_id)
        clock = time.monotonic()
        if current.rescored != last:
            progressed_at, last = clock, current.rescored
        tell(current, clock - progressed_at)
        if clock - counted_at >= COUNT_EVERY_S or current.rescored >= current.wanted:
            counted_at = clock
            idle = backlog() == 0  # asked first: what is counted after it is what the orders left over
            left = store.count_waiting(rescoring, version)
            if not left or champion() != version:
                return store.count_waiting(rescoring, champion())
            if idle and clock - progressed_at > COUNT_EVERY_S:
                return left
        time.sleep(LOOK_EVERY_S)
