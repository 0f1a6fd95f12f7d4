"""When a source is silent, by its own habits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.alerting import IncidentState
from core.notifications import labels_of
from core.routing import Routing, Standing, route
from core.source_health import Health, Heard, incidents, judge, longest_usual_pause
from tests.builders import NOON

HOUR = timedelta(hours=1)
NIGHT_S, WEEKEND_S = 14 * 3600.0, 62 * 3600.0
DESK = Heard(
    "desk", 60, "", NOON - timedelta(days=30), NOON - timedelta(days=30), NOON, NOON - timedelta(minutes=5),
    news=400, pauses_s=(WEEKEND_S, WEEKEND_S, NIGHT_S, NIGHT_S),
)  # fmt: skip


def heard(**changes: object) -> Heard:
    return replace(DESK, **changes)  # type: ignore[arg-type]


def ago(span: timedelta) -> datetime:
    return NOON - span


CASES = [
    (heard(), Health.OK),
    (heard(needs_key="X_TOKEN", last_success_at=None, last_news_at=None), Health.NEEDS_KEY),
    (heard(added_at=NOON, first_run_at=None, last_success_at=None, last_news_at=None, news=0, pauses_s=()), Health.NEW),
    (heard(first_run_at=None, last_success_at=None, last_news_at=None, news=0, pauses_s=()), Health.SILENT),
    (heard(last_success_at=ago(timedelta(minutes=9))), Health.OK),
    (heard(last_success_at=ago(timedelta(minutes=11))), Health.SILENT),
    # five of its own cadences, not a fixed limit
    (heard(every_s=900, last_success_at=ago(timedelta(minutes=70))), Health.OK),
    (heard(every_s=900, last_success_at=ago(timedelta(minutes=80))), Health.SILENT),
    (
        heard(last_error_at=NOON, last_success_at=ago(timedelta(minutes=1)), last_error="SourceRefused: 403"),
        Health.FAILING,
    ),
    (heard(last_error_at=ago(HOUR)), Health.OK),
    # a weekend is usual for this one, and a day for one that speaks every hour is not
    (heard(last_news_at=ago(timedelta(hours=90))), Health.OK),
    (heard(last_news_at=ago(timedelta(hours=94))), Health.SILENT),
    (heard(last_news_at=ago(timedelta(hours=3)), pauses_s=(4000.0, 3600.0, 3600.0)), Health.SILENT),
    (heard(last_news_at=ago(timedelta(minutes=110)), pauses_s=(4000.0, 3600.0, 3600.0)), Health.OK),
    # one outage of two days is not its habit
    (heard(last_news_at=ago(timedelta(hours=3)), pauses_s=(172_800.0, 3600.0)), Health.SILENT),
    # a young one may have its first weekend before it
    (heard(first_run_at=ago(timedelta(days=4)), last_news_at=ago(timedelta(days=1)), pauses_s=(3600.0,)), Health.OK),
    (
        heard(first_run_at=ago(timedelta(days=4)), last_news_at=ago(timedelta(days=3)), pauses_s=(3600.0,)),
        Health.SILENT,
    ),
    (heard(last_news_at=ago(timedelta(days=9)), news=19, pauses_s=(3600.0,)), Health.OK),
]


@pytest.mark.parametrize(("one", "health"), CASES)
def test_a_source_is_judged_by_its_own_cadence(one: Heard, health: Health) -> None:
    assert judge(one, NOON).health is health


def test_the_reason_says_how_long_and_what_went_wrong() -> None:
    silent = heard(last_success_at=ago(2 * HOUR), last_error="SourceUnavailable: desk.example answered 503")
    assert judge(silent, NOON).reason == "no run has ended well for 2h: SourceUnavailable: desk.example answered 503"
    assert judge(heard(last_news_at=ago(4 * 24 * HOUR)), NOON).reason == "nothing new for 4d, where 3d21h is long"


def test_a_source_without_a_habit_has_no_usual_pause() -> None:
    assert longest_usual_pause(heard(news=5)) is None
    assert longest_usual_pause(heard(pauses_s=())) is None


def test_one_incident_opens_when_a_source_falls_silent_and_ends_when_it_is_heard() -> None:
    silent = heard(last_success_at=ago(HOUR))
    (opened,) = incidents((), (silent, heard(source="other")), NOON)
    assert (opened.kind, opened.key, opened.state) == ("SourceSilent", "desk", IncidentState.FIRING)
    assert labels_of(opened)["source"] == "desk"
    assert list(incidents((opened,), (silent,), NOON)) == []
    (over,) = incidents((opened,), (DESK,), NOON + HOUR / 60)
    assert (over.incident_id, over.state, over.summary) == (
        opened.incident_id, IncidentState.RESOLVED, "The source desk is heard again",
    )  # fmt: skip
    (gone,) = incidents((opened,), (), NOON)
    assert gone.summary == "The source desk is no longer on the list"
    assert list(incidents((over,), (DESK,), NOON)) == []


def test_a_look_that_is_made_again_after_a_crash_opens_the_same_incident() -> None:
    silent = heard(last_success_at=ago(HOUR))
    assert {next(incidents((), (silent,), NOON + n * HOUR)).incident_id for n in range(3)} == {
        next(incidents((), (silent,), NOON)).incident_id
    }


def test_whoever_is_on_duty_is_told_once() -> None:
    standing = Standing(sources=(heard(last_success_at=ago(HOUR)),))
    routed = route(Routing(), standing, NOON)
    (message,) = routed.notifications
    assert "The source desk is silent" in message.payload["alerts"][0]["annotations"]["summary"]
    assert "groundswell sources test desk" in message.payload["alerts"][0]["annotations"]["description"]
    again = route(Routing(), replace(standing, incidents=routed.incidents, groups=routed.groups), NOON)
    assert again.notifications == ()
