"""What an incident and a notification are, and which notifications a change of an incident calls for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class IncidentState(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why: posts that stand for the surge, and the words that are new in it."""

    post_ids: tuple[str, ...] = ()
    excerpts: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One surge of negative feeling about one thing, from its opening to its end."""

    incident_id: str
    dimension: str
    key: str
    state: IncidentState
    opened_at: datetime
    updated_at: datetime
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


class NotificationState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message about one incident to one receiver; `notification_id` is its idempotency key."""

    notification_id: str
    incident_id: str
    event: str
    """firing or resolved."""
    payload: dict[str, Any]
    state: NotificationState
    attempts: int
    due_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None
