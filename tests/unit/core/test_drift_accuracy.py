"""Whether the model is right less often, on few labels."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from core.drift_accuracy import Answer, drop
from core.drift_watch import Span
from tests.drifting import MONDAY

REFERENCE = Span(MONDAY, MONDAY + timedelta(days=27))
TODAY = MONDAY + timedelta(days=55)


def answers(right: int, wrong: int, number: int) -> list[Answer]:
    """So many labels of a day."""
    day = MONDAY + timedelta(days=number)
    return [Answer(day, "social", "sentiment", "m1", n < right) for n in range(right + wrong)]


def test_a_model_that_is_right_half_as_often_has_drifted() -> None:
    found = drop([*answers(90, 10, 3), *answers(27, 33, 40)], REFERENCE, TODAY, channels=3)

    assert found is not None
    assert (found.then, found.now, found.labels) == (0.9, 0.45, 60)
    assert found.value > found.line


def test_a_few_more_mistakes_are_chance() -> None:
    found = drop([*answers(90, 10, 3), *answers(48, 12, 40)], REFERENCE, TODAY, channels=3)

    assert found is not None
    assert found.value < found.line


def test_a_thousand_looks_at_a_model_that_is_as_good_as_ever_see_nothing() -> None:
    rng = np.random.default_rng(1)
    for _ in range(1_000):
        then, now = rng.binomial(100, 0.85), rng.binomial(60, 0.85)
        found = drop([*answers(then, 100 - then, 3), *answers(now, 60 - now, 40)], REFERENCE, TODAY, channels=3)
        assert found is not None
        assert found.value <= found.line


def test_few_labels_say_nothing_and_neither_do_those_of_other_days() -> None:
    assert drop([*answers(90, 10, 3), *answers(5, 10, 40)], REFERENCE, TODAY, channels=3) is None
    assert drop([*answers(90, 10, 3), *answers(10, 40, 60)], REFERENCE, TODAY, channels=3) is None
    assert drop([*answers(90, 10, -3), *answers(10, 40, 40)], REFERENCE, TODAY, channels=3) is None
