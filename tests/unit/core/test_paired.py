"""Two models on the same texts: the difference of their scores, and what chance leaves to it."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation import evaluate_single
from core.paired import Answers, Score, compare, compare_likelihoods, pooled, single


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def answers(truth: list[int], champion: list[int], candidate: list[int], count: int = 2) -> Answers:
    return Answers(*(single(np.array(labels), count) for labels in (truth, champion, candidate)))


def test_scores_and_their_difference_are_what_one_works_out_by_hand() -> None:
    found = compare("four", answers([0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1]), Score.ACCURACY, rng())
    assert (found.n, found.champion, found.candidate, found.points) == (4, 0.75, 1.0, 25.0)
    # F1 of label 0: 2·1/(2+1), of label 1: 2·2/(2+3)
    found = compare("four", answers([0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1]), Score.MACRO_F1, rng())
    assert found.champion == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_macro_f1_is_the_one_that_evaluate_prints() -> None:
    draw = np.random.default_rng(3)
    truth, said = draw.integers(0, 5, 300), draw.integers(0, 5, 300)
    report = evaluate_single(truth, np.eye(6)[said], rng())
    found = compare("x", Answers(single(truth, 6), single(said, 6), single(said, 6)), Score.MACRO_F1, rng())
    assert found.champion == pytest.approx(report.macro_f1.value)


def test_a_model_against_itself_differs_by_exactly_nothing() -> None:
    found = compare("same", answers([0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]), Score.MACRO_F1, rng())
    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_difference_that_chance_could_make_has_zero_in_its_interval() -> None:
    truth = [0, 1] * 50
    one_better = [0, 1] * 49 + [0, 0]
    found = compare("one", answers(truth, one_better, truth), Score.ACCURACY, rng())
    assert found.low == 0.0 < found.high
    ten_better = [1, 0] * 5 + [0, 1] * 45
    assert compare("ten", answers(truth, ten_better, truth), Score.ACCURACY, rng()).low > 0


def test_of_several_true_labels_one_is_enough() -> None:
    truth = np.array([[True, True, False], [False, True, False]])
    first, other = (single(np.array(labels), 3) for labels in ([0, 2], [1, 1]))
    found = compare("sets", Answers(truth, first, other), Score.ACCURACY, rng())
    assert (found.champion, found.candidate) == (0.5, 1.0)


def test_tasks_are_pooled_by_their_texts() -> None:
    three = answers([0, 0, 0], [0, 0, 0], [0, 0, 0])
    one = answers([1], [0], [1])
    found = pooled("both", [three, one], Score.ACCURACY, rng())
    assert (found.n, found.champion, found.candidate) == (4, 0.75, 1.0)
    with pytest.raises(ValueError, match="no text"):
        pooled("none", [], Score.ACCURACY, rng())


def test_likelihoods_are_compared_text_by_text() -> None:
    champion = np.log(np.array([0.5, 0.25, 0.9] * 30))
    found = compare_likelihoods("new", champion, champion + 0.1, rng())
    assert (found.n, found.champion) == (90, pytest.approx(champion.mean()))
    assert (found.difference, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    wide = compare_likelihoods("new", champion, champion + np.array([0.5, -0.4, 0.2] * 30), rng())
    assert wide.low < wide.difference < wide.high
    assert wide.difference == pytest.approx(0.1)
    assert wide.high - wide.low == pytest.approx(2 * 1.96 * 0.374 / 90**0.5, rel=0.1)


def test_the_likelihood_tells_of_a_gain_that_few_texts_hide_from_f1() -> None:
    """A hundred texts of which the candidate is a little surer, and names two more rightly."""
    truth = np.array([0, 1] * 50)
    said = np.where(np.arange(100) < 20, 1 - truth, truth)
    better = np.where(np.arange(100) < 18, 1 - truth, truth)
    f1 = compare("new", Answers(single(truth, 2), single(said, 2), single(better, 2)), Score.MACRO_F1, rng())
    old = np.log(np.where(said == truth, 0.8, 0.3))
    young = np.log(np.where(said == truth, 0.85, 0.4))
    assert f1.low <= 0
    assert compare_likelihoods("new", old, young, rng()).low > 0
