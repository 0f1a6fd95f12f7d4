"""What an incident is from its first minute to its end, what is remembered of it, and what a notification is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal


class IncidentState(StrEnum):
    PENDING = "pending"
    """Above a rule's line, and not yet for as long as the rule asks; nobody is told, and it may come to nothing."""
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


NEGATIVE: Final = "NegativeSurge"
"""The kind of the detector's own incidents; those of a rule have the rule's name for a kind."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A thing whose part in the posts changed with the surge: an entity, a topic, an intent or a feeling."""

    dimension: str
    key: str
    now: float
    """Its share of the surge's posts, 0 to 1."""
    usual: float
    """Its share of the usual posts."""


@dataclass(frozen=True, slots=True)
class First:
    """The first post of the surge: where it was seen, and when."""

    post_id: str
    source: str
    at: datetime
    url: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why: posts that stand for the surge, the words that are new in it, and what else moved."""

    post_ids: tuple[str, ...] = ()
    excerpts: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """As long as `post_ids`; empty where a post has no address."""
    moved: tuple[Moved, ...] = ()
    first: First | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One surge about one thing, from its opening to its end."""

    incident_id: str
    dimension: str
    key: str
    state: IncidentState
    opened_at: datetime
    updated_at: datetime
    """When the surge was last seen going on; it ends a calm stretch after this."""
    severity: int
    """1 to 10."""
    observed: int
    """Negative posts in the window, at the peak."""
    expected: float
    """What the usual level would have brought."""
    p_value: float
    authors: int
    summary: str
    cause: Cause = field(default_factory=Cause)
    resolved_at: datetime | None = None
    kind: str = NEGATIVE
    """NegativeSurge, or what else is wrong: the label `alertname`."""
    members: tuple[tuple[str, str], ...] = ()
    """Dimension and key of what surges besides, and has no incident of its own."""
    window_min: int = 5
    """Minutes in which the posts were observed."""
    pending_since: datetime | None = None
    """Of a rule that asks for some time: when the line was first passed; `opened_at` is when that time was over."""
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values that its rule gives it."""


class What(StrEnum):
    """What happened to an incident."""

    PENDING = "pending"
    OPENED = "opened"
    GREW = "grew"
    """Its severity rose."""
    JOINED = "joined"
    """Something else surges for the same cause."""
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    """A person wants no word of it for some time."""
    COMMENTED = "commented"
    RESOLVED = "resolved"
    """It is back to its usual level, or a person says that it is over."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line of an incident's history."""

    at: datetime
    what: What
    severity: int
    observed: int
    note: str = ""


SeverityLabel = Literal["info", "warning", "critical"]


def severity_label(severity: int) -> SeverityLabel:
    """The word that routes are written with.

    >>> [severity_label(severity) for severity in (1, 3, 4, 6, 7, 10)]
    ['info', 'info', 'warning', 'warning', 'critical', 'critical']
    """
    return "info" if severity <= 3 else "warning" if severity <= 6 else "critical"


class NotificationState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


DEFAULT_RECEIVER: Final = "groundswell"
"""The one that the settings describe; there is always one of this name."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one receiver, about one group of incidents; `notification_id` is its idempotency key."""

    notification_id: str
    incident_id: str
    """The first of `incident_ids`."""
    event: str
    """firing or resolved, as the payload's status."""
    payload: dict[str, Any]
    state: NotificationState
    attempts: int
    due_at: datetime
    """When it may be tried next."""
    sent_at: datetime | None = None
    last_error: str | None = None
    receiver: str = DEFAULT_RECEIVER
    group_id: str = ""
    """Messages of one group to one receiver leave in their order."""
    incident_ids: tuple[str, ...] = ()
    queued_at: datetime | None = None
    """When it was put in the outbox; a day later it is given up."""
    given_up_at: datetime | None = None
