"""Runs what is due every so often, each in a thread of its own, so that the event loop never waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from core.errors import Transient

log = logging.getLogger(__name__)

PAUSE_S = 5.0
"""After an error, so that an outage does not fill the log."""


def every(interval_s: float, name: str, work: Callable[[], object], stop: Event, *, pause_s: float = PAUSE_S) -> Thread:
    """Call `work` now and then `interval_s` after each call ends, until `stop` is set.

    An outside that is down costs one line of the log and the next call tries again. Anything else is logged with its
    traceback and tried again too: posts are still read and stored while one timer is broken.
    """

    after_error_s = max(interval_s, pause_s)

    def run() -> None:
        wait_s = 0.0
        while not stop.wait(wait_s):
            wait_s = after_error_s
            try:
                work()
                wait_s = interval_s
            except Transient as exc:
                log.warning("%s: %s; tried again in %.0f s", name, exc, after_error_s)
            except Exception:
                log.exception("%s failed; tried again in %.0f s", name, after_error_s)

    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
