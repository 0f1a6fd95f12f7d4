"""What one part of the local stack is: how it starts, when it is ready, how it stops."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Say = Callable[[str], None]
"""Tells the person who waits what is being done."""


@dataclass(frozen=True, slots=True)
class Part:
    """A process to keep alive, or a step to do once: without a `command` or, with one, until that ends with 0."""

    name: str
    after: tuple[str, ...] = ()
    """Names of parts that must be ready first."""
    prepare: Callable[[Say], None] | None = None
    """Done in a thread before each start; must be safe to repeat."""
    command: Callable[[], list[str]] | None = None
    """Asked after `prepare`."""
    once: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of the process."""
    cwd: Path | None = None
    identity: Callable[[], Mapping[str, Any]] = dict
    """Keywords for `subprocess` that change who the process runs as."""
    ready: Callable[[], bool] = lambda: True
    """Called in a thread, again and again, until it says yes."""
    port: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_limit_s: float = 5.0
    """Then SIGKILL."""
    wave: int = 0
    """Parts of one wave stop together, the highest wave first."""
    url: str = ""
    """What a person would open."""

    @property
    def is_step(self) -> bool:
        return self.once or self.command is None


def back_off_s(failures: int) -> float:
    """Seconds to wait before the start that follows this many failures in a row: 1, 2, 4, … at most 30.

    >>> [back_off_s(n) for n in (1, 2, 3, 5, 6, 60)]
    [1.0, 2.0, 4.0, 16.0, 30.0, 30.0]
    """
    return min(30.0, 2.0 ** min(failures - 1, 10))
