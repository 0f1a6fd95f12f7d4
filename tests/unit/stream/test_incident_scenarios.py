"""What belongs together is one incident, told once when it begins and once when it is over."""

from __future__ import annotations

from collections import Counter

import pytest

from core.alerting import IncidentState
from tests.scenarios.incidents import SITUATIONS, Situation, noon


def _case(situation: Situation) -> object:
    marks = [pytest.mark.xfail(reason=situation.unfit, strict=True)] if situation.unfit else []
    return pytest.param(situation, id=situation.slug, marks=marks)


@pytest.mark.parametrize("situation", [_case(situation) for situation in SITUATIONS])
def test_incidents_are_those_that_are_wanted_and_each_is_told_once(situation: Situation) -> None:
    incidents, messages = noon(situation)

    assert [incident.key for incident in incidents] == list(situation.about), situation.why
    assert {incident.state for incident in incidents} <= {IncidentState.RESOLVED}
    assert Counter(messages) == Counter(
        (event, incident.incident_id) for incident in incidents for event in ("firing", "resolved")
    )
    named = {key for incident in incidents[:1] for _dimension, key in incident.members}
    assert named >= set(situation.joined)
