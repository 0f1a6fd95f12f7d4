"""A situation and what is wanted of it: which alerts, from when, until when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.scenarios.said import FIRM, Piece, Said, rng_of

WEEKS_BEFORE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Due:
    """One alert that is wanted. Times are minutes from `said.MONDAY`."""

    after: float
    """Not before."""
    by: float
    """At the latest."""
    lasts_until: float | None = None
    """Not over before; `None`: not looked at."""
    over_by: float | None = None
    """Over at the latest; `None`: not looked at."""
    entity: str = FIRM


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation. An alert that no `Due` asks for is a failure, and so is a second one for the same."""

    name: str
    why: str
    """Why whoever is woken wants just this."""
    pieces: tuple[Piece, ...]
    begins: float
    """From here on alerts are looked at; what is before is what the detector has seen so far."""
    ends: float
    negative: tuple[Due, ...] = ()
    """Alerts of negative feeling."""
    attention: tuple[Due, ...] | None = None
    """Surges of attention alone; `None` where it does not matter whether there is one."""
    days_before: float = WEEKS_BEFORE * 7
    restarts: tuple[float, ...] = ()
    """The worker dies at these minutes, and another goes on from what is stored."""
    workers: int = 1
    """They take turns."""
    unfit: str = ""
    """Why the detector does not do what is wanted; empty where it does."""

    def said(self) -> list[Said]:
        """Every post, in the order in which they come to us."""
        rng = rng_of(self.name)
        start = self.begins - self.days_before * 1_440
        drawn = [said for piece in self.pieces for said in piece(rng, start, self.ends)]
        return sorted(drawn, key=lambda said: (said.seen, said.at, said.author))

    @property
    def slug(self) -> str:
        """For the test's name."""
        return self.name.replace(" ", "_").replace(",", "").replace("'", "_")


@dataclass(frozen=True, slots=True)
class Alert:
    """What the detector did: opened at a minute, over at another, or not yet."""

    opened: float
    over: float | None = None
    entity: str = FIRM


def faults(wanted: Sequence[Due], found: Sequence[Alert]) -> list[str]:
    """In words, what of the wanted alerts is not as it should be; empty where all is.

    >>> faults([Due(after=60, by=65)], [Alert(62.0)]), faults([], [Alert(62.0)])
    ([], ['an alert about HRBL that nobody wants, at mon 01:02'])
    """
    left = sorted(found, key=lambda alert: alert.opened)
    wrong = []
    for due in sorted(wanted, key=lambda due: due.after):
        match = next((alert for alert in left if alert.entity == due.entity and alert.opened >= due.after), None)
        if match is None:
            wrong.append(f"no alert about {due.entity}, wanted by {clock(due.by)}")
            continue
        left.remove(match)
        if match.opened > due.by:
            wrong.append(f"the alert about {due.entity} comes at {clock(match.opened)}, not by {clock(due.by)}")
        if due.lasts_until is not None and match.over is not None and match.over < due.lasts_until:
            wrong.append(f"it is said to be over at {clock(match.over)}, but goes on until {clock(due.lasts_until)}")
        if due.over_by is not None and (match.over is None or match.over > due.over_by):
            when = "not at all" if match.over is None else f"at {clock(match.over)}"
            wrong.append(f"it is said to be over {when}, not by {clock(due.over_by)}")
    wrong += [f"an alert about {alert.entity} that nobody wants, at {clock(alert.opened)}" for alert in left]
    return wrong


def clock(minute: float) -> str:
    """A minute as `said.at` reads it."""
    week, within = divmod(int(minute), 10_080)
    day, of_day = divmod(within, 1_440)
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day]
    return f"{name} {of_day // 60:02}:{of_day % 60:02}" + (f" {week:+}" if week else "")
