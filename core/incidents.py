"""What one look at the series changes: which incidents open, go on and end. Who is told of it: `core.routing`.

Only an entity opens an incident: topics, channels and the total surge when an entity does, and would be a second alert
for one cause. They are named as context. Two entities that surge in the same posts are one cause, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.alerting import Cause, Incident, IncidentState
from core.causes import explain
from core.ports import Steps
from core.scoring import ScoredPost
from core.window_rule import WINDOW_MIN, Series, Verdict, history_start, judge, window_start

WATCHED: Final = "entity"
CALM: Final = timedelta(minutes=5)
"""An incident ends after a whole window's length at the usual level: a flare within it is the same cause going on."""
REFRESH: Final = timedelta(minutes=1)
"""While a surge goes on without growing, `updated_at` moves at most this often: a row a look would be 12 a minute."""
SHARED: Final = 0.5
"""Of a candidate's posts that also name an entity with an incident: from here on it is that incident's cause."""

Evidence = Callable[[Series, datetime], Sequence[ScoredPost]]
"""The newest negative original posts of a series published at the time or later, newest first."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What stays the same during one look."""

    series: Sequence[Series]
    now: datetime
    evidence: Evidence
    since: datetime | None
    context: tuple[tuple[str, str], ...]
    """Topics that surge now, as `Incident.members` names them."""


def decide(series: Sequence[Series], incidents: Sequence[Incident], now: datetime, evidence: Evidence) -> Steps:
    """Judge every entity and say what changes.

    Args:
        series: of any dimension; an open incident whose series is missing is taken to be quiet.
        incidents: those not resolved, at most one an entity.
        evidence: asked only for entities that open an incident or whose surge grew.
    """
    open_by_key = {incident.key: incident for incident in incidents if incident.dimension == WATCHED}
    known = {s.key: s for s in series if s.dimension == WATCHED}
    look = _Look(series, now, evidence, _known_since(series), _context(series, now))
    steps: list[Steps] = []
    candidates: list[tuple[Series, Verdict]] = []
    for key in sorted(open_by_key.keys() | known.keys()):
        one = known.get(key, Series(WATCHED, key, ()))
        incident = open_by_key.get(key)
        verdict = judge(one, now, firing=incident is not None, since=look.since)
        if incident is not None:
            steps.append(_follow(incident, one, verdict, look))
        elif verdict.firing:
            candidates.append((one, verdict))
    steps.extend(_open(candidates, set(open_by_key), look))
    return Steps(tuple(incident for step in steps for incident in step.incidents))


def _known_since(series: Sequence[Series]) -> datetime | None:
    """The first minute anything was seen in; a stretch before it is ignorance, not silence."""
    return min((s.buckets[0].minute for s in series if s.buckets), default=None)


def _context(series: Sequence[Series], now: datetime) -> tuple[tuple[str, str], ...]:
    since = _known_since(series)
    return tuple((s.dimension, s.key) for s in series if s.dimension == "topic" and judge(s, now, False, since).firing)


def _follow(incident: Incident, series: Series, verdict: Verdict, look: _Look) -> Steps:
    """An open incident goes on, grows, or ends."""
    if not verdict.firing:
        return _resolve(incident, look) if look.now - incident.updated_at >= CALM else Steps()
    if verdict.observed > incident.observed:
        peak = replace(
            incident, updated_at=look.now, observed=verdict.observed, expected=verdict.expected,
            p_value=verdict.p_value, authors=max(verdict.authors, incident.authors),
            severity=max(verdict.severity, incident.severity), cause=_cause(series, look),
        )  # fmt: skip
        return Steps((replace(peak, summary=_summary(peak)),))
    if look.now - incident.updated_at >= REFRESH:
        return Steps((replace(incident, updated_at=look.now),))
    return Steps()


def _open(candidates: Sequence[tuple[Series, Verdict]], taken: set[str], look: _Look) -> list[Steps]:
    """The largest first, so that of two entities in the same posts the one with more of them bears the incident."""
    steps = []
    for series, verdict in sorted(candidates, key=lambda c: (-c[1].observed, c[0].key)):
        posts = look.evidence(series, window_start(look.now))
        if posts and any(_share(posts, other) >= SHARED for other in taken):
            continue
        taken.add(series.key)
        incident = Incident(
            incident_id=_incident_id(series, look.now), dimension=series.dimension, key=series.key,
            state=IncidentState.FIRING, opened_at=look.now, updated_at=look.now, severity=verdict.severity,
            observed=verdict.observed, expected=verdict.expected, p_value=verdict.p_value, authors=verdict.authors,
            summary="", cause=_cause(series, look), members=look.context,
        )  # fmt: skip
        incident = replace(incident, summary=_summary(incident))
        steps.append(Steps((incident,)))
    return steps


def _resolve(incident: Incident, look: _Look) -> Steps:
    lasted_min = max(1, round((look.now - incident.opened_at).total_seconds() / 60))
    ended = replace(
        incident, state=IncidentState.RESOLVED, updated_at=look.now, resolved_at=look.now,
        summary=f"{incident.key} is back to its usual level after {lasted_min} minutes. At its peak: "
        f"{_summary(incident).partition(': ')[2]}",
    )  # fmt: skip
    return Steps((ended,))


def _share(posts: Sequence[ScoredPost], entity: str) -> float:
    return sum(entity in scored.post.entities for scored in posts) / len(posts)


def _cause(series: Series, look: _Look) -> Cause:
    history = look.evidence(series, history_start(look.now))
    start = window_start(look.now)
    surge = [scored for scored in history if scored.post.published_at >= start]
    names = {scored.post.post_id for scored in surge}
    total = next((s for s in look.series if s.dimension == "total"), None)
    others = look.evidence(total, history_start(look.now)) if total else ()
    usual = [scored for scored in history if scored.post.published_at < start]
    usual += [s for s in others if s.post.post_id not in names and series.key not in s.post.entities]
    return explain(surge, usual, about=series.key)


def _summary(incident: Incident) -> str:
    return (
        f"{incident.key}: {incident.observed} negative posts by {incident.authors} authors in {WINDOW_MIN} minutes, "
        f"where {_usual(incident.expected)} usual"
    )


def _usual(expected: float) -> str:
    return f"about {expected:.1f} are" if expected >= 0.1 else "hardly any is"


def _incident_id(series: Series, opened_at: datetime) -> str:
    """Deterministic: a look that is repeated after a crash opens the same incident, not a second one."""
    minute = opened_at.replace(second=0, microsecond=0).isoformat()
    return hashlib.sha256(f"{series.dimension}\n{series.key}\n{minute}".encode()).hexdigest()[:32]
