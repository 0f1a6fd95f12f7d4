"""When somebody is told of drift."""

from __future__ import annotations

from datetime import timedelta

from core.alerting import IncidentState
from core.drift_incidents import DRIFT, LANGUAGE_DRIFT, incidents
from core.drift_watch import Finding
from core.notifications import Told, labels_of, payload
from core.routing import Routing, Standing, route
from tests.builders import NOON
from tests.drifting import MONDAY

WORD = Finding(
    MONDAY, "social", "new_words", "m1", 8.0, 6.0, MONDAY, note="“glumped” in 6.0% of the posts, 0.0% before"
)
MIX = Finding(MONDAY, "social", "topic_mix", "m1", 0.2, 0.1, MONDAY + timedelta(days=1))


def test_all_that_drifts_in_one_channel_is_one_incident() -> None:
    (one,) = incidents([], [MIX, WORD], NOON)

    assert (one.kind, one.dimension, one.key, one.state) == (LANGUAGE_DRIFT, DRIFT, "social", IncidentState.FIRING)
    assert one.summary == (
        "Channel social drifts from what the model knows: a new word since 2026-01-05 (“glumped” in 6.0% of the posts, "
        "0.0% before), the mix of topics since 2026-01-06"
    )


def test_it_is_the_same_incident_on_the_next_day_and_its_summary_follows() -> None:
    (first,) = incidents([], [WORD], NOON)

    assert list(incidents([first], [WORD], NOON + timedelta(hours=1))) == []
    (second,) = incidents([first], [WORD, MIX], NOON + timedelta(days=1))
    assert second.incident_id == first.incident_id
    assert second.opened_at == NOON
    assert "the mix of topics" in second.summary


def test_it_ends_when_nothing_drifts_or_a_new_model_s_reference_has_begun() -> None:
    (first,) = incidents([], [WORD], NOON)

    (ended,) = incidents([first], [], NOON + timedelta(days=9))

    assert ended.state is IncidentState.RESOLVED
    assert ended.resolved_at == NOON + timedelta(days=9)
    assert list(incidents([ended], [], NOON + timedelta(days=10))) == []


def test_receivers_are_told_with_the_channel_as_a_label_and_what_to_do() -> None:
    routed = route(Routing(), Standing(drifting=(WORD,)), NOON)

    assert [one.key for one in routed.incidents] == ["social"]
    (told,) = (Told(one, labels_of(one)) for one in routed.incidents)
    written = payload([told], receiver="r", group_key="g", group_labels={}, dashboard_url="http://127.0.0.1:8501")
    assert written["alerts"][0]["labels"]["channel"] == "social"
    assert written["alerts"][0]["labels"]["alertname"] == LANGUAGE_DRIFT
    assert "groundswell drift" in written["alerts"][0]["annotations"]["description"]
