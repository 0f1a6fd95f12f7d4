"""What the worker writes to its log: a line an event, and a line in ten seconds of a library that repeats itself."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

LIBRARIES: Final = ("faust", "mode", "aiokafka", "kafka", "httpx", "httpcore")
"""Heard from when something is wrong; httpx would log the address of every delivery, which may hold a token."""

REPEATS_AFTER_S: Final = 10.0
"""aiokafka writes 60 lines a second while its broker is down."""


class Sparse(logging.Filter):
    """Lets a line of a kind through each ten seconds, and counts those held back; a message's template is its kind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in LIBRARIES:
            return True
        kind, now = (record.name, str(record.msg)[:60]), self._clock()
        since, held_back = self._kinds.get(kind, (-REPEATS_AFTER_S, 0))
        if now - since < REPEATS_AFTER_S:
            self._kinds[kind] = (since, held_back + 1)
            return False
        self._kinds[kind] = (now, 0)
        if held_back:
            record.msg, record.args = f"{record.getMessage()} (and {held_back} more like it)", None
        return True


def log_to_stderr(level: str = "INFO") -> None:
    """Set up logging for the whole process; call it once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Sparse())
    logging.basicConfig(
        handlers=[handler], level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
