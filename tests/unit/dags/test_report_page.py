"""The report of a retraining: readable at every stage, escaped, and self-contained."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.gate import decide
from dags.report_page import page
from dags.retraining_report import Outcome, with_decision, with_outcome
from models.evidence import Gathered
from tests.unit.core.test_gate import GOOD, comparison

BEGUN: dict[str, Any] = {
    "id": "0123456789ab", "why": "the week's run", "started_at": "2026-03-02T03:07:00+00:00", "champion": "v1",
    "plan": {}, "outcome": Outcome.TRAINING.value, "reasons": [], "candidate": None,
}  # fmt: skip
LABELS: dict[str, Any] = {
    "settled": 300, "new": 120, "held_back": 40, "left_out": 2, "people": {"<i>ann</i>": 120},
    "tasks": {"sentiment": {"negative": 70, "neutral": 50}},
}  # fmt: skip


def measured(outcome: Outcome = Outcome.PASSED, failures: tuple[str, ...] = ()) -> dict[str, Any]:
    decision = decide(GOOD)
    report = with_decision(BEGUN, decision, Gathered(GOOD, (comparison("sentiment", 6.0),), failures).as_json())
    return with_outcome(report | {"labels": LABELS, "faults": []}, outcome, decision.reasons)


def test_a_report_of_a_run_that_has_just_begun_can_be_read() -> None:
    assert "In training" in page(BEGUN)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_next_step(outcome: Outcome) -> None:
    found = page(measured(outcome))
    assert outcome.value[1:] in found
    assert re.search(r"<strong>Next:</strong> \w", found)
    assert ("the run has not ended" in found) is (outcome is Outcome.TRAINING)


def test_every_figure_of_the_gate_is_on_the_page() -> None:
    found = page(measured())
    for words in ("+6.0", "-0.4", "intent", "negation", "7.60", "1.02", "Slices of 200"):
        assert words in found, words
    assert found.count("<svg") == 2


def test_what_people_and_posts_say_is_escaped_and_nothing_is_loaded() -> None:
    found = page(measured(failures=("<img src=x onerror=alert(1)>",)))
    assert "<img" not in found
    assert "<i>ann" not in found
    assert "&lt;i&gt;ann&lt;/i&gt; 120" in found
    assert not re.search(r"(src|href)=|url\(|<script", found.replace("&lt;img src=x", ""))


def test_a_name_in_the_picture_is_escaped_too() -> None:
    report = measured()
    report["measured"]["evidence"]["frozen"][0]["name"] = "<b>set</b>"
    assert "<b>" not in page(report)


def test_a_promotion_says_how_drift_may_compare_what_the_new_champion_says_at_once() -> None:
    assert "groundswell rescore --since 2026-02-02" in page(measured(Outcome.PROMOTED))
