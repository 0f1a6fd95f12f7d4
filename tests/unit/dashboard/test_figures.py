"""Usual levels, empty minutes, silent sources."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard.figures import Pulse, fill, pulse, source_health
from tests.builders import NOON


def a_pulse(**changes: Any) -> dict[str, Any]:
    row = {"posts": 40, "negative": 10, "judged": 20, "past_posts": 360, "past_negative": 30, "past_judged": 300}
    return row | {"first_minute": NOON - timedelta(hours=2)} | changes


def test_usual_is_what_15_minutes_brought_on_average_since_the_first_minute() -> None:
    # 105 minutes of past brought 360 posts: 15 of them bring 360 / 7
    result = pulse(a_pulse(), NOON)
    assert result.usual_posts == pytest.approx(360 / 7)
    assert (result.posts, result.negative_share, result.usual_negative_share) == (40, 0.5, 0.1)


def test_a_past_longer_than_a_day_counts_as_a_day() -> None:
    result = pulse(a_pulse(first_minute=NOON - timedelta(days=9), past_posts=950), NOON)
    assert result.usual_posts == pytest.approx(950 / 95)


def test_too_short_a_past_says_nothing_about_what_is_usual() -> None:
    result = pulse(a_pulse(first_minute=NOON - timedelta(minutes=29)), NOON)
    assert (result.usual_posts, result.usual_negative_share, result.posts) == (None, None, 40)


def test_without_any_post_there_is_no_share() -> None:
    assert pulse(None, NOON) == pulse(a_pulse(first_minute=None), NOON) == Pulse(0, None, None, None)
    assert pulse(a_pulse(judged=0, negative=0), NOON).negative_share is None


def test_minutes_without_posts_are_filled_with_zeros() -> None:
    row = {"at": NOON - timedelta(minutes=1), "posts": 3, "negative": 1, "neutral": 1, "positive": 0}
    filled = fill([row], NOON - timedelta(minutes=2), NOON + timedelta(seconds=30), 60)
    assert [(r["at"], r["posts"]) for r in filled] == [
        (NOON - timedelta(minutes=2), 0),
        (NOON - timedelta(minutes=1), 3),
        (NOON, 0),
    ]
    assert filled[0] == {"at": NOON - timedelta(minutes=2), "posts": 0, "negative": 0, "neutral": 0, "positive": 0}


def test_a_range_that_begins_within_a_bucket_begins_with_the_whole_bucket() -> None:
    filled = fill([], NOON + timedelta(minutes=7), NOON + timedelta(minutes=11), 300)
    assert [r["at"] for r in filled] == [NOON + timedelta(minutes=5), NOON + timedelta(minutes=10)]


def a_source(name: str, success_s: float | None, error: str | None = None) -> dict[str, Any]:
    good = None if success_s is None else NOON - timedelta(seconds=success_s)
    return {"source": name, "last_success": good, "last_error": error}


def test_sources_are_judged_and_the_worst_stands_first() -> None:
    rows = [
        a_source("fine", 10),
        a_source("failing", 40, "answered 500"),
        a_source("silent", 301),
        a_source("never", None, "refused"),
    ]
    judged = source_health(rows, NOON, timedelta(minutes=5))
    assert [(h.source, h.state, h.detail) for h in judged] == [
        ("never", "silent", "refused"),
        ("silent", "silent", "no run has ended well lately"),
        ("failing", "failing", "answered 500"),
        ("fine", "ok", ""),
    ]
