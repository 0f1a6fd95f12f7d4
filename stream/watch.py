"""One look at the series: incidents open, go on and end, and their notifications wait in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.alerting import Incident
from core.incidents import decide
from core.ports import IncidentStore, Steps
from core.routing import Routed, Routing, Standing, route
from core.scoring import ScoredPost
from core.surges import Series

EVIDENCE_POSTS: Final = 500
"""Posts read to explain one surge: enough for the words, little enough to read within a look."""


def look(incidents: IncidentStore, now: datetime, routing: Routing | None = None) -> Steps | None:
    """Judge the last hours and store what changes; `None` when another worker is looking.

    Raises:
        DatabaseUnavailable: nothing was stored; the next look sees the same and decides the same.
    """

    def evidence(series: Series, since: datetime) -> Sequence[ScoredPost]:
        return incidents.evidence(series, since, EVIDENCE_POSTS)

    def decided(series: Sequence[Series], still_open: Sequence[Incident]) -> Steps:
        return decide(series, still_open, now, evidence)

    def routed(standing: Standing) -> Routed:
        return route(routing or Routing(), standing, now)

    return incidents.step(decided, now, routed)
