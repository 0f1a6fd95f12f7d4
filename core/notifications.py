"""What a webhook says about a group of incidents: Alertmanager's webhook, version 4, so that its receivers
work unchanged.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from shlex import quote
from typing import Any, Final

from core.alerting import NEGATIVE, Cause, Incident, IncidentState, Moved, severity_label
from core.drift_incidents import DRIFT
from core.model_health import MODEL
from core.source_health import SILENT
from core.watched import ENTITY, PAIR, WATCHED, named, things
from core.wording import span, usual

NO_END: Final = "0001-01-01T00:00:00Z"
"""What Alertmanager writes as the end of an alert that is still firing (Go's zero time)."""
DELIVERY: Final = "delivery"
"""The dimension of an incident about a receiver that does not get its alerts; its key is the receiver's name."""
DELIVERY_FAILURE: Final = "DeliveryFailure"
TRIAL: Final = "GroundswellTrial"
"""What an incident is called that only tries a receiver."""
MOST_BESIDES: Final = 5
_MINUTE: Final = "%Y-%m-%d %H:%M"
LABEL_OF: Final = {DELIVERY: "failed_receiver", DRIFT: "channel", SILENT: "source"}
"""By dimension, the label that holds the key; any other dimension is its own label."""


def labels_of(incident: Incident, about: Mapping[str, dict[str, str]] | None = None) -> dict[str, str]:
    """What routes, silences and receivers tell an incident by; all strings.

    Args:
        about: by an entity's key, further labels that the configuration gives it (desk, institution).
    """
    surging = [(incident.dimension, incident.key), *incident.members]
    parts = [(dimension, key) for one in surging for dimension, key in (one, *things(*one))]
    entity = next((key for dimension, key in parts if dimension == "entity"), "")
    labels = dict((about or {}).get(entity, {}))
    for dimension, key in reversed(parts):  # the first of a dimension wins, and what the incident is about is first
        labels[LABEL_OF.get(dimension, dimension)] = key
    labels |= dict(incident.labels)
    labels |= {
        "alertname": incident.kind,
        "incident": incident.incident_id,
        "dimension": incident.dimension,
        "severity": severity_label(incident.severity),
        "severity_level": str(incident.severity),
    }
    return {name: value for name, value in sorted(labels.items()) if value}  # an empty label is the same as none


@dataclass(frozen=True, slots=True)
class Told:
    """One alert of a message."""

    incident: Incident
    labels: Mapping[str, str]

    @property
    def is_over(self) -> bool:
        return self.incident.state is IncidentState.RESOLVED


def payload(
    alerts: Sequence[Told], *, receiver: str, group_key: str, group_labels: Mapping[str, str], dashboard_url: str,
    most: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """The JSON object of one message.

    `groupKey` and `fingerprint` are the same in firing and in resolved, so that a receiver can pair them. Labels and
    annotations are all strings: receivers written for Alertmanager decode them as a map of strings.

    Args:
        alerts: at least one; the message is "resolved" when all of them are over.
        dashboard_url: without query; an incident's id is added.
        most: alerts written out, those that fire first; 0 is all of them.
    """
    ordered = sorted(alerts, key=lambda told: (told.is_over, -told.incident.severity, told.incident.opened_at))
    shown = ordered[:most] if most else ordered
    written = [_alert(told, dashboard_url) for told in shown]
    return {
        "version": "4",
        "groupKey": group_key,
        "truncatedAlerts": len(ordered) - len(shown),
        "status": "resolved" if all(told.is_over for told in alerts) else "firing",
        "receiver": receiver,
        "groupLabels": dict(group_labels),
        "commonLabels": _common(alert["labels"] for alert in written),
        "commonAnnotations": _common(alert["annotations"] for alert in written),
        "externalURL": dashboard_url,
        "alerts": written,
    }


def _alert(told: Told, dashboard_url: str) -> dict[str, Any]:
    incident = told.incident
    link = f"{dashboard_url.rstrip('/')}/?incident={incident.incident_id}"
    ends_at = incident.resolved_at if told.is_over else None
    return {
        "status": "resolved" if told.is_over else "firing",
        "labels": dict(told.labels),
        "annotations": _annotations(incident, told.labels, link),
        "startsAt": _rfc3339(incident.opened_at),
        "endsAt": _rfc3339(ends_at) if ends_at else NO_END,
        "generatorURL": link,
        "fingerprint": hashlib.sha256(incident.incident_id.encode()).hexdigest()[:16],
    }


def _annotations(incident: Incident, labels: Mapping[str, str], link: str) -> dict[str, str]:
    facts = {"summary": incident.summary, "description": _description(incident, labels, link)}
    if incident.dimension not in (DELIVERY, MODEL, DRIFT):
        cause = incident.cause
        facts |= {
            "observed": str(incident.observed),
            "expected": f"{incident.expected:.2f}",
            "window": span(incident.window_min),
            "p_value": f"{incident.p_value:.2g}",
            "how_unusual": _how_unusual(incident),
            "authors": str(incident.authors),
            "terms": ", ".join(cause.terms),
            "examples": "\n".join(_examples(cause)),
            "moved": ", ".join(map(_moved, cause.moved)),
            "first_seen": _first_seen(cause),
            "also_surging": ", ".join(_besides(incident)),
        }
    facts |= {"severity": f"{incident.severity} of 10", "next_step": _next_step(incident), "dashboard": link}
    return {name: value for name, value in facts.items() if value}


def _description(incident: Incident, labels: Mapping[str, str], link: str) -> str:
    """What a pager or a chat shows when it shows one text: since when, how bad, why, what now, and where to look."""
    cause, unusual, first = incident.cause, _how_unusual(incident), _first_seen(incident.cause)
    besides = _besides(incident)
    whose = f"{labels['institution']}. " if "institution" in labels else ""
    since = f"Since {incident.opened_at.astimezone(UTC):{_MINUTE}} UTC"
    until = f" until {incident.resolved_at.astimezone(UTC):{_MINUTE}} UTC" if incident.resolved_at else ""
    word = severity_label(incident.severity)
    lines = [
        f"{whose}{since}{until}. Severity {incident.severity} of 10, {word}.",
        f"How unusual: {unusual}." if unusual else "",
        f"New words: {', '.join(cause.terms)}." if cause.terms else "",
        f"More than usual: {', '.join(map(_moved, cause.moved))}." if cause.moved else "",
        f"Surges with it: {', '.join(besides)}." if besides else "",
        f"First seen: {first}" if first else "",
        *_examples(cause),
        f"Next: {_next_step(incident)}",
        link,
    ]
    return "\n".join(line for line in lines if line)


def _how_unusual(incident: Incident) -> str:
    """Of the detector's own incidents alone: a rule's line says nothing about chance."""
    if incident.kind != NEGATIVE:
        return ""
    days = 1 / max(incident.p_value, 1e-300)
    often = f"about once in {days:.0f} days" if days < 730 else f"about once in {days / 365:.0f} years"
    by_chance = "less than once in a thousand years" if days > 365_000 else often if days >= 2 else "every other day"
    return f"usually {usual(incident.expected)} in {span(incident.window_min)}; chance alone brings this {by_chance}"


def _examples(cause: Cause) -> list[str]:
    """Each excerpt with the address of its post, where that has one."""
    links = [*cause.links, *("" for _ in cause.excerpts)]
    return [f"“{excerpt}” {link}".rstrip() for excerpt, link in zip(cause.excerpts, links, strict=False)]


def _besides(incident: Incident) -> list[str]:
    """What else surges, what says most first. That all posts do, all of a channel, or an entity's topic as such,
    follows from the rest and says nothing."""
    topics = {things(*member)[1] for member in incident.members if member[0] == PAIR}
    said = [member for member in incident.members if member[0] not in ("total", "channel") and member not in topics]
    said.sort(key=lambda member: WATCHED.index(member[0]) if member[0] in WATCHED else len(WATCHED))
    more = [f"{len(said) - MOST_BESIDES} more"] if len(said) > MOST_BESIDES else []
    return [*(_named(*member) for member in said[:MOST_BESIDES]), *more]


def _named(dimension: str, key: str) -> str:
    return key if dimension == "family" else named(dimension, key)


def _moved(thing: Moved) -> str:
    return f"{_named(thing.dimension, thing.key)} in {thing.now:.0%} of the posts (usually {thing.usual:.0%})"


def _first_seen(cause: Cause) -> str:
    if cause.first is None:
        return ""
    return f"{cause.first.source}, {cause.first.at.astimezone(UTC):{_MINUTE}} UTC {cause.first.url}".rstrip()


def _next_step(incident: Incident) -> str:
    if incident.kind == TRIAL:
        return "Nothing: this was a trial."
    if incident.state is IncidentState.RESOLVED:
        return "Nothing is needed now. Note the cause, and answer the drafts that are still waiting."
    if incident.dimension == DELIVERY:
        return (
            f"Check the address, the secret and the log of the receiver {incident.key}, then send it a trial alert: "
            f"groundswell alerts test {incident.key}"
        )
    if incident.dimension == SILENT:
        return (
            f"Try it (groundswell sources test {incident.key}), look at its errors on the dashboard's Sources page, "
            "and see whether the site has moved, refuses us or has nothing to say."
        )
    if incident.dimension == MODEL:
        return (
            f"Look at it (groundswell models show {incident.key}), and go back to the champion before: "
            "groundswell models rollback --why WHY. Posts are still scored, by the model that each worker had."
        )
    if incident.dimension == DRIFT:
        return (
            "See what moved (groundswell drift), read some of the channel's newest posts on the dashboard, and correct "
            "labels that are wrong: the next training learns from them."
        )
    about = things(incident.dimension, incident.key) or (("dimension", incident.dimension),)
    matchers = " ".join(quote(f"{name}={value}") for name, value in about)
    firm = next((key for dimension, key in about if dimension == ENTITY), "")
    return (
        "Acknowledge it on the dashboard. Read the example posts and check with operations whether "
        f"{firm or 'a firm they name'} has a fault that fits them. Then approve or reject the reply drafts that wait "
        f"there. If it is known already: groundswell alerts silence {matchers} --for 2h --comment WHY"
    )


def _common(maps: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What stands in all of them with the same value."""
    first, *others = maps
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Message:
    """A payload for people: what a chat, a mail or a phone shows."""

    title: str
    body: str
    severity: str
    """The worst word of what fires; empty when all is over."""


def message(body: Mapping[str, Any]) -> Message:
    """What a payload says, for receivers that show a text."""
    alerts: Sequence[Mapping[str, Any]] = body["alerts"]
    firing = [alert for alert in alerts if alert["status"] == "firing"]
    words = [alert["labels"].get("severity", "info") for alert in firing]
    worst = next((word for word in ("critical", "warning", "info") if word in words), "")
    first, *others = [*firing, *(alert for alert in alerts if alert not in firing)]
    more = len(others) + body["truncatedAlerts"]
    title = f"[{worst.upper() or 'RESOLVED'}] {first['annotations']['summary']}"
    return Message(
        title=title + (f" (and {more} more)" if more else ""),
        body="\n\n".join(_told(alert, with_summary=bool(others)) for alert in (first, *others)),
        severity=worst,
    )


def _told(alert: Mapping[str, Any], with_summary: bool) -> str:
    annotations = alert["annotations"]
    status = "" if alert["status"] == "firing" else "RESOLVED "
    summary = f"{status}{annotations['summary']}\n" if with_summary else ""
    return f"{summary}{annotations['description']}"
