from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from threading import Barrier, Event
from types import SimpleNamespace
from typing import Any

import pytest

from core.batching import Limits
from stream.intake import Due, Intake, OutOfOrder, Work
from stream.watchdog import Pulse


def due(*arrivals: tuple[str, int]) -> Due:
    order = Due()
    for partition, offset in arrivals:
        order.arrived(partition, offset)
    return order


def test_partitions_are_acknowledged_independently_of_each_other():
    order = due(("p0", 1), ("p1", 7), ("p0", 2))
    order.done("p1", 7)
    order.done("p0", 1)
    order.done("p0", 2)


def test_an_acknowledgement_past_unfinished_work_is_refused():
    order = due(("p0", 1), ("p0", 2))
    with pytest.raises(OutOfOrder, match="p0: 2 is done while 1 is due"):
        order.done("p0", 2)


def test_an_acknowledgement_of_what_never_arrived_is_refused():
    with pytest.raises(OutOfOrder, match="p0: 1 is done while None is due"):
        Due().done("p0", 1)


@pytest.mark.parametrize("offset", [5, 6])
def test_a_partition_that_goes_backwards_is_refused(offset):
    order = due(("p0", 6))
    with pytest.raises(OutOfOrder, match="arrives after 6"):
        order.arrived("p0", offset)


def test_a_gap_between_offsets_is_counted_and_no_fault_since_the_broker_may_have_compacted_it():
    order = due(("p0", 6))
    assert order.arrived("p0", 9) == 2
    order.done("p0", 6)
    order.done("p0", 9)


def test_a_partition_that_comes_back_after_it_was_taken_away_begins_anew():
    order = due(("p0", 6), ("p0", 7))
    order.clear()
    order.arrived("p0", 6)
    order.done("p0", 6)


class Topic:
    """What the intake sees of Faust: it reads the records that it is given, and acknowledgements are noted."""

    def __init__(self, count: int) -> None:
        self.acknowledged: list[int] = []
        self.tasks: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.on_partitions_assigned = self.on_partitions_revoked = self.on_before_shutdown = self
        self.consumer = self
        self._count = count

    def topic(self, *_: Any, **__: Any) -> None: ...

    def connect(self, *_: Any, **__: Any) -> None: ...

    def agent(self, *_: Any, **__: Any) -> Callable[[Any], Any]:
        return lambda receive: self.tasks.append(lambda: receive(self))

    def task(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.tasks.append(task)

    def noack(self) -> Topic:
        return self

    async def events(self) -> AsyncIterator[Any]:
        for offset in range(self._count):
            message = SimpleNamespace(tp="p0", topic="posts.raw", partition=0, offset=offset)
            yield SimpleNamespace(message=message, value=b"", ack=partial(self.acknowledged.append, offset))

    async def commit(self) -> None: ...


def test_a_batch_that_is_judged_sooner_than_the_one_before_is_finished_after_it() -> None:
    topic, finished, side_by_side = Topic(6), [], Barrier(2)

    def judge(offset: int) -> int:
        side_by_side.wait(timeout=10)  # the two are judged at the same time
        time.sleep(0.05 * (offset % 2 == 0))
        return offset

    work = Work(lambda records: records[0].offset, judge, lambda offset, _closed: finished.append(offset))
    limits = Limits(tokens=1, posts=1, wait_s=1.0)
    intake = Intake(topic, work, lambda _: {}, limits, Pulse(), Event())  # type: ignore[arg-type]
    intake.attach("posts.raw")

    async def run() -> None:
        running = [asyncio.create_task(task()) for task in topic.tasks[:2]]  # the agent and the pump
        async with asyncio.timeout(10):
            while len(topic.acknowledged) < 6:
                await asyncio.sleep(0.01)
        for one in running:
            one.cancel()

    asyncio.run(run())
    assert finished == topic.acknowledged == list(range(6))
