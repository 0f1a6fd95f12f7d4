"""Receivers as people have them for Alertmanager: what its documentation promises them, and how the stock ones read it.

Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config (the fields and their types),
https://prometheus.io/docs/alerting/latest/notifications/ (what a template may use), and Go's rules for the types: a
time is RFC 3339, a label set is a map of strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
ZERO_TIME = datetime(1, 1, 1, tzinfo=UTC)
"""Go's: an alert that has no end."""


def _rfc3339(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError(f"{value!r} is not a time of RFC 3339")
    return datetime.fromisoformat(value)


Time = Annotated[datetime, BeforeValidator(_rfc3339)]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Labels = dict[LabelName, str]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Status = Literal["firing", "resolved"]


class Strict(BaseModel):
    """Nothing is converted, nothing is left over, nothing is missing."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Alert(Strict):
    status: Status
    labels: Labels
    annotations: Labels
    startsAt: Time
    endsAt: Time
    generatorURL: Url
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]

    @model_validator(mode="after")
    def _ends(self) -> Alert:
        if self.status == "firing" and self.endsAt != ZERO_TIME:
            raise ValueError("an alert that fires has an end")
        if self.status == "resolved" and not self.startsAt <= self.endsAt <= datetime.now(UTC):
            raise ValueError("an alert that is over ended before it began, or will")
        if "alertname" not in self.labels or "" in self.labels.values():
            raise ValueError("an alert has a name, and no label is empty")
        return self


class Payload(Strict):
    """The body of a request, version 4."""

    version: Literal["4"]
    groupKey: Annotated[str, StringConstraints(pattern=r"^\{.*\}(/\{.*\})*:\{.*\}$")]
    truncatedAlerts: Annotated[int, Field(ge=0)]
    status: Status
    receiver: Annotated[str, StringConstraints(min_length=1)]
    groupLabels: Labels
    commonLabels: Labels
    commonAnnotations: Labels
    externalURL: Url
    alerts: Annotated[list[Alert], Field(min_length=1)]

    @model_validator(mode="after")
    def _agrees(self) -> Payload:
        if (self.status == "firing") != any(alert.status == "firing" for alert in self.alerts):
            raise ValueError("the group fires while one of its alerts does")
        if self.commonLabels != _shared([alert.labels for alert in self.alerts]):
            raise ValueError("the common labels are not those that all alerts share")
        if self.commonAnnotations != _shared([alert.annotations for alert in self.alerts]):
            raise ValueError("the common annotations are not those that all alerts share")
        if not self.groupLabels.items() <= self.commonLabels.items():
            raise ValueError("the group's labels are not on each of its alerts")
        if len({alert.fingerprint for alert in self.alerts}) != len(self.alerts):
            raise ValueError("an alert stands in the message twice")
        return self


def _shared(maps: list[Labels]) -> Labels:
    return {name: value for name, value in maps[0].items() if all(other.get(name) == value for other in maps)}


def subject(payload: Payload) -> str:
    """The subject of mails and chats, as Alertmanager's own default template writes it."""
    firing = [alert for alert in payload.alerts if alert.status == "firing"]
    count = f":{len(firing)}" if payload.status == "firing" else ""
    others = [value for name, value in sorted(payload.commonLabels.items()) if name not in payload.groupLabels]
    rest = f" ({' '.join(others)})" if others else ""
    return f"[{payload.status.upper()}{count}] {' '.join(v for _, v in sorted(payload.groupLabels.items()))}{rest}"


def text(payload: Payload) -> str:
    """The text of the same template: labels, annotations and source of each alert."""
    lines = []
    for alert in payload.alerts:
        lines += ["Labels:", *(f" - {name} = {value}" for name, value in sorted(alert.labels.items()))]
        lines += ["Annotations:", *(f" - {name} = {value}" for name, value in sorted(alert.annotations.items()))]
        lines.append(f"Source: {alert.generatorURL}")
    return "\n".join(lines)


@dataclass
class Pager:
    """As the pager services: one call a `groupKey`, opened by firing, changed by firing again, closed by resolved."""

    calls: dict[str, str] = field(default_factory=dict)
    """By key, the subject."""
    log: list[str] = field(default_factory=list)

    def take(self, payload: Payload) -> None:
        if payload.status == "resolved":
            self.log.append("closed" if self.calls.pop(payload.groupKey, None) else "closed what was not open")
            return
        self.log.append("changed" if payload.groupKey in self.calls else "opened")
        self.calls[payload.groupKey] = subject(payload)


@dataclass
class Board:
    """As the chat bots and ticket bridges: one ticket an alert, by its fingerprint, with one line of what it is."""

    firing: dict[str, str] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)

    def take(self, payload: Payload) -> None:
        for alert in payload.alerts:
            name = f"{alert.labels['alertname']} since {alert.startsAt:%H:%M}: {alert.annotations['summary']}"
            if alert.status == "firing":
                self.firing[alert.fingerprint] = name
            elif self.firing.pop(alert.fingerprint, None) is not None:
                self.over[alert.fingerprint] = name


def environment(payload: Payload) -> Mapping[str, str]:
    """As the receivers that start a script: everything in variables, numbered by alert."""
    found = {
        "AMX_STATUS": payload.status, "AMX_RECEIVER": payload.receiver, "AMX_EXTERNAL_URL": payload.externalURL,
        "AMX_ALERT_LEN": str(len(payload.alerts)),
    }  # fmt: skip
    found |= {f"AMX_GLABEL_{name}": value for name, value in payload.groupLabels.items()}
    found |= {f"AMX_LABEL_{name}": value for name, value in payload.commonLabels.items()}
    found |= {f"AMX_ANNOTATION_{name}": value for name, value in payload.commonAnnotations.items()}
    for number, alert in enumerate(payload.alerts, start=1):
        found[f"AMX_ALERT_{number}_STATUS"] = alert.status
        found[f"AMX_ALERT_{number}_START"] = str(int(alert.startsAt.timestamp()))
        found |= {f"AMX_ALERT_{number}_LABEL_{name}": value for name, value in alert.labels.items()}
    return found
