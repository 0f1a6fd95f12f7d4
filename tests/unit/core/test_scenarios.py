"""The online detector in sixty situations: what is wanted of each was written before any detector was asked."""

from __future__ import annotations

import pytest

from core.surges import Kind
from tests.scenarios import loud, quiet
from tests.scenarios.scenario import Scenario, faults
from tests.scenarios.watching import watch

ALL = [*quiet.SCENARIOS, *loud.SCENARIOS]


def _case(scenario: Scenario) -> object:
    marks = [pytest.mark.xfail(reason=scenario.unfit, strict=True)] if scenario.unfit else []
    return pytest.param(scenario, id=scenario.slug, marks=marks)


@pytest.mark.parametrize("scenario", [_case(scenario) for scenario in ALL])
def test_alerts_are_those_that_are_wanted(scenario: Scenario) -> None:
    found = watch(scenario)

    wrong = [f"negative: {fault}" for fault in faults(scenario.negative, found[Kind.NEGATIVE])]
    if scenario.attention is not None:
        wrong += [f"attention: {fault}" for fault in faults(scenario.attention, found[Kind.ATTENTION])]
    assert not wrong, f"{scenario.why} But: {'; '.join(wrong)}"


def test_there_are_many_situations_and_each_says_why() -> None:
    assert len(ALL) >= 50
    assert len({scenario.name for scenario in ALL}) == len(ALL)
    assert all(scenario.why.endswith(".") for scenario in ALL)
