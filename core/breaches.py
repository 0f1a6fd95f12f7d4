"""Incidents of rules: a line is passed, for as long as the rule asks; then it is not any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.alerting import NEGATIVE, Cause, Incident, IncidentState
from core.durations import format_duration
from core.evidence import Posts, cause_of
from core.rules import Measure, Measured, Rule, measure
from core.series import MINUTE
from core.surges import Kind, Verdict, judge
from core.watched import WATCHED, Caught, Series, named
from core.wording import ended, incident_id, span

CALM: Final = timedelta(minutes=5)
"""An incident ends after so long on the right side of the line, so that one that hovers there is told of once."""


def follow(
    series: Sequence[Series],
    caught: Mapping[tuple[str, str], Caught],
    incidents: Sequence[Incident],
    now: datetime,
    posts: Posts,
    rules: Sequence[Rule],
) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
    """What the rules change: incidents that open, go on and end, and those that came to nothing while they waited.

    Args:
        incidents: those that are open, of any kind; one whose rule is no longer drawn is ended.
    """
    still_open = {
        (one.kind, one.dimension, one.key): one
        for one in incidents
        if one.kind != NEGATIVE and one.dimension in WATCHED and one.state is not IncidentState.RESOLVED
    }
    known = {one.name: one for one in series}
    changed: list[Incident] = []
    withdrawn: list[str] = []
    for rule in rules:
        fitting = {name for name in known if rule.fits(*name)}
        fitting |= {name[1:] for name in still_open if name[0] == rule.name and rule.fits(*name[1:])}
        for dimension, key in sorted(fitting):
            before = still_open.pop((rule.name, dimension, key), None)
            found = _measure(rule, known.get((dimension, key)), caught.get((dimension, key)), now, posts)
            after = _step(rule, (dimension, key), before, found, now, posts)
            if after is not None:
                changed.append(after)
            elif before is not None and before.state is IncidentState.PENDING and not found.passed:
                withdrawn.append(before.incident_id)
    for incident in still_open.values():
        if incident.state is IncidentState.PENDING:
            withdrawn.append(incident.incident_id)
        else:
            changed.append(ended(incident, now, "is not watched by this rule any more,"))
    return tuple(changed), tuple(withdrawn)


def _measure(rule: Rule, series: Series | None, caught: Caught | None, now: datetime, posts: Posts) -> Measured:
    if series is None or caught is None:
        return Measured(False, 0.0, 0, 0.0)
    return measure(
        rule, series, _attention(series, caught, now, posts) if rule.measure is Measure.ATTENTION else None, now
    )


def _attention(series: Series, caught: Caught, now: datetime, posts: Posts) -> Verdict:
    def voices(kind: Kind, since: datetime) -> int:
        return posts.voices(series.dimension, series.key, kind, since)

    return judge(caught.state, caught.recent, now, voices=voices, kinds=(Kind.ATTENTION,))


def _step(
    rule: Rule, name: tuple[str, str], before: Incident | None, found: Measured, now: datetime, posts: Posts
) -> Incident | None:
    """The incident as it is after this moment; `None` when nothing changes, or nothing comes of it."""
    if not found.passed:
        is_over = before is not None and before.state is not IncidentState.PENDING and now - before.updated_at >= CALM
        return ended(before, now, "is below its line again") if is_over and before is not None else None
    if before is None:
        opened = _opened(rule, name, found, now)
        return opened if rule.lasting else _fired(opened, rule, found, now, posts)
    if before.state is IncidentState.PENDING:
        is_time = now - (before.pending_since or before.opened_at) >= rule.lasting
        return _fired(before, rule, found, now, posts) if is_time else None
    if found.observed > before.observed:
        peak = replace(before, observed=found.observed, expected=found.line, updated_at=now)
        peak = replace(peak, authors=_authors(peak, rule, now, posts), cause=_cause(peak, rule, now, posts))
        return replace(peak, summary=_summary(peak, rule, found))
    return replace(before, updated_at=now) if now - before.updated_at >= MINUTE else None


def _opened(rule: Rule, name: tuple[str, str], found: Measured, now: datetime) -> Incident:
    incident = Incident(
        incident_id=incident_id(rule.name, *name, now), dimension=name[0], key=name[1], kind=rule.name,
        state=IncidentState.PENDING, opened_at=now, updated_at=now, severity=rule.severity, observed=found.observed,
        expected=found.line, p_value=1.0, authors=0, summary="", window_min=round(rule.over / MINUTE),
        pending_since=now, labels=rule.labels,
    )  # fmt: skip
    return replace(incident, summary=_summary(incident, rule, found))


def _fired(incident: Incident, rule: Rule, found: Measured, now: datetime, posts: Posts) -> Incident:
    fired = replace(
        incident, state=IncidentState.FIRING, opened_at=now, updated_at=now, observed=found.observed,
        expected=found.line, authors=_authors(incident, rule, now, posts), cause=_cause(incident, rule, now, posts),
    )  # fmt: skip
    return replace(fired, summary=_summary(fired, rule, found))


def _authors(incident: Incident, rule: Rule, now: datetime, posts: Posts) -> int:
    return posts.voices(incident.dimension, incident.key, rule.kind, now - rule.over)


def _cause(incident: Incident, rule: Rule, now: datetime, posts: Posts) -> Cause:
    return cause_of((incident.dimension, incident.key), rule.kind, rule.over, now, posts)


def _summary(incident: Incident, rule: Rule, found: Measured) -> str:
    about, within = named(incident.dimension, incident.key), span(round(rule.over / MINUTE))
    lasting = f" for {format_duration(rule.lasting)}" if rule.lasting else ""
    return f"{about}: {_told(rule, found)} in {within}{lasting} (rule {rule.name})"


def _told(rule: Rule, found: Measured) -> str:
    match rule.measure:
        case Measure.NEGATIVE_SHARE:
            return f"{found.value:.0%} of the posts are negative, above {rule.above:.0%}"
        case Measure.ATTENTION:
            return f"attention of severity {found.value:.0f}, above {rule.above:g}, with {found.observed} posts"
        case Measure.NEGATIVE:
            return f"{found.observed} negative posts, above {rule.above:g},"
        case Measure.POSTS:
            return f"{found.observed} posts, above {rule.above:g},"
