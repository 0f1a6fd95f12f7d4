"""The payload is Alertmanager's webhook, version 4."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.alerting import Cause, First, Incident, IncidentState, Moved
from core.matching import matches_all, parse_matcher
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
    summary="HBNK: 40 negative posts by 30 people in 5 minutes, usually about 4.9",
    cause=Cause(
        ("1", "2"),
        ("the app is down", "no wages"),
        ("payday", "app down"),
        ("https://example.com/1", ""),
        (Moved("topic", "Payments", 0.7, 0.1), Moved("family", "anger", 0.8, 0.22)),
        First("1", "forum", NOON - timedelta(minutes=2), "https://example.com/1"),
    ),
    members=(("topic", "Payments"), ("family", "anger"), ("channel", "social"), ("total", "")),
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
        "alertname": "NegativeSurge", "channel": "social", "dimension": "entity", "entity": "HBNK", "family": "anger",
        "incident": "a" * 32, "severity": "critical", "severity_level": "7", "topic": "Payments",
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
    assert (annotations["authors"], annotations["severity"], annotations["window"]) == ("30", "7 of 10", "5 minutes")
    assert annotations["terms"] == "payday, app down"
    assert annotations["examples"] == "“the app is down” https://example.com/1\n“no wages”"
    assert (
        annotations["moved"]
        == "topic Payments in 70% of the posts (usually 10%), anger in 80% of the posts (usually 22%)"
    )
    assert annotations["first_seen"] == "forum, 2026-03-02 11:58 UTC https://example.com/1"
    assert annotations["also_surging"] == "topic Payments, anger"
    assert "Acknowledge it" in annotations["next_step"]
    assert all(isinstance(value, str) and value for value in annotations.values())


def test_one_text_tells_whoever_is_woken_everything() -> None:
    assert body_of(FIRING)["alerts"][0]["annotations"]["description"].splitlines() == [
        "Since 2026-03-02 12:00 UTC. Severity 7 of 10, critical.",
        "How unusual: usually about 4.9 in 5 minutes; chance alone brings this less than once in a thousand years.",
        "New words: payday, app down.",
        "More than usual: topic Payments in 70% of the posts (usually 10%), anger in 80% of the posts (usually 22%).",
        "Surges with it: topic Payments, anger.",
        "First seen: forum, 2026-03-02 11:58 UTC https://example.com/1",
        "“the app is down” https://example.com/1",
        "“no wages”",
        "Next: Acknowledge it on the dashboard. Read the example posts and check with operations whether HBNK has a "
        "fault that fits them. Then approve or reject the reply drafts that wait there. If it is known already: "
        "groundswell alerts silence entity=HBNK --for 2h --comment WHY",
        f"http://x/?incident={'a' * 32}",
    ]


@pytest.mark.parametrize(
    ("p_value", "often"),
    [
        (0.9, "every other day"),
        (0.02, "about once in 50 days"),
        (1e-3, "about once in 3 years"),
        (1e-5, "about once in 274 years"),
        (1e-9, "less than once in a thousand years"),
        (0.0, "less than once in a thousand years"),
    ],
)
def test_how_unusual_is_said_in_days_and_years(p_value: float, often: str) -> None:
    annotations = body_of(replace(FIRING, p_value=p_value))["commonAnnotations"]

    assert annotations["how_unusual"] == f"usually about 4.9 in 5 minutes; chance alone brings this {often}"


def test_what_a_rule_found_is_not_said_to_be_unusual() -> None:
    assert "how_unusual" not in body_of(replace(FIRING, kind="Cards", p_value=1.0))["commonAnnotations"]


def test_an_alert_without_a_cause_leaves_out_what_it_does_not_know() -> None:
    bare = body_of(replace(FIRING, cause=Cause(), members=()))["commonAnnotations"]

    assert not {"terms", "examples", "moved", "first_seen", "also_surging"} & bare.keys()
    assert "New words" not in bare["description"]


@pytest.mark.parametrize(
    ("dimension", "key", "matchers"),
    [
        ("entity", "HBNK", "entity=HBNK"),
        ("entity_topic", "HBNK/Company | Product News", "entity=HBNK 'topic=Company | Product News'"),
        ("topic", "Macro", "topic=Macro"),
        ("total", "", "dimension=total"),
    ],
)
def test_the_silence_that_is_offered_fits_the_alert(dimension: str, key: str, matchers: str) -> None:
    incident = replace(FIRING, dimension=dimension, key=key, members=())

    advice, _, command = body_of(incident)["commonAnnotations"]["next_step"].partition("groundswell alerts silence ")

    assert ("whether HBNK has a fault" if "HBNK" in key else "whether a firm they name has a fault") in advice
    assert command == f"{matchers} --for 2h --comment WHY"
    written = [word for word in shlex.split(command) if "=" in word]
    assert matches_all([parse_matcher(word) for word in written], labels_of(incident))


def test_the_end_says_from_when_to_when() -> None:
    first, *_others = body_of(RESOLVED)["commonAnnotations"]["description"].splitlines()

    assert first == "Since 2026-03-02 12:00 UTC until 2026-03-02 12:12 UTC. Severity 7 of 10, critical."


def test_resolved_pairs_with_firing_and_has_an_end() -> None:
    before, after = body_of(FIRING), body_of(RESOLVED)

    assert after["status"] == after["alerts"][0]["status"] == "resolved"
    assert after["alerts"][0]["endsAt"] == "2026-03-02T12:12:00.000Z"
    assert after["groupKey"] == before["groupKey"]
    assert after["alerts"][0]["fingerprint"] == before["alerts"][0]["fingerprint"]
    assert after["alerts"][0]["labels"] == before["alerts"][0]["labels"]


def test_the_payload_is_json() -> None:
    assert json.loads(json.dumps(body_of(FIRING))) == body_of(FIRING)
