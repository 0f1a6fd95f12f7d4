"""Reads records from Kafka through Faust, hands batches to a worker thread, and acknowledges in strict order.

The one asynchronous file; what it calls are plain functions. What it guards against, each seen on a real broker:

- Faust commits past what is not acknowledged as soon as something later is: it takes the gap for records that were
  compacted away. So one agent receives, one pump acknowledges, and every acknowledgement must be the next one due; one
  that is not ends the process before the commit.
- `Stream.take` and plain iteration acknowledge in a `finally`, also what failed. Hence `noack()`.
- Partitions that are taken away are given up by epoch: what was read in an earlier epoch is never acknowledged.
- An agent that raises twice in quick succession stalls without a word. Its body is two lines that cannot raise.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event as StopFlag
from typing import Any

import faust
import faust.streams

from core.batching import Closed, Limits, Size, closes, measure, takes
from core.errors import Transient
from stream.pipeline import Record
from stream.watchdog import Pulse, State

log = logging.getLogger(__name__)

QUEUE_RECORDS = 32
"""A record may be 8 MB: with the batch in hand and Faust's own buffer, this bounds the memory."""

REVOKE_WAIT_S = 6.0
"""For the batch in hand when partitions are taken away; the group waits 15 s (broker_rebalance_timeout)."""

STOP_WAIT_S = 4.0
"""For the batch in hand at shutdown; one local stack ends a worker 7 s after its SIGTERM."""

LAG_EVERY_S = 2.0

EXIT_FAILED = 70
"""EX_SOFTWARE of sysexits.h: a batch failed in a way nobody foresaw."""
EXIT_OUT_OF_ORDER = 73
"""An acknowledgement was not the next one due."""


JUDGED_AT_ONCE = 2
"""When the last texts of one batch keep a core busy, the first of the next one have the others."""
BATCHES_AHEAD = JUDGED_AT_ONCE + 1
"""How many batches before it may not be stored yet when one is prepared: some are judged, and one is finished."""


Backlog = Callable[[Sequence[int]], Mapping[int, int]]
"""Asks the broker how many records of these partitions are not acknowledged, by partition; may raise anything."""


@dataclass(frozen=True, slots=True)
class Work:
    """What becomes of a batch, in three parts, in worker threads: while some batches are in the second, the one before
    them is in the third and the one after them in the first. The first and the third take one batch at a time, in the
    batches' order."""

    prepare: Callable[[Sequence[Record]], Any]
    judge: Callable[[Any], Any]
    """Is given what `prepare` returned, by `JUDGED_AT_ONCE` threads; both change nothing."""
    finish: Callable[[Any, Closed], object]
    """Is given what `judge` returned; the batch's records may be acknowledged when it returns."""


class OutOfOrder(Exception):
    """Acknowledging this would commit past work that is not done."""


class Due:
    """The order in which acknowledgements must leave, a partition at a time.

    >>> due = Due()
    >>> _ = due.arrived("p0", 7), due.arrived("p0", 8)
    >>> due.done("p0", 8)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    OutOfOrder: p0: 8 is done while 7 is due
    """

    def __init__(self) -> None:
        self._waiting: dict[object, deque[int]] = {}
        self._last: dict[object, int] = {}

    def __len__(self) -> int:
        """How many have arrived and are not done."""
        return sum(map(len, self._waiting.values()))

    def arrived(self, partition: object, offset: int) -> int:
        """How many offsets were left out since the partition's last arrival.

        Raises:
            OutOfOrder: the partition went backwards, so what came before it must not be acknowledged.

        >>> due = Due()
        >>> due.arrived("p0", 7), due.arrived("p0", 8), due.arrived("p0", 11), due.arrived("p1", 3)
        (0, 0, 2, 0)
        """
        last = self._last.get(partition, offset - 1)
        if offset <= last:
            raise OutOfOrder(f"{partition}: {offset} arrives after {last}")
        self._last[partition] = offset
        self._waiting.setdefault(partition, deque()).append(offset)
        return offset - last - 1

    def done(self, partition: object, offset: int) -> None:
        """Raises OutOfOrder: another offset of the partition is due first."""
        waiting = self._waiting.get(partition)
        first = waiting.popleft() if waiting else None
        if first != offset:
            raise OutOfOrder(f"{partition}: {offset} is done while {first} is due")

    def clear(self) -> None:
        self._waiting.clear()
        self._last.clear()


@dataclass(frozen=True, slots=True)
class _Arrival:
    epoch: int
    event: faust.EventT[bytes]
    size: Size

    @property
    def record(self) -> Record:
        message = self.event.message
        return Record(message.topic, message.partition, message.offset, self.event.value or b"")


@dataclass(frozen=True, slots=True)
class _Batch:
    epoch: int
    arrivals: tuple[_Arrival, ...]
    closed: Closed


class Intake:
    """One agent, one pump and one look at the lag, attached to a Faust app by `attach`."""

    def __init__(
        self, app: faust.App, work: Work, backlog: Backlog, limits: Limits, pulse: Pulse, stop: StopFlag
    ) -> None:
        self._app = app
        self._work = work
        self._backlog = backlog
        self._limits = limits
        self._pulse = pulse
        self._stop = stop
        """Set when the worker is asked to stop: a retry in the worker thread gives up, and its batch stays
        unacknowledged."""
        self._queue: asyncio.Queue[_Arrival] = asyncio.Queue(QUEUE_RECORDS)
        self._carried: _Arrival | None = None
        self._due = Due()
        self._epoch = 0
        self._open = asyncio.Event()
        self._open.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._in_hand = 0
        self._judging: deque[asyncio.Task[None]] = deque(maxlen=JUDGED_AT_ONCE)
        self._finishing: asyncio.Task[None] | None = None
        self._gave_up = False
        """A batch is left unfinished, so no later one may be acknowledged."""
        self._preparing_pool = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._judging_pool = ThreadPoolExecutor(JUDGED_AT_ONCE, thread_name_prefix="judge")
        self._finishing_pool = ThreadPoolExecutor(1, thread_name_prefix="finish")
        self._lag_pool = ThreadPoolExecutor(1, thread_name_prefix="lag")

    def attach(self, topic: str) -> None:
        """Register everything with the app; call it once, before the app starts."""
        # the pure-Python iterator acknowledges the events that it skips, which are those of a lost partition
        if getattr(faust.streams, "_CStreamIterator", None) is None:
            raise RuntimeError("Faust lacks its compiled stream iterator; without it events are acknowledged unworked")
        app = self._app
        raw = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

        @app.agent(raw, name="intake", concurrency=1)
        async def intake(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._receive(event)

        app.task(self._pump)
        app.task(self._look_at_lag)
        receivers: tuple[tuple[Any, Any], ...] = (
            (app.on_partitions_assigned, self._on_assigned),
            (app.on_partitions_revoked, self._on_revoked),
            (app.on_before_shutdown, self._on_shutdown),
        )
        for signal, receiver in receivers:
            signal.connect(
                receiver, weak=False
            )  # Faust's reference is weak by default, and a bound method dies at once

    async def _receive(self, event: faust.EventT[bytes]) -> None:
        message = event.message
        try:
            left_out = self._due.arrived(message.tp, message.offset)
        except OutOfOrder as exc:
            _end(EXIT_OUT_OF_ORDER, exc)
        if left_out:
            log.warning(
                "%d records before %s/%d/%d did not come: another producer's transaction, or the topic is compacted; "
                "where neither is so, they are lost", left_out, message.topic, message.partition, message.offset,
            )  # fmt: skip
        self._pulse.unfinished = len(self._due)
        # a full queue stops the agent, then Faust's buffer, then the fetch
        await self._queue.put(_Arrival(self._epoch, event, measure(event.value or b"")))

    async def _pump(self) -> None:
        while not self._gave_up:
            batch = await self._next_batch()
            await self._open.wait()
            if batch.epoch == self._epoch:
                self._take_in_hand()
                await self._guarded(self._prepare(batch))

    async def _prepare(self, batch: _Batch) -> None:
        records = [arrival.record for arrival in batch.arrivals]
        loop = asyncio.get_running_loop()
        prepared = await loop.run_in_executor(self._preparing_pool, self._work.prepare, records)
        before = self._judging[-1] if self._judging else None
        if await self._may_enter(self._judging[0] if len(self._judging) == JUDGED_AT_ONCE else None):
            self._judging.append(asyncio.create_task(self._guarded(self._judge(batch, prepared, before))))

    async def _judge(self, batch: _Batch, prepared: Any, before: asyncio.Task[None] | None) -> None:
        loop = asyncio.get_running_loop()
        judged = await loop.run_in_executor(self._judging_pool, self._work.judge, prepared)
        if before is not None:
            await before
        if await self._may_enter(self._finishing):
            self._finishing = asyncio.create_task(self._guarded(self._finish(batch, judged)))

    async def _may_enter(self, leaving: asyncio.Task[None] | None) -> bool:
        """Wait until a batch has left the next part; whether this one may enter it, or else is put down."""
        if leaving is not None:
            await leaving
        if self._gave_up:
            self._put_down()
        return not self._gave_up

    async def _guarded(self, part: Coroutine[Any, Any, None]) -> None:
        """A part of a batch's work: it is done, or given up because the worker stops, or the process ends."""
        try:
            await part
        except Transient as exc:
            if not self._stop.is_set():
                _end(EXIT_FAILED, exc)
            log.warning("stopping with a batch unfinished, which stays unacknowledged: %s", exc)
            self._gave_up = True
            self._put_down()
        except Exception as exc:
            _end(EXIT_FAILED, exc)

    def _take_in_hand(self) -> None:
        self._in_hand += 1
        self._idle.clear()

    def _put_down(self) -> None:
        self._in_hand -= 1
        if not self._in_hand:
            self._idle.set()

    async def _next_batch(self) -> _Batch:
        """Collect arrivals of one epoch until the batch closes."""
        clock = asyncio.get_running_loop().time
        first = self._carried or await self._queue.get()
        self._carried = None
        arrivals, size, since = [first], first.size, clock()
        while (closed := closes(size, self._limits, clock() - since)) is None:
            try:
                arrival = await asyncio.wait_for(self._queue.get(), self._limits.wait_s - (clock() - since))
            except TimeoutError:
                closed = Closed.WAIT
                break
            if arrival.epoch != first.epoch or not takes(size, arrival.size, self._limits):
                self._carried = arrival
                closed = Closed.TOKENS
                break
            arrivals.append(arrival)
            size += arrival.size
        return _Batch(first.epoch, tuple(arrivals), closed)

    async def _finish(self, batch: _Batch, judged: Any) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._finishing_pool, self._work.finish, judged, batch.closed)
        if batch.epoch == self._epoch:  # else its partitions may be another worker's, who will find the posts stored
            try:
                for arrival in batch.arrivals:
                    self._due.done(arrival.event.message.tp, arrival.event.message.offset)
                    arrival.event.ack()
            except OutOfOrder as exc:
                _end(EXIT_OUT_OF_ORDER, exc)
            self._pulse.unfinished = len(self._due)
            await self._app.consumer.commit()
        self._put_down()

    async def _quiesce(self, limit_s: float) -> None:
        """Let the batches in hand finish, take up no other, and commit."""
        self._open.clear()
        try:
            await asyncio.wait_for(self._idle.wait(), limit_s)
        except TimeoutError:
            log.warning("a batch in hand did not finish within %.0f s; it will be delivered again", limit_s)
        for _ in range(2):  # the first may only wait for a commit that began before the last acknowledgement
            await self._app.consumer.commit()

    async def _on_assigned(self, _app: Any, *partitions: Any, **_: Any) -> None:
        self._turn_to(State.RUNNING)
        log.info("reads partitions %s", sorted(tp.partition for tp in partitions[0]))

    async def _on_revoked(self, _app: Any, *_revoked: Any, **_: Any) -> None:
        self._turn_to(State.REBALANCING)
        await self._quiesce(REVOKE_WAIT_S)
        self._epoch += 1
        self._carried = None
        while not self._queue.empty():
            self._queue.get_nowait()
        self._due.clear()
        self._pulse.unfinished = 0
        self._open.set()

    def _turn_to(self, state: State) -> None:
        self._pulse.progressed()
        if self._pulse.state is not State.STOPPING:
            self._pulse.state = state

    async def _on_shutdown(self, _app: Any, *_args: Any, **_: Any) -> None:
        # set by now when a signal came, and not when Faust ends of itself
        self._pulse.state = State.STOPPING
        self._stop.set()
        await self._quiesce(STOP_WAIT_S)

    async def _look_at_lag(self) -> None:
        # an app that crashed and hangs while it stops must fall silent, or the watchdog would never see it
        while not self._stop.is_set() and not self._app.should_stop:
            try:
                lag = await self._lag()
            except Exception as exc:  # whatever it is, the watchdog must not mistake a dead broker for a hung worker
                log.debug("lag is unknown: %r", exc)
                lag = {}
            self._pulse.looped(lag)
            await asyncio.sleep(LAG_EVERY_S)

    async def _lag(self) -> Mapping[int, int] | None:
        """Records not yet acknowledged, by partition; `None` while partitions change hands.

        Not asked of Faust: its consumer's queries wait behind the fetch, and take the place of fetches and commits;
        `consumer.highwater(tp)` goes stale under back-pressure, and the monitor's offsets turn negative.
        `_read_offset` is private to Faust and the only place that knows.
        """
        consumer: Any = self._app.consumer
        partitions = sorted(consumer.assignment())
        loop = asyncio.get_running_loop()
        numbers = [tp.partition for tp in partitions]
        lag = await loop.run_in_executor(self._lag_pool, self._backlog, numbers)
        if any(tp not in consumer._read_offset for tp in partitions):
            return None  # Faust has forgotten what was committed, and asks for it seconds after it was assigned
        return lag


def _end(code: int, reason: BaseException) -> None:
    """Leave at once: an orderly shutdown would commit what must not be committed."""
    log.critical("the worker ends with code %d: %s", code, reason, exc_info=reason)
    logging.shutdown()
    os._exit(code)
