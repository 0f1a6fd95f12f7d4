"""One look of the surge timer: incidents that open and end are stored, and their notifications wait in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.alerting import Incident
from core.evidence import StoredPosts
from core.incidents import decide
from core.ports import IncidentStore, Steps
from core.routing import Routed, Routing, Standing, route
from core.rules import Rule, reach
from core.watched import Series


def look(
    incidents: IncidentStore,
    now: datetime,
    routing: Routing | None = None,
    rules: Sequence[Rule] = (),
    every: timedelta = timedelta(0),
) -> Steps | None:
    """Judge what got posts since the last look and store what changes; `None` when another worker is looking, or has
    looked less than `every` ago.

    Raises:
        DatabaseUnavailable: nothing was stored; the next look sees the same and decides the same.
    """
    drawn = tuple(rules)

    def decided(series: Sequence[Series], known: Sequence[Incident]) -> Steps:
        return decide(series, known, now, StoredPosts(incidents, now), drawn)

    def routed(standing: Standing) -> Routed:
        return route(routing or Routing(), standing, now)

    def reached(dimension: str, key: str) -> timedelta:
        return reach(drawn, dimension, key)

    return incidents.step(decided, now, routed, reached if drawn else None, every)
