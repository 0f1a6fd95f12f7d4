"""The figures are those of the textbook, and their intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from core.evaluation import calibration_error, confusion, evaluate_multiple, evaluate_single, membership


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def one_hot(predicted: np.ndarray, count: int, confidence: float = 0.9) -> np.ndarray:
    rest = (1 - confidence) / (count - 1)
    return np.where(np.arange(count)[None, :] == predicted[:, None], confidence, rest)


def test_single_label_figures_agree_with_scikit_learn() -> None:
    truth, predicted = rng(1).integers(0, 4, 300), rng(2).integers(0, 4, 300)
    report = evaluate_single(truth, one_hot(predicted, 5), rng())
    assert report.n == 300
    assert report.accuracy.value == pytest.approx(accuracy_score(truth, predicted))
    assert report.macro_f1.value == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert report.weighted_f1.value == pytest.approx(f1_score(truth, predicted, average="weighted"))


def test_multiple_label_figures_agree_with_scikit_learn() -> None:
    truth, named = rng(1).random((200, 3)) < 0.3, rng(2).random((200, 3)) < 0.3
    report = evaluate_multiple(truth, named * 0.8 + 0.1, named, rng())
    assert report.accuracy.value == pytest.approx(accuracy_score(truth, named))
    assert report.macro_f1.value == pytest.approx(f1_score(truth, named, average="macro"))
    assert report.weighted_f1.value == pytest.approx(f1_score(truth, named, average="weighted"))


def test_a_label_neither_present_nor_predicted_does_not_lower_macro_f1() -> None:
    truth = np.array([0, 1, 0, 1])
    assert evaluate_single(truth, one_hot(truth, 7), rng()).macro_f1.value == 1.0


def test_the_interval_holds_the_figure_and_narrows_with_more_rows() -> None:
    def width(rows: int) -> float:
        truth, predicted = rng(3).integers(0, 2, rows), rng(4).integers(0, 2, rows)
        accuracy = evaluate_single(truth, one_hot(predicted, 2), rng()).accuracy
        assert accuracy.low <= accuracy.value <= accuracy.high
        return accuracy.high - accuracy.low

    assert width(1_600) == pytest.approx(width(100) / 4, rel=0.25)


def test_the_same_seed_gives_the_same_interval() -> None:
    truth, predicted = rng(3).integers(0, 2, 50), rng(4).integers(0, 2, 50)
    assert evaluate_single(truth, one_hot(predicted, 2), rng(7)) == evaluate_single(
        truth, one_hot(predicted, 2), rng(7)
    )


def test_one_row_can_be_measured() -> None:
    assert evaluate_single(np.array([1]), one_hot(np.array([1]), 3), rng()).as_dict()["accuracy_ci"] == [1.0, 1.0]


def test_calibration_error_of_ten_times_nine_tenths_right_nine_times_is_zero() -> None:
    assert calibration_error(np.full(10, 0.9), np.array([True] * 9 + [False])) == pytest.approx(0.0)


def test_calibration_error_is_the_gap_of_certainty_that_is_always_wrong() -> None:
    assert calibration_error(np.ones(4), np.zeros(4, dtype=bool)) == 1.0


def test_calibration_error_weighs_each_bin_by_its_rows() -> None:
    stated = np.array([0.9, 0.9, 0.9, 0.5])
    came_true = np.array([True, True, True, False])
    assert calibration_error(stated, came_true) == pytest.approx(0.75 * 0.1 + 0.25 * 0.5)


def test_the_report_has_each_key_and_its_interval() -> None:
    report = evaluate_single(np.array([0, 1]), one_hot(np.array([0, 1]), 2), rng()).as_dict()
    names = ("accuracy", "macro_f1", "weighted_f1", "ece")
    assert set(report) == {"n", *names, *(f"{name}_ci" for name in names)}


def test_rows_of_the_confusion_matrix_are_the_truth() -> None:
    assert confusion(np.array([0, 0, 1]), np.array([1, 1, 1]), 2).tolist() == [[0, 2], [0, 1]]


def test_membership_marks_every_label_of_a_row() -> None:
    assert membership([(0, 2), ()], 3).tolist() == [[True, False, True], [False, False, False]]
