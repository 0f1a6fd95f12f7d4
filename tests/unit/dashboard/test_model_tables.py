"""Models on a page: figures with intervals, a challenger's difference with its sign, text from outside as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest

from core.agreement import Agreement
from core.guidelines import Task
from core.registry import Action, Event, Model, State
from core.shadowing import ShadowDay
from dashboard import charts, model_charts, model_tables, tables
from dashboard.palette import DARK
from tests.builders import NOON
from tests.unit.dashboard.test_pieces import HOSTILE, OURS, Tags


def a_model(version: str = "m1", **topic: Any) -> Model:
    figures = {"n": 2096, "accuracy": 0.885, "accuracy_ci": [0.870, 0.897], "macro_f1": 0.868, "ece": 0.019} | topic
    return Model(
        version,
        None,
        State.CHAMPION,
        NOON,
        {},
        "0.1",
        {"topic": figures, "kind": "shipped", "retraining": {"id": "r1"}},
        "",
        7_600_000,
    )


def test_figures_stand_with_their_intervals() -> None:
    html = model_tables.scores(a_model(), None)
    for part in ("2,096", "0.885", "0.870–0.897", "0.868", "0.019"):
        assert part in html
    assert "▲" not in html
    assert "retraining" not in html


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ({"accuracy": 0.9}, "▲+0.015"),
        ({"accuracy": 0.88}, "▼-0.005"),
        ({"ece": 0.009}, "▲-0.010"),  # less error is better
        ({"ece": 0.029}, "▼+0.010"),
        ({"accuracy": 0.8852}, "±0"),
    ],
)
def test_a_challenger_is_better_or_worse_by_so_much(changed: dict[str, float], mark: str) -> None:
    assert mark in model_tables.scores(a_model(), a_model("m2", **changed))


def test_a_challenger_of_other_heads_and_a_model_without_figures_are_no_errors() -> None:
    other = replace(a_model("m2"), metrics={"emotion": {"n": 1}})
    assert "0.885" in model_tables.scores(a_model(), other)
    assert "–" in model_tables.scores(other, a_model())
    assert "not kept" in model_tables.scores(replace(a_model(), metrics={}), None)


def test_words_from_outside_are_text() -> None:
    event = Event(HOSTILE, NOON, Action.ADDED, State.CANDIDATE, State.RETIRED, HOSTILE, HOSTILE)
    hostile = replace(a_model(HOSTILE), parent=HOSTILE, metrics={HOSTILE: {"n": 1}})
    for html in (
        model_tables.events([event], NOON, UTC),
        model_tables.line(hostile, NOON, UTC),
        model_tables.facts(hostile, NOON, NOON, UTC),
        model_tables.scores(hostile, hostile),
    ):
        assert Tags(html).tags <= OURS
        assert "<script>" not in html


def test_an_event_says_from_what_to_what_and_why() -> None:
    event = Event("m2", NOON, Action.MOVED, State.CANDIDATE, State.CHAMPION, "Ada", "three points better")
    html = model_tables.events([event], NOON, UTC)
    assert "candidate → champion" in html
    assert "three points better" in html


def test_a_shadow_is_told_by_how_often_it_differs() -> None:
    html = model_tables.shadow([ShadowDay(date(2026, 3, 2), "m2", "m1", 200, 20, 10, 30, 0)])
    for part in ("10%", "5%", "15%", "0%", "2026-03-02"):
        assert part in html


def test_agreement_without_two_opinions_claims_nothing() -> None:
    lone = Agreement(Task.TOPIC, 9, 0, 0.0, None, None, 9, 0, 0)
    both = Agreement(Task.SENTIMENT, 40, 20, 0.85, 0.71, (0.5, 0.9), 38, 2, 0)
    html = tables.agreement([lone, both])
    assert "85%" in html
    assert "0.71 (0.50–0.90)" in html
    assert html.count(">–<") == 2


def test_days_are_stacked_in_the_order_of_their_names() -> None:
    rows = [
        {"at": NOON, "series": "m2", "posts": 3},
        {"at": NOON, "series": "m1", "posts": 4},
        {"at": NOON + timedelta(days=1), "series": "m2", "posts": 5},
    ]
    made = [(one["series"], one["low"], one["high"]) for one in model_charts.stacked(rows)]
    assert made == [("m1", 0, 4), ("m2", 4, 7), ("m2", 0, 5)]
    names = {"day": "day", "posts": "posts", "series": "model"}
    chart = model_charts.by_day(rows, NOON, NOON + timedelta(days=2), DARK, names)
    chart.to_dict(validate=True)
    charts.split(model_charts.by_day([], NOON, NOON, DARK, names))


def a_finding(statistic: str | None, value: float, since: date | None = None, note: str = "") -> dict[str, Any]:
    return {
        "channel": "customer", "statistic": statistic, "value": value, "line": 0.2, "since": since, "note": note,
        "days": 9,
    }  # fmt: skip


def test_what_drifts_stands_first_with_since_when_and_what_moved() -> None:
    rows = [a_finding("topic_mix", 0.19), a_finding("new_words", 0.3, date(2026, 3, 2), HOSTILE)]
    html = model_tables.drift(rows)
    words = Tags(html).words
    assert words.index("new words") < words.index("mix of topics")
    for part in ("▲ 2026-03-02", "0.3000", "0.2000", "below its line"):
        assert part in words
    assert "<script>" not in html
    assert Tags(html).tags <= OURS
    assert "width:75%" in html  # half as much again as its line, which stands in the middle


def test_a_channel_that_is_learning_says_how_far_it_is() -> None:
    rows = [a_finding(None, 0.0)]
    assert "customer: learning, 9 of 28 days" in Tags(model_tables.learning(rows, 28)).words.replace("\u2068", "")
    assert "<tr><td>" not in model_tables.drift(rows)
