"""How far a week has drifted, and where the lines are: on invented days."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from core.drift import (
    LEAST_DAYS,
    MIXES,
    REFERENCE_DAYS,
    STATISTICS,
    WINDOW_DAYS,
    latest,
    measure,
    risen_words,
    stack,
)
from core.drift_lines import Lines, draw_lines
from core.sketches import Sketch
from tests.drifting import MONDAY, make_day, make_days

CHANNELS = 3


@pytest.fixture(scope="module")
def reference() -> list[Sketch]:
    return make_days(REFERENCE_DAYS, np.random.default_rng(1))


@pytest.fixture(scope="module")
def lines(reference: list[Sketch]) -> Lines:
    return draw_lines(reference, np.random.default_rng(2), CHANNELS, months=60)


def over(window: list[Sketch], reference: list[Sketch], lines: Lines) -> set[str]:
    posts = sum(one.posts for one in window)
    return {name for name, value in latest(window, reference).items() if value > lines.at(name, posts)}


def test_twenty_quiet_months_are_under_every_line(reference: list[Sketch], lines: Lines) -> None:
    pool = make_days(60, np.random.default_rng(3))
    here, there = stack(pool, reference)
    rng = np.random.default_rng(4)
    for month in range(20):
        values = measure(here.take(rng.integers(60, size=36)), there)
        assert {name for name in STATISTICS if values[name].max() > lines.lines[name]} == set(), month


def test_a_new_word_in_a_twentieth_of_the_posts_is_over_its_line_and_is_named(
    reference: list[Sketch], lines: Lines
) -> None:
    window = make_days(WINDOW_DAYS, np.random.default_rng(4), new_word=0.05)

    assert over(window, reference, lines) == {"new_words"}
    word, now, usual = risen_words(window, reference)[0]
    assert word == "glumped"
    assert 0.03 < now < 0.08
    assert usual == 0.0


def test_a_word_of_one_day_is_no_new_word(reference: list[Sketch], lines: Lines) -> None:
    rng = np.random.default_rng(5)
    window = [*make_days(WINDOW_DAYS - 1, rng), make_day(MONDAY + timedelta(days=6), rng, new_word=0.9)]

    assert "new_words" not in over(window, reference, lines)


def test_another_mix_of_topics_is_over_the_lines_of_topics_and_of_what_posts_are_about(
    reference: list[Sketch], lines: Lines
) -> None:
    window = make_days(WINDOW_DAYS, np.random.default_rng(6), topics=(0.25, 0.3, 0.2, 0.25))

    assert {"topic_mix", "embedding"} <= over(window, reference, lines)
    assert "new_words" not in over(window, reference, lines)


def test_a_model_that_becomes_unsure_is_over_the_lines_of_confidence_alone(
    reference: list[Sketch], lines: Lines
) -> None:
    window = make_days(WINDOW_DAYS, np.random.default_rng(7), sureness=0.8)

    assert over(window, reference, lines) == {"topic_confidence", "sentiment_confidence"}


def test_a_window_of_few_posts_is_held_to_a_higher_line(reference: list[Sketch], lines: Lines) -> None:
    assert lines.at("topic_mix", int(lines.posts)) == lines.lines["topic_mix"]
    assert lines.at("topic_mix", int(lines.posts // 4)) == pytest.approx(4 * lines.lines["topic_mix"], rel=0.01)
    for seed in range(8):
        few = make_days(WINDOW_DAYS, np.random.default_rng((8, seed)), posts=16)
        assert over(few, reference, lines) == set(), seed


def test_too_few_days_or_posts_say_nothing(reference: list[Sketch]) -> None:
    rng = np.random.default_rng(9)

    assert latest(make_days(3, rng), reference) == {}
    assert latest(make_days(7, rng, posts=14), reference) == {}
    assert latest(make_days(7, rng), reference[: LEAST_DAYS - 1]) == {}
    assert set(latest(make_days(4, rng), reference)) == set(STATISTICS)


def test_the_same_days_are_no_distance_apart(reference: list[Sketch]) -> None:
    one = reference[0]

    values = latest([one] * WINDOW_DAYS, [one] * LEAST_DAYS)

    assert all(values[name] == pytest.approx(0.0, abs=1e-12) for name in (*MIXES, "vocabulary", "topic_confidence"))
