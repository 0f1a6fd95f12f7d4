"""The alert that `groundswell alerts test` sends: it says that it is a trial, and that nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from core.alerting import Incident, IncidentState, Notification, NotificationState
from core.notifications import TRIAL, Told, labels_of, payload


def trial(receiver: str, dashboard_url: str, now: datetime) -> tuple[Notification, Notification]:
    """A beginning and its end."""
    name = uuid4().hex
    firing = Incident(
        incident_id=f"trial-{name}", kind=TRIAL, dimension="entity", key="TRIAL", state=IncidentState.FIRING,
        opened_at=now - timedelta(minutes=1), updated_at=now, severity=1, observed=0, expected=0.0, p_value=1.0,
        authors=0, summary=f"This is a trial of the receiver {receiver}; nothing is wrong",
    )  # fmt: skip
    ended = replace(firing, state=IncidentState.RESOLVED, resolved_at=now, summary=f"The trial of {receiver} is over")
    return _message(firing, receiver, dashboard_url, now), _message(ended, receiver, dashboard_url, now)


def _message(incident: Incident, receiver: str, dashboard_url: str, now: datetime) -> Notification:
    labels = labels_of(incident)
    body = payload(
        [Told(incident, labels)], receiver=receiver, group_key=f'{{}}:{{incident="{incident.incident_id}"}}',
        group_labels={"incident": incident.incident_id}, dashboard_url=dashboard_url,
    )  # fmt: skip
    return Notification(
        notification_id=f"msg_{uuid4().hex}", incident_id=incident.incident_id, event=body["status"], payload=body,
        state=NotificationState.PENDING, attempts=0, due_at=now, receiver=receiver,
        incident_ids=(incident.incident_id,), queued_at=now,
    )  # fmt: skip
