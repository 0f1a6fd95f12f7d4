"""Lines that people draw: what they measure, when they are passed, and what becomes of their incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.alerting import Incident, IncidentState
from core.breaches import CALM, follow
from core.rules import Measure, Rule, measure, reach
from core.scoring import ScoredPost
from core.series import Bucket, begin
from core.surges import Kind
from core.watched import Series, catch_up
from tests.builders import NOON

MINUTE = timedelta(minutes=1)
RULE = Rule("CardTrouble", Measure.NEGATIVE, above=9, over=10 * MINUTE)


class Nobody:
    """Posts that say nothing."""

    def evidence(self, dimension: str, key: str, kind: Kind, since: datetime) -> Sequence[ScoredPost]:
        return []

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
        return 7


def make_series(*counts: tuple[int, int], name: tuple[str, str] = ("entity", "HBNK")) -> Series:
    """Posts and negative posts of one minute after the other, the last of them at noon."""
    minutes = range(1 - len(counts), 1)
    buckets = (Bucket(NOON + n * MINUTE, *count) for n, count in zip(minutes, counts, strict=True))
    return Series(*name, begin(NOON - timedelta(days=2)), tuple(buckets))


def look(
    rule: Rule, series: Series, incidents: Sequence[Incident] = (), now: datetime = NOON, posts: Nobody | None = None
) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
    caught = {series.name: catch_up(series, now)}
    return follow([series], caught, incidents, now, posts or Nobody(), [rule])


@pytest.mark.parametrize(
    ("rule", "passed", "value"),
    [
        (replace(RULE, above=9), True, 10),
        (replace(RULE, above=10), False, 10),  # above, not at
        (replace(RULE, above=3, over=MINUTE), False, 3),
        (replace(RULE, measure=Measure.POSTS, above=24), True, 25),
        (replace(RULE, measure=Measure.NEGATIVE_SHARE, above=0.39), True, 0.4),
        (replace(RULE, measure=Measure.NEGATIVE_SHARE, above=0.39, min_posts=26), False, 0.4),
        (replace(RULE, measure=Measure.ATTENTION, above=0), False, 0),
    ],
)
def test_a_rule_measures_its_minutes_the_running_one_included(rule: Rule, passed: bool, value: float) -> None:
    series = make_series((50, 50), *[(5, 1)] * 2, (5, 5), *[(0, 0)] * 6, (10, 3))  # the first is 11 minutes old

    found = measure(rule, series, None, NOON)

    assert (found.passed, found.value) == (passed, pytest.approx(value))


def test_a_line_that_is_passed_opens_an_incident_with_the_name_and_the_labels_of_the_rule() -> None:
    ((incident,), _) = look(replace(RULE, severity=8, labels=(("team", "cards"),)), make_series((30, 12)))

    assert (incident.kind, incident.key, incident.state) == ("CardTrouble", "HBNK", IncidentState.FIRING)
    assert (incident.observed, incident.severity, incident.authors, incident.labels) == (12, 8, 7, (("team", "cards"),))
    assert incident.summary == "HBNK: 12 negative posts, above 9, in 10 minutes (rule CardTrouble)"


def test_below_its_line_a_rule_opens_nothing() -> None:
    assert look(RULE, make_series((30, 9))) == ((), ())


def test_a_rule_that_asks_for_some_time_waits_for_it_and_then_fires() -> None:
    rule, series = replace(RULE, lasting=5 * MINUTE), make_series((30, 12))

    ((waiting,), _) = look(rule, series)
    early = look(rule, series, [waiting], NOON + 4 * MINUTE)
    ((fired,), _) = look(rule, series, [waiting], NOON + 5 * MINUTE)

    assert (waiting.state, waiting.pending_since) == (IncidentState.PENDING, NOON)
    assert early == ((), ())
    assert (fired.state, fired.opened_at, fired.pending_since) == (IncidentState.FIRING, NOON + 5 * MINUTE, NOON)
    assert fired.incident_id == waiting.incident_id


def test_what_waits_and_falls_below_the_line_is_withdrawn() -> None:
    rule, series = replace(RULE, lasting=15 * MINUTE), make_series((30, 12))
    ((waiting,), _) = look(rule, series)

    assert look(rule, series, [waiting], NOON + 10 * MINUTE) == ((), (waiting.incident_id,))


def test_an_incident_of_a_rule_ends_once_after_a_calm_stretch() -> None:
    ((opened,), _) = look(RULE, make_series((30, 12)))
    calm = make_series((30, 3))

    assert look(RULE, calm, [opened], NOON + CALM - MINUTE) == ((), ())
    ((ended,), _) = look(RULE, calm, [opened], NOON + CALM)

    assert (ended.state, ended.resolved_at) == (IncidentState.RESOLVED, NOON + CALM)
    assert "below its line again" in ended.summary


def test_an_incident_of_a_rule_grows_and_stays_fresh() -> None:
    ((opened,), _) = look(RULE, make_series((30, 12)))

    ((grown,), _) = look(RULE, make_series((40, 20)), [opened], NOON + timedelta(seconds=5))
    ((fresh,), _) = look(RULE, make_series((30, 11)), [opened], NOON + MINUTE)

    assert (grown.observed, grown.incident_id) == (20, opened.incident_id)
    assert (fresh.observed, fresh.updated_at) == (12, NOON + MINUTE)


def test_the_incident_of_a_rule_that_is_no_longer_drawn_ends() -> None:
    ((opened,), _) = look(RULE, make_series((30, 12)))
    waiting = replace(opened, incident_id="w", key="NWTR", state=IncidentState.PENDING)

    changed, withdrawn = look(replace(RULE, name="Another", above=99), make_series((30, 12)), [opened, waiting])

    assert [one.state for one in changed] == [IncidentState.RESOLVED]
    assert withdrawn == ("w",)


def test_attention_fires_for_good_news_when_somebody_asks() -> None:
    rule = Rule("Talk", Measure.ATTENTION, above=0, severity=2)
    series = make_series(*[(1, 0)] * 300, (200, 0))

    class Crowd(Nobody):
        def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
            return 150

    ((incident,), _) = look(rule, series, posts=Crowd())

    assert (incident.kind, incident.severity, incident.observed >= 200) == ("Talk", 2, True)


def test_a_rule_fits_what_it_names() -> None:
    everywhere = Rule("A", Measure.POSTS, 1)
    one = replace(everywhere, key="HBNK")
    under = replace(everywhere, dimension="entity_topic", topic="Macro", key="HBNK")

    assert everywhere.fits("entity", "X")
    assert not everywhere.fits("topic", "Macro")
    assert (one.fits("entity", "HBNK"), one.fits("entity", "X")) == (True, False)
    assert (under.fits("entity_topic", "HBNK/Macro"), under.fits("entity_topic", "X/Macro")) == (True, False)
    assert reach((one, replace(everywhere, over=60 * MINUTE)), "entity", "HBNK") == 60 * MINUTE
    assert reach((one,), "entity", "X") == 0 * MINUTE
