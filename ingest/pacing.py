"""Waits for a turn to ask a site: one request at a time, and never two within the gap that its terms ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from core.errors import SourceUnavailable
from core.ports import HostTurns

LONGEST_WAIT: Final = timedelta(seconds=30)
"""A host that is busy for longer is asked in a later run."""
LONGEST_NAP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """The turns of one run; processes on all machines take them from one table."""

    hosts: HostTurns
    holder: str
    """Names this run, and no other."""
    gap_s: float
    lease_s: float
    """After it, a process that was killed in its turn is forgotten."""
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Open while this run may ask the host; our own machine is asked without waiting.

        Raises:
            SourceUnavailable: others are asking it, with the time after which to try again.
            DatabaseUnavailable: nobody can say whose turn it is.
        """
        if not self.gap_s or is_own_machine(host):
            yield
            return
        gap, lease = timedelta(seconds=self.gap_s), timedelta(seconds=self.lease_s)
        began = self.now()
        while (free_at := self.hosts.take(host, self.holder, self.now(), gap, lease)) is not None:
            if free_at - began > LONGEST_WAIT or self.now() - began > LONGEST_WAIT:
                wait_s = max(0.0, (free_at - self.now()).total_seconds())
                raise SourceUnavailable(f"{host} is being asked by others", retry_after_s=wait_s)
            self.sleep(min(LONGEST_NAP_S, max(0.01, (free_at - self.now()).total_seconds())))
        try:
            yield
        finally:
            self.hosts.free(host, self.holder, self.now())


def is_own_machine(host: str) -> bool:
    """Whether a host is the machine itself: the demo, a test, a site beside us.

    >>> is_own_machine("127.0.0.1"), is_own_machine("localhost"), is_own_machine("example.com")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
