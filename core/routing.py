"""Who is told of which incidents, when, and together with which others, as Alertmanager users know it.

An incident goes down a tree of routes by its labels; where it comes to rest, it joins a group, which speaks to one
receiver. A group speaks when it has something new to say and its waits are over: a beginning, an end, or (where the
route asks for them) a worse severity and a reminder. What is silenced or inhibited has no beginning yet. Three things
are not as in Alertmanager, on purpose: a receiver is told of a beginning once, by one group, even when the incident
later fits another; whoever was told the beginning is told the end, silenced or not; and nobody is reminded unless asked
for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from core import drift_incidents, model_health, source_health
from core.alerting import (
    DEFAULT_RECEIVER,
    Incident,
    IncidentState,
    Notification,
    NotificationState,
    severity_label,
)
from core.drift_watch import Finding
from core.hours import Interval, any_holds
from core.matching import Matcher, matches_all
from core.notifications import DELIVERY, DELIVERY_FAILURE, Told, labels_of, payload
from core.registry import Refusal
from core.silences import Silence
from core.source_health import Heard

RANKS: Final[dict[str, int]] = {severity_label(level): level for level in range(10, 0, -1)}
"""By word, a number that is greater where the word is worse."""
TOLD_OF: Final = frozenset({IncidentState.FIRING, IncidentState.ACKNOWLEDGED})
EVERY_LABEL: Final = "..."
"""In `group_by`: each set of labels is a group of its own."""
NO_WAIT: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Route:
    """One node of the tree, with what it inherits filled in."""

    receiver: str = DEFAULT_RECEIVER
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ("incident",)
    group_wait: timedelta = NO_WAIT
    """Before a new group speaks for the first time."""
    group_interval: timedelta = NO_WAIT
    """Between two messages of a group."""
    repeat_interval: timedelta | None = None
    """Between reminders of what still fires and nobody acknowledged; `None` is never."""
    escalations: bool = False
    """Say so when the severity word of a told incident becomes worse."""
    active: tuple[Interval, ...] = ()
    """It speaks only within these, when there are any; what it did not say it says when they begin."""
    muted: tuple[Interval, ...] = ()
    goes_on: bool = False
    """Whether the routes beside it are asked, too."""
    routes: tuple[Route, ...] = ()

    def is_quiet(self, now: datetime) -> bool:
        """Whether its hours forbid it to speak."""
        return any_holds(self.muted, now) or (bool(self.active) and not any_holds(self.active, now))


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an incident that fits `source` fires, one that fits `target`, with the same `equal` labels, is not told."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def forbids(self, labels: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> bool:
        """As in Alertmanager, what fits both sides is not inhibited by others that do."""
        if not matches_all(self.target, labels):
            return False
        is_source = matches_all(self.source, labels)
        return any(
            matches_all(self.source, other)
            and not (is_source and matches_all(self.target, other))
            and all(other.get(name, "") == labels.get(name, "") for name in self.equal)
            for other in others
        )


@dataclass(frozen=True, slots=True)
class Audience:
    """A receiver, as far as routing cares."""

    send_resolved: bool = True
    max_alerts: int = 0
    """Alerts in one message; 0 is any number."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Everything that is configured about who is told."""

    route: Route = field(default_factory=Route)
    audiences: Mapping[str, Audience] = field(default_factory=lambda: {DEFAULT_RECEIVER: Audience()})
    """By name."""
    inhibitions: tuple[Inhibition, ...] = ()
    silences: tuple[Silence, ...] = ()
    """Of the configuration file; those of the command line are stored."""
    about: Mapping[str, dict[str, str]] = field(default_factory=dict)
    """By entity, its further labels."""
    dashboard_url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was told to one receiver about the incidents that belong together."""

    group_id: str
    receiver: str
    path: str
    """The matchers of the routes that lead to it."""
    labels: Mapping[str, str]
    opened_at: datetime
    flush_at: datetime
    """It does not speak before."""
    sent_at: datetime | None = None
    sequence: int = 0
    """Messages so far."""
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By incident whose beginning was told and whose end was not: the labels it was told with."""

    @property
    def key(self) -> str:
        """Alertmanager's `groupKey`."""
        written = (str(Matcher(name, "=", value)) for name, value in sorted(self.labels.items()))
        return f"{self.path}:{{{', '.join(written)}}}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A receiver whose messages were given up since it last took one."""

    receiver: str
    given_up: int
    since: datetime
    last_error: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored, at one moment."""

    incidents: Sequence[Incident] = ()
    """Those that are open, and those that a group has told of."""
    groups: Sequence[Group] = ()
    silences: Sequence[Silence] = ()
    troubles: Sequence[Trouble] = ()
    sources: Sequence[Heard] = ()
    refusals: Sequence[Refusal] = ()
    """Of the champion."""
    drifting: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """What changes; stored together or not at all."""

    incidents: tuple[Incident, ...] = ()
    """About receivers that do not get their alerts, sources that are silent, a champion that is refused, and drift:
    opened, updated and resolved."""
    groups: tuple[Group, ...] = ()
    """New, or changed."""
    gone: tuple[str, ...] = ()
    """Groups that have nothing left to tell."""
    notifications: tuple[Notification, ...] = ()


def route(routing: Routing, standing: Standing, now: datetime) -> Routed:
    """Decide who is told what at this moment; asking again at once changes nothing more."""
    changed = (
        *_deliveries(standing, now),
        *source_health.incidents(standing.incidents, standing.sources, now),
        *model_health.incidents(standing.incidents, standing.refusals, now),
        *drift_incidents.incidents(standing.incidents, standing.drifting, now),
    )
    incidents = {incident.incident_id: incident for incident in (*standing.incidents, *changed)}
    alerts = {
        incident.incident_id: Told(incident, labels_of(incident, routing.about)) for incident in incidents.values()
    }
    firing = {name: alert for name, alert in alerts.items() if alert.incident.state in TOLD_OF}
    hushed = frozenset(name for name, alert in firing.items() if why_hushed(routing, standing, alert, firing, now))
    known = {group.group_id: group for group in standing.groups if group.receiver in routing.audiences}
    joined = _join(routing, known, firing, now)
    gone = [group.group_id for group in standing.groups if group.group_id not in known]
    kept: list[Group] = []
    notifications: list[Notification] = []
    for group, one, members in joined:
        after, message = _speak(routing, group, one, members, alerts, hushed, now)
        if message is not None:
            notifications.append(message)
        if not after.told and not members:
            gone.append(after.group_id)
        elif after is not known.get(after.group_id):
            kept.append(after)
    # a group that comes and goes within one look was never stored
    stored = {group.group_id for group in standing.groups}
    return Routed(changed, tuple(kept), tuple(name for name in gone if name in stored), tuple(notifications))


def paths(one: Route, labels: Mapping[str, str], above: str = "") -> Iterator[tuple[str, Route]]:
    """Where an incident comes to rest in the tree, each with its path; the top fits everything."""
    path = f"{above}/{_braced(one)}" if above else _braced(one)
    rested = False
    for child in one.routes:
        if matches_all(child.matchers, labels):
            rested = True
            yield from paths(child, labels, path)
            if not child.goes_on:
                return
    if not rested:
        yield path, one


def why_hushed(
    routing: Routing, standing: Standing, alert: Told, firing: Mapping[str, Told], now: datetime
) -> str | None:
    """In a sentence, why nobody is told that an incident began; `None` when there is no reason."""
    for silence in (*routing.silences, *standing.silences):
        if silence.holds(alert.labels, now):
            return f"silenced until {silence.ends_at:%Y-%m-%d %H:%M} by {silence.owner}: {silence.comment}"
    others = [other.labels for name, other in firing.items() if name != alert.incident.incident_id]
    if any(inhibition.forbids(alert.labels, others) for inhibition in routing.inhibitions):
        return "inhibited by another incident"
    return None


def _braced(one: Route) -> str:
    return f"{{{', '.join(map(str, one.matchers))}}}"


def _every(one: Route, above: str = "") -> Iterator[tuple[str, Route]]:
    path = f"{above}/{_braced(one)}" if above else _braced(one)
    yield path, one
    for child in one.routes:
        yield from _every(child, path)


def _join(
    routing: Routing, known: Mapping[str, Group], firing: Mapping[str, Told], now: datetime
) -> list[tuple[Group, Route, list[str]]]:
    """Every group, old and new, with its route and the incidents that fire in it."""
    tellers = {(group.receiver, name): group.group_id for group in known.values() for name in group.told}
    groups, members = dict(known), {name: [] for name in known}  # type: dict[str, Group], dict[str, list[str]]
    for name, alert in firing.items():
        for path, one in paths(routing.route, alert.labels):
            if alert.incident.dimension == DELIVERY and alert.incident.key == one.receiver:
                continue  # it would not get this one either
            group = _group(one, path, alert.labels, now)
            group_id = tellers.setdefault((one.receiver, name), group.group_id)
            groups.setdefault(group_id, group)
            joined = members.setdefault(group_id, [])
            if name not in joined:
                joined.append(name)
    for (_receiver, name), group_id in tellers.items():  # where it was told, it stays, whatever its labels are by now
        if name in firing and name not in members[group_id]:
            members[group_id].append(name)
    by_path = {(path, one.receiver): one for path, one in _every(routing.route)}
    # a group whose route is no longer configured tells the ends that it owes, at once
    orphaned = Route()
    return [
        (group, by_path.get((group.path, group.receiver), orphaned), members[name]) for name, group in groups.items()
    ]


def _group(one: Route, path: str, labels: Mapping[str, str], now: datetime) -> Group:
    wanted = labels if EVERY_LABEL in one.group_by else one.group_by
    group = Group(
        "", one.receiver, path, {name: labels[name] for name in sorted(wanted) if name in labels}, now,
        now + one.group_wait,
    )  # fmt: skip
    return replace(group, group_id=_digest(one.receiver, group.key))


def _speak(
    routing: Routing, group: Group, one: Route, members: Sequence[str], alerts: Mapping[str, Told],
    hushed: frozenset[str], now: datetime,
) -> tuple[Group, Notification | None]:  # fmt: skip
    """The group as it is after this moment, and its message, if it has one."""
    if now < group.flush_at or one.is_quiet(now):
        return group, None
    audience = routing.audiences[group.receiver]
    begun = [name for name in members if name not in group.told and name not in hushed]
    ended = [name for name in group.told if name not in members]
    worse = [name for name in members if one.escalations and name not in hushed and _is_worse(group, alerts[name])]
    waiting = [name for name in members if name in group.told and name not in hushed]
    unanswered = [name for name in waiting if alerts[name].incident.state is IncidentState.FIRING]
    is_time = one.repeat_interval is not None and group.sent_at is not None
    reminds = is_time and unanswered and now - group.sent_at >= one.repeat_interval  # type: ignore[operator]
    told_ends = [name for name in ended if name in alerts and audience.send_resolved]
    told = {name: labels for name, labels in group.told.items() if name not in ended}
    if not (begun or told_ends or worse or reminds):
        return (replace(group, told=told) if ended else group), None
    anew = {name: alerts[name].labels for name in (*begun, *worse, *(waiting if reminds else ()))}
    shown = [Told(alerts[name].incident, anew.get(name) or group.told[name]) for name in (*begun, *waiting, *told_ends)]
    spoken = replace(
        group, flush_at=now + one.group_interval, sent_at=now, sequence=group.sequence + 1, told=told | anew
    )
    return spoken, _message(routing, spoken, shown, audience.max_alerts, now)


def _is_worse(group: Group, alert: Told) -> bool:
    before = group.told.get(alert.incident.incident_id)
    return before is not None and RANKS[alert.labels["severity"]] > RANKS.get(before.get("severity", ""), 0)


def _message(routing: Routing, group: Group, shown: Sequence[Told], most: int, now: datetime) -> Notification:
    body = payload(
        shown, receiver=group.receiver, group_key=group.key, group_labels=group.labels,
        dashboard_url=routing.dashboard_url, most=most,
    )  # fmt: skip
    names = tuple(told.incident.incident_id for told in shown)
    return Notification(
        # the same for a look that is made again after a crash, and another for a group that comes again
        notification_id=f"msg_{_digest(group.group_id, group.opened_at.isoformat(), str(group.sequence))}",
        incident_id=names[0], event=body["status"], payload=body, state=NotificationState.PENDING, attempts=0,
        due_at=now, receiver=group.receiver, group_id=group.group_id, incident_ids=names, queued_at=now,
    )  # fmt: skip


def _deliveries(standing: Standing, now: datetime) -> tuple[Incident, ...]:
    """Incidents about receivers: one opens when a message is given up, and ends when the receiver takes one again."""
    still_open = {
        incident.key: incident
        for incident in standing.incidents
        if incident.dimension == DELIVERY and incident.state is not IncidentState.RESOLVED
    }
    troubles = {trouble.receiver: trouble for trouble in standing.troubles}
    changed = []
    for name, trouble in sorted(troubles.items()):
        incident = still_open.get(name)
        if incident is None:
            changed.append(_trouble(trouble, now))
        elif incident.observed != trouble.given_up:
            grown = _trouble(trouble, now)
            changed.append(replace(incident, observed=grown.observed, summary=grown.summary, updated_at=now))
    for name, incident in sorted(still_open.items()):
        if name not in troubles:
            summary = f"The receiver {name} takes alerts again; what was given up is not sent again"
            over = replace(incident, state=IncidentState.RESOLVED, updated_at=now, resolved_at=now, summary=summary)
            changed.append(over)
    return tuple(changed)


def _trouble(trouble: Trouble, now: datetime) -> Incident:
    count = f"{trouble.given_up} messages were" if trouble.given_up > 1 else "a message was"
    return Incident(
        incident_id=_digest(DELIVERY, trouble.receiver, trouble.since.isoformat()), kind=DELIVERY_FAILURE,
        dimension=DELIVERY, key=trouble.receiver, state=IncidentState.FIRING, opened_at=now, updated_at=now,
        severity=8, observed=trouble.given_up, expected=0.0, p_value=1.0, authors=0,
        summary=f"Alerts do not reach the receiver {trouble.receiver}: {count} given up ({trouble.last_error})",
    )  # fmt: skip


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]
