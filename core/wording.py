"""Incidents in words, their names, their history, and their ends."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.alerting import Cause, Change, Incident, IncidentState, What
from core.series import MINUTE
from core.watched import named


def ended(incident: Incident, now: datetime, how: str) -> Incident:
    """The incident as it is when it is over."""
    lasted_min = max(1, round((now - incident.opened_at) / MINUTE))
    return replace(
        incident, state=IncidentState.RESOLVED, updated_at=now, resolved_at=now,
        summary=f"{named(incident.dimension, incident.key)} {how} after {lasted_min} minutes. At its peak: "
        f"{incident.summary.partition(': ')[2]}",
    )  # fmt: skip


def summary(incident: Incident) -> str:
    return (
        f"{named(incident.dimension, incident.key)}: {incident.observed} negative posts by {incident.authors} people "
        f"in {span(incident.window_min)}, usually {usual(incident.expected)}{_about(incident.cause)}"
    )


def changes(before: Incident | None, after: Incident) -> tuple[Change, ...]:
    """What an incident's history says of a step from one state of it to the next; what only moved a little, nothing."""

    def change(what: What, note: str = "", at: datetime | None = None) -> Change:
        return Change(at or after.updated_at, what, after.severity, after.observed, note)

    was = before.state if before is not None else None
    told: list[Change] = []
    if after.state is IncidentState.PENDING:
        return (change(What.PENDING, after.summary),) if before is None else ()
    if was in (None, IncidentState.PENDING):
        told.append(change(What.OPENED, after.summary, after.opened_at))
    elif before is not None and after.severity > before.severity:
        told.append(change(What.GREW, after.summary))
    known = before.members if before is not None else after.members
    joined = [named(*member) for member in after.members if member not in known]
    if joined:
        told.append(change(What.JOINED, ", ".join(joined)))
    if after.state is not was and after.state is IncidentState.ACKNOWLEDGED:
        told.append(change(What.ACKNOWLEDGED))
    if after.state is not was and after.state is IncidentState.RESOLVED:
        told.append(change(What.RESOLVED, after.summary, after.resolved_at))
    return tuple(told)


def span(minutes: int) -> str:
    """A number of minutes as a person says it.

    >>> span(5), span(60), span(1440), span(90), span(1)
    ('5 minutes', '1 hour', '24 hours', '90 minutes', '1 minute')
    """
    hours, rest = divmod(minutes, 60)
    count, unit = (minutes, "minute") if rest or not hours else (hours, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _about(cause: Cause) -> str:
    """The first new words: a pager shows one line, and that should say what it is about."""
    return f"; new: {', '.join(cause.terms[:3])}" if cause.terms else ""


HARDLY: Final = 0.1
"""A usual number below this is called hardly any, and nothing is said to be so many times of it."""


def usual(expected: float) -> str:
    """A usual number of posts as a person says it.

    >>> usual(312.4), usual(4.21), usual(0.04)
    ('about 312', 'about 4.2', 'hardly any')
    """
    return (
        f"about {expected:.0f}" if expected >= 10 else f"about {expected:.1f}" if expected >= HARDLY else "hardly any"
    )


def incident_id(kind: str, dimension: str, key: str, opened_at: datetime) -> str:
    """Deterministic: a look that is repeated after a crash opens the same incident, not a second one."""
    minute = opened_at.replace(second=0, microsecond=0).isoformat()
    return hashlib.sha256(f"{kind}\n{dimension}\n{key}\n{minute}".encode()).hexdigest()[:32]
