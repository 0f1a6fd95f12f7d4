"""What a webhook says about an incident: Alertmanager's webhook, version 4, so that existing receivers understand it.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from core.alerting import Incident, IncidentState

RECEIVER: Final = "groundswell"
ALERT_NAME: Final = "NegativeSurge"
NO_END: Final = "0001-01-01T00:00:00Z"
"""What Alertmanager writes as the end of an alert that is still firing (Go's zero time)."""


def payload(incident: Incident, dashboard_url: str, context: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON object of one notification about one incident.

    Labels, `groupKey` and `fingerprint` are the same in firing and in resolved, so that a receiver can pair them.
    Annotations are all strings: receivers written for Alertmanager decode them as a map of strings.

    Args:
        incident: resolved → status "resolved", else "firing".
        dashboard_url: without query; the incident's id is added.
        context: what else is surging, in words.
    """
    resolved = incident.state is IncidentState.RESOLVED
    status = "resolved" if resolved else "firing"
    labels = {"alertname": ALERT_NAME, incident.dimension: incident.key}
    link = f"{dashboard_url.rstrip('/')}/?incident={incident.incident_id}"
    annotations = _annotations(incident, link, context)
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{ALERT_NAME}", {incident.dimension}="{incident.key}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": RECEIVER,
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": dashboard_url,
        "alerts": [
            {
                "status": status,
                "labels": labels,
                "annotations": annotations,
                "startsAt": _rfc3339(incident.opened_at),
                "endsAt": _rfc3339(incident.resolved_at) if incident.resolved_at else NO_END,
                "generatorURL": link,
                "fingerprint": hashlib.sha256(incident.incident_id.encode()).hexdigest()[:16],
            }
        ],
    }


def _annotations(incident: Incident, link: str, context: tuple[str, ...]) -> dict[str, str]:
    return {
        "summary": incident.summary,
        "incident_id": incident.incident_id,
        "severity": str(incident.severity),
        "observed": str(incident.observed),
        "expected": f"{incident.expected:.2f}",
        "p_value": f"{incident.p_value:.2g}",
        "authors": str(incident.authors),
        "terms": ", ".join(incident.cause.terms),
        "examples": "\n".join(f"“{excerpt}”" for excerpt in incident.cause.excerpts),
        "also_surging": ", ".join(context),
        "next_step": _next_step(incident),
        "dashboard": link,
    }


def _next_step(incident: Incident) -> str:
    if incident.state is IncidentState.RESOLVED:
        return "Nothing is needed now. Note the cause, and answer the drafts that are still waiting."
    return (
        f"Read the example posts, check with operations whether {incident.key} has a fault that fits them, acknowledge "
        "the incident on the dashboard, and approve or reject the reply drafts that are waiting there."
    )


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
