"""The alert chain of two workers over a real PostgreSQL and a real receiver, for whoever tests or measures it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from random import Random
from threading import Event

import httpx
import pytest

from core.scoring import ScoredPost
from storage.postgres import Database
from stream import timers
from stream.outbox import send_due
from stream.watch import look
from stream.webhook import WebhookNotifier
from tests.builders import make_scored
from tests.receiver import Receiver, running_receiver

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QsIG5vdGhpbmcgZWxzZQ=="
StartTimers = Callable[[float, float], None]
"""Takes the seconds between two looks, and between two rounds through the outbox."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


@pytest.fixture
def workers(dsn: str, receiver: Receiver) -> Iterator[StartTimers]:
    """Starts the surge and outbox timers of two workers over the same database."""
    stop, threads = Event(), []
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client())
        notifier = WebhookNotifier(receiver.url, SECRET, 5.0, client, allow_private=["127.0.0.1"])

        def start(surge_every_s: float, outbox_every_s: float) -> None:
            for shard in (0, 1):
                database = stack.enter_context(closing(Database(dsn, shard=shard)))

                def step(database: Database = database) -> None:
                    look(database.incidents, utc_now())

                def send(database: Database = database) -> None:
                    send_due(database.outbox, notifier, utc_now, Random())

                threads.append(timers.every(surge_every_s, "surges", step, stop))
                threads.append(timers.every(outbox_every_s, "outbox", send, stop))

        yield start
        stop.set()
        for thread in threads:
            thread.join()


def utc_now() -> datetime:
    return datetime.now(UTC)


def angry(entity: str, count: int) -> list[ScoredPost]:
    return [
        make_scored(
            f"{entity}-{n}", text=f"{entity} app down on payday, case {n}", entities=(entity,), published_at=utc_now()
        )
        for n in range(count)
    ]
