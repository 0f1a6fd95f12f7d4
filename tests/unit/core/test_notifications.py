"""The payload is Alertmanager's webhook, version 4."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.alerting import Cause, Incident, IncidentState
from core.notifications import NO_END, Told, labels_of, payload
from tests.builders import NOON

FIRING = Incident(
    incident_id="a" * 32,
    dimension="entity",
    key="HBNK",
    state=IncidentState.FIRING,
    opened_at=NOON,
    updated_at=NOON,
    severity=7,
    observed=40,
    expected=4.876,
    p_value=1.234e-21,
    authors=30,
    summary="HBNK: 40 negative posts by 30 authors in 5 minutes, where about 4.9 are usual",
    cause=Cause(("1", "2"), ("the app is down", "no wages"), ("payday", "app down")),
)
RESOLVED = replace(FIRING, state=IncidentState.RESOLVED, resolved_at=NOON + timedelta(minutes=12))


def body_of(incident: Incident, url: str = "http://x") -> dict[str, Any]:
    told = Told(incident, labels_of(incident))
    return payload([told], receiver="desk", group_key="{}:{}", group_labels={"entity": "HBNK"}, dashboard_url=url)


def test_a_firing_payload_has_every_field_of_version_4() -> None:
    body = body_of(FIRING, "http://127.0.0.1:8501/")

    link = f"http://127.0.0.1:8501/?incident={'a' * 32}"
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "desk")
    assert (body["groupKey"], body["groupLabels"]) == ("{}:{}", {"entity": "HBNK"})
    assert body["commonLabels"] == {
        "alertname": "NegativeSurge", "dimension": "entity", "entity": "HBNK", "incident": "a" * 32,
        "severity": "critical", "severity_level": "7",
    }  # fmt: skip
    assert body["truncatedAlerts"] == 0
    assert body["externalURL"] == "http://127.0.0.1:8501/"
    (alert,) = body["alerts"]
    assert alert["startsAt"] == "2026-03-02T12:00:00.000Z"
    assert alert["endsAt"] == NO_END
    assert alert["generatorURL"] == link
    assert len(alert["fingerprint"]) == 16
    assert alert["annotations"] == body["commonAnnotations"]


def test_the_annotations_say_what_why_and_what_next() -> None:
    annotations = body_of(FIRING)["commonAnnotations"]

    assert annotations["summary"] == FIRING.summary
    assert (annotations["observed"], annotations["expected"], annotations["p_value"]) == ("40", "4.88", "1.2e-21")
    assert (annotations["authors"], annotations["severity"]) == ("30", "7 of 10")
    assert annotations["terms"] == "payday, app down"
    assert annotations["examples"] == "“the app is down”\n“no wages”"
    assert "acknowledge" in annotations["next_step"]
    assert all(isinstance(value, str) for value in annotations.values())


def test_resolved_pairs_with_firing_and_has_an_end() -> None:
    before, after = body_of(FIRING), body_of(RESOLVED)

    assert after["status"] == after["alerts"][0]["status"] == "resolved"
    assert after["alerts"][0]["endsAt"] == "2026-03-02T12:12:00.000Z"
    assert after["groupKey"] == before["groupKey"]
    assert after["alerts"][0]["fingerprint"] == before["alerts"][0]["fingerprint"]
    assert after["alerts"][0]["labels"] == before["alerts"][0]["labels"]


def test_the_payload_is_json() -> None:
    assert json.loads(json.dumps(body_of(FIRING))) == body_of(FIRING)
