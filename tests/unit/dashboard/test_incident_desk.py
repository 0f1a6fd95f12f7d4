"""What a person may do with an incident: a silence that fits just it, and a history that is text."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from core.alerting import Incident, IncidentState
from core.matching import matches_all
from core.notifications import labels_of
from dashboard import incident_desk, palette, session
from tests.builders import NOON
from tests.unit.dashboard.test_pieces import HOSTILE, OURS, Tags

ME = session.Viewer(NOON, UTC, palette.LIGHT)


def a_row(**changes: Any) -> dict[str, Any]:
    row = {
        "incident_id": "i1",
        "kind": "NegativeSurge",
        "dimension": "entity",
        "key": "HRBL",
        "opened_at": NOON,
        "cause": {},
    }
    return row | changes


def an_incident(dimension: str, key: str, kind: str = "NegativeSurge") -> Incident:
    return Incident("i9", dimension, key, IncidentState.FIRING, NOON, NOON, 5, 40, 1.0, 1e-9, 30, "summary", kind=kind)


@pytest.mark.parametrize(
    ("dimension", "key"), [("entity", "HRBL"), ("topic", "M&A | Investments"), ("family", "anger"), ("total", "")]
)
def test_a_silence_fits_the_incident_and_no_other_thing(dimension: str, key: str) -> None:
    matchers = incident_desk.matchers(a_row(dimension=dimension, key=key))
    assert matches_all(matchers, labels_of(an_incident(dimension, key)))
    assert not matches_all(matchers, labels_of(an_incident("entity", "QLNC")))
    assert not matches_all(matchers, labels_of(an_incident(dimension, key, "AnotherRule")))


def test_a_history_begins_with_the_first_post_and_is_text() -> None:
    change = {"at": NOON, "what": "commented", "severity": 5, "observed": 9, "note": HOSTILE, "by": HOSTILE}
    cause = {"first": {"at": NOON.isoformat(), "source": HOSTILE}}
    html = incident_desk.history(a_row(cause=cause), [change], ME)
    found = Tags(html)
    assert found.tags <= OURS
    assert found.words.index("first post") < found.words.index("comment")
    assert HOSTILE in found.words


def test_moments_that_people_made_stand_in_the_chart() -> None:
    changes = [
        {"at": NOON, "what": what, "severity": 5, "observed": 9, "note": "", "by": ""}
        for what in ("opened", "grew", "acknowledged", "resolved")
    ]
    assert [what for _, what in incident_desk.marks(a_row(), changes)] == ["opened", "acknowledged", "resolved"]
