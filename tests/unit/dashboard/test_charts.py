"""Charts: right marks for the rows, and a specification that a refresh does not change."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import altair as alt
import pytest

from dashboard import charts
from dashboard.figures import fill
from dashboard.palette import DARK, LIGHT
from tests.builders import NOON


def counts(key: str, negative: int, neutral: int, positive: int, posts: int = 0) -> dict[str, Any]:
    total = posts or negative + neutral + positive
    return {"key": key, "posts": total, "negative": negative, "neutral": neutral, "positive": positive}


def minutes(*posts: int) -> list[dict[str, Any]]:
    rows = [{"at": NOON + timedelta(minutes=i), **counts("", p, 0, 0, p + 1)} for i, p in enumerate(posts)]
    return fill(rows, NOON, NOON + timedelta(minutes=len(posts) - 1), 60)


def all_charts(scale: int = 1) -> list[alt.LayerChart]:
    rows = [counts("HRBL", 9 * scale, 2, 1), counts("QLNC", 1, 4, 5 * scale)]
    return [
        charts.volume(minutes(1 * scale, 2, 3), 60, 4.5 * scale, LIGHT),
        charts.diverging(rows, LIGHT),
        charts.emotions([counts("anger", 3 * scale, 1, 0)], LIGHT),
        charts.timeline(minutes(1, 8 * scale), 0.34, [(NOON, "opened")], LIGHT),
    ]


@pytest.mark.parametrize("number", range(4))
def test_a_refresh_changes_rows_and_leaves_the_specification_as_it_is(number: int) -> None:
    rows, spec = charts.split(all_charts()[number])
    later_rows, later_spec = charts.split(all_charts(scale=3)[number])
    assert json.dumps(spec, sort_keys=True) == json.dumps(later_spec, sort_keys=True)
    assert not rows.equals(later_rows)
    assert spec["data"] == {"name": charts.ROWS}


@pytest.mark.parametrize("number", range(4))
def test_a_chart_is_valid_vega_lite(number: int) -> None:
    all_charts()[number].to_dict(validate=True)


def test_a_stack_reaches_exactly_as_high_as_all_posts() -> None:
    row = {"at": NOON, **counts("", 2, 3, 4, 11)}
    stacked = charts.stack([row], 60)
    assert [(r["sentiment"], r["low"], r["high"]) for r in stacked] == [
        ("negative", 0, 2),
        ("neutral", 2, 5),
        ("positive", 5, 9),
        ("repeat or not judged", 9, 11),
    ]
    assert stacked[0]["until"] - stacked[0]["from"] == timedelta(seconds=60)


def test_negative_lies_left_of_zero_and_positive_right_of_it() -> None:
    left, right = charts.sides([counts("HRBL", 30, 10, 10)])
    assert (left["side"], left["signed"], left["share"]) == ("negative", -30, 0.6)
    assert (right["side"], right["signed"], right["share"]) == ("positive", 10, 0.2)


def test_a_key_that_nobody_was_judged_on_has_no_share_and_does_not_divide_by_zero() -> None:
    assert [side["share"] for side in charts.sides([counts("HRBL", 0, 0, 0)])] == [0.0, 0.0]


def test_no_more_bars_than_there_is_room_for() -> None:
    rows, _ = charts.split(charts.diverging([counts(str(n), 1, 0, 1) for n in range(20)], LIGHT, bars=8))
    assert rows["key"].nunique() == 8


def test_every_family_has_its_place_and_distress_stands_first() -> None:
    rows = charts.families([counts("joy", 0, 0, 30), counts("anger", 10, 0, 0)])
    assert [r["family"] for r in rows] == ["anger", "fear", "sadness", "joy", "care", "surprise", "neutral"]
    assert [r["share"] for r in rows] == [0.25, 0, 0, 0.75, 0, 0, 0]
    assert [r["tone"] for r in rows] == ["distress"] * 3 + ["warmth"] * 2 + ["other"] * 2


def test_empty_rows_make_an_empty_chart_and_no_error() -> None:
    for chart in (charts.volume([], 60, None, DARK), charts.diverging([], DARK), charts.emotions([], DARK)):
        charts.split(chart)
