"""Publishes what was read from files, as fast as it goes or in step with the times at which it was first published."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from core.errors import MalformedItem
from core.ports import DeadLetter, Publisher
from core.posts import Post
from ingest.compose import Composer
from ingest.mask import mask
from ingest.replay_files import Reading

AT_ONCE: Final = 1_000
"""Posts published together: ten records, so that the wait for the broker is shared."""
LEAST_NAP_S: Final = 0.05
"""Posts that are due within this time are published together."""


@dataclass(slots=True)
class Pace:
    """When the next post is due: event time, divided by the speed-up; 0 means at once."""

    speed_up: float
    clock: Callable[[], float]
    """Seconds, monotonic."""
    sleep: Callable[[float], None]
    _began: tuple[datetime, float] | None = None

    def wait_s(self, moment: datetime) -> float:
        """Seconds until a post of this moment is due; 0 for one that is late."""
        if self.speed_up == 0:
            return 0.0
        self._began = self._began or (moment, self.clock())
        first, started = self._began
        due = started + (moment - first).total_seconds() / self.speed_up
        return max(0.0, due - self.clock())


@dataclass(slots=True)
class Replayed:
    """What was done so far."""

    published: int = 0
    dead: int = 0
    masked: int = 0


@dataclass(slots=True)
class _Buffer:
    publisher: Publisher
    done: Replayed
    posts: list[Post] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)

    def add(self, made: Post | DeadLetter) -> None:
        if isinstance(made, Post):
            self.posts.append(made)
        else:
            self.letters.append(made)

    def flush(self) -> None:
        self.publisher.publish(self.posts)
        self.publisher.publish_dead(self.letters)
        self.done.published += len(self.posts)
        self.done.masked += sum(post.masked for post in self.posts)
        self.done.dead += len(self.letters)
        self.posts, self.letters = [], []


def replay(
    readings: Iterable[Reading],
    *,
    publisher: Publisher,
    composer: Composer,
    pace: Pace,
    now: Callable[[], datetime],
    progress: Callable[[Replayed], None] = lambda _: None,
) -> Replayed:
    """Publish every reading in order; a line that cannot become a post goes to posts.dead with its file and line.

    Raises:
        BrokerUnavailable: what came before is published; doing it again changes nothing of that.
    """
    done = Replayed()
    buffer = _Buffer(publisher, done)
    for reading in readings:
        wait_s = pace.wait_s(reading.moment) if not reading.fault else 0.0
        if wait_s > LEAST_NAP_S:
            buffer.flush()
            progress(done)
            pace.sleep(wait_s)
        buffer.add(_made(reading, composer, now()))
        if len(buffer.posts) + len(buffer.letters) >= AT_ONCE:
            buffer.flush()
            progress(done)
    buffer.flush()
    progress(done)
    return done


def _made(reading: Reading, composer: Composer, now: datetime) -> Post | DeadLetter:
    fault = reading.fault
    try:
        if reading.item is not None:
            return composer.compose(reading.item, reading.source, now)
        if reading.post is not None:
            return composer.recompose(reading.post)
    except MalformedItem as exc:
        fault = str(exc)
    shown = mask(reading.body.decode(errors="replace")).text.encode()
    return DeadLetter(f"{reading.where}: {fault}", MalformedItem.__name__, reading.where, shown)
