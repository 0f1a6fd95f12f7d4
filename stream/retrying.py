"""Tries a call again while the outside is down; each attempt is a sign of life, and a stop ends the wait at once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Protocol, TypeVar

from core.errors import Transient

T = TypeVar("T")

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
"""Short enough that a worker is back within seconds of a database that was restarted."""


class Retry(Protocol):
    """Runs a call until it succeeds; raises what is not `Transient`, and `Transient` once the worker is stopping."""

    def __call__(self, call: Callable[[], T]) -> T: ...


def retrying(stop: Event, on_retry: Callable[[Transient], None]) -> Retry:
    """A `Retry` that waits 0.2 s, then twice as long each time up to 5 s, or as long as the error asks.

    Args:
        stop: when set, the next `Transient` is raised in place of another attempt. A library's retry loop would
            sleep through it, and a SIGTERM that meets a dead database would hang.
        on_retry: called before each wait, so that a watchdog does not take patience for a hang.
    """

    def retry(call: Callable[[], T]) -> T:
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return call()
            except Transient as exc:
                on_retry(exc)
                if stop.wait(max(wait_s, exc.retry_after_s or 0.0)):
                    raise
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    return retry
