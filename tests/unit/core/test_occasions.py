"""When a retraining is begun: by the week, by labels, by drift, and never without anything to learn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.occasions import Standing, Wish, due

MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
ALL = frozenset({"weekly", "labels", "drift"})


def why(standing: Standing, now: datetime = MONDAY, wanted: frozenset[str] = ALL) -> str | None:
    return due(standing, now, wanted=wanted, enough=200, least=60)


def test_a_week_is_over_on_monday_at_three() -> None:
    ran = Standing(60, MONDAY - timedelta(days=6))
    assert why(ran, MONDAY - timedelta(minutes=1)) is None
    assert why(ran) == "the week's run, with 60 new labels"
    assert why(Standing(60, MONDAY), MONDAY + timedelta(days=6)) is None


def test_enough_labels_start_a_run_in_the_middle_of_the_week() -> None:
    wednesday = MONDAY + timedelta(days=2)
    assert why(Standing(199, MONDAY), wednesday) is None
    assert "200 new labels" in (why(Standing(200, MONDAY), wednesday) or "")


def test_a_person_who_asks_is_not_told_to_wait_for_the_week_or_for_labels() -> None:
    wish = Wish(MONDAY - timedelta(hours=1), "Cleo Chen", "new product names")
    said = "Cleo Chen asked for it at 2026-03-02 02:00: new product names"
    assert why(Standing(0, MONDAY, wish=wish), wanted=frozenset()) == said


def test_drift_starts_a_run_once() -> None:
    seen = MONDAY + timedelta(days=1)
    assert "drift was seen" in (why(Standing(60, MONDAY, seen), seen) or "")
    assert why(Standing(60, seen + timedelta(hours=1), seen), seen + timedelta(hours=2)) is None


@pytest.mark.parametrize("wanted", [frozenset(), frozenset({"weekly"}), frozenset({"labels"}), frozenset({"drift"})])
def test_only_what_the_settings_name_starts_one(wanted: frozenset[str]) -> None:
    now = MONDAY + timedelta(hours=1)
    standing = Standing(500, MONDAY - timedelta(days=9), now)
    assert (why(standing, now, wanted) is not None) is bool(wanted)


def test_nothing_is_begun_without_labels_to_learn() -> None:
    assert why(Standing(59, None, MONDAY)) is None
