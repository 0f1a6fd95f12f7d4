"""When a champion that workers refuse is an incident, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.alerting import Incident, IncidentState
from core.model_health import HOLDS, TRY_AGAIN, incidents
from core.notifications import labels_of
from core.registry import Refusal
from core.routing import Routing, Standing, route
from tests.builders import NOON

ONE = Refusal("b2", 0, "its weights are damaged", NOON, NOON)
OTHER = Refusal("b2", 1, "its weights are damaged", NOON + timedelta(seconds=3), NOON + timedelta(seconds=3))


def opened(*refusals: Refusal) -> Incident:
    (incident,) = incidents([], refusals, NOON + timedelta(seconds=5))
    return incident


def test_a_refusal_opens_one_incident_that_says_which_model_and_why() -> None:
    incident = opened(ONE)
    assert (incident.kind, incident.key, incident.state) == ("ModelRefused", "b2", IncidentState.FIRING)
    assert "b2" in incident.summary
    assert "its weights are damaged" in incident.summary
    assert labels_of(incident)["model"] == "b2"


def test_asked_again_nothing_changes_and_a_second_worker_is_added() -> None:
    incident = opened(ONE)
    assert list(incidents([incident], [ONE], NOON)) == []
    (grown,) = incidents([incident], [OTHER, ONE], NOON + timedelta(seconds=9))
    assert (grown.incident_id, grown.observed) == (incident.incident_id, 2)
    assert "workers 0, 1, which keep" in grown.summary


def test_a_look_that_is_made_again_after_a_crash_opens_the_same_incident() -> None:
    assert opened(ONE).incident_id == opened(replace(ONE, at=NOON + timedelta(seconds=4))).incident_id


def test_it_is_over_when_no_worker_refuses_the_champion() -> None:
    (closed,) = incidents([opened(ONE)], [], NOON + timedelta(minutes=1))
    assert closed.state is IncidentState.RESOLVED
    assert closed.resolved_at == NOON + timedelta(minutes=1)
    assert list(incidents([closed], [], NOON + timedelta(minutes=2))) == []


def test_a_worker_that_is_gone_for_good_does_not_keep_it_open() -> None:
    assert timedelta(0) < TRY_AGAIN < HOLDS
    incident = opened(ONE)
    assert list(incidents([incident], [ONE], NOON + HOLDS)) == []
    (closed,) = incidents([incident], [ONE], NOON + HOLDS + timedelta(seconds=1))
    assert closed.state is IncidentState.RESOLVED


def test_it_is_told_as_any_other_incident() -> None:
    routed = route(Routing(), Standing(refusals=(ONE,)), NOON)
    (message,) = routed.notifications
    annotations = message.payload["alerts"][0]["annotations"]
    assert "groundswell models rollback" in annotations["next_step"]
    assert "observed" not in annotations
