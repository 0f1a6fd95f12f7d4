"""Stated probabilities come true as often as they say, and thresholds are the best there are."""

from __future__ import annotations

import numpy as np
import pytest

from core.calibration import (
    Calibration,
    choose_threshold,
    emotion_probabilities,
    fit_emotions,
    fit_platt,
    fit_temperature,
    named_emotions,
    sigmoid,
    softmax,
)
from core.evaluation import calibration_error


def drawn(rng: np.random.Generator, logits: np.ndarray) -> np.ndarray:
    """Labels that come true exactly as often as the logits say."""
    cumulative = softmax(logits).cumsum(axis=1)
    return (rng.random(len(logits))[:, None] > cumulative).sum(axis=1)


def test_softmax_rows_sum_to_one_however_large_the_logits() -> None:
    probabilities = softmax(np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]]))
    assert probabilities.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert probabilities[1] == pytest.approx([1 / 3] * 3)


def test_softmax_of_no_rows_is_no_rows() -> None:
    assert softmax(np.zeros((0, 3))).shape == (0, 3)


def test_a_network_that_is_three_times_too_sure_gets_temperature_three() -> None:
    rng = np.random.default_rng(1)
    honest = rng.normal(size=(20_000, 4)) * 1.5
    assert fit_temperature(honest * 3, drawn(rng, honest)) == pytest.approx(3.0, rel=0.06)


def test_without_examples_the_temperature_is_one() -> None:
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.int64)) == 1.0


def test_the_fitted_temperature_lowers_the_calibration_error() -> None:
    rng = np.random.default_rng(2)
    honest = rng.normal(size=(5_000, 3))
    labels = drawn(rng, honest)

    def error(temperature: float) -> float:
        stated = softmax(honest * 4, temperature)
        return calibration_error(stated.max(axis=1), stated.argmax(axis=1) == labels)

    assert error(fit_temperature(honest * 4, labels)) < 0.03 < error(1.0)


def test_platt_finds_the_slope_and_shift_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=40_000) * 2
    truth = rng.random(40_000) < sigmoid(0.5 * logits - 1.0)
    assert fit_platt(logits, truth) == pytest.approx((0.5, -1.0), abs=0.05)


def test_platt_leaves_a_label_alone_that_never_occurs() -> None:
    assert fit_platt(np.array([0.3, -2.0]), np.array([False, False])) == (1.0, 0.0)


def test_platt_never_reverses_the_order() -> None:
    slope, _ = fit_platt(np.array([2.0, 1.0, -1.0, -2.0]), np.array([False, False, True, True]))
    assert slope > 0


def test_platt_stays_finite_when_one_example_separates_the_classes() -> None:
    slope, shift = fit_platt(np.array([5.0, -5.0, -6.0]), np.array([True, False, False]))
    assert np.isfinite([slope, shift]).all()


def test_the_threshold_is_where_f1_is_best() -> None:
    probabilities = np.array([0.9, 0.8, 0.4, 0.35, 0.1])
    truth = np.array([True, False, True, True, False])
    assert 0.1 < choose_threshold(probabilities, truth) < 0.35  # three of four named are true: F1 6/7


def test_equal_probabilities_are_never_cut_apart() -> None:
    threshold = choose_threshold(np.array([0.5, 0.5, 0.2]), np.array([True, False, False]))
    assert 0.2 < threshold < 0.5


def test_a_label_that_never_occurs_has_threshold_one_half() -> None:
    assert choose_threshold(np.array([0.2, 0.7]), np.array([False, False])) == 0.5


def test_each_emotion_is_fitted_by_itself() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(5_000, 2)) * 2
    truth = rng.random((5_000, 2)) < sigmoid(logits + np.array([0.0, -3.0]))
    slopes, shifts, thresholds = fit_emotions(logits, truth)
    calibration = Calibration({}, tuple(slopes), tuple(shifts), tuple(thresholds))
    probabilities = emotion_probabilities(logits, calibration)
    assert probabilities.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.01)


def test_emotions_are_named_most_probable_first() -> None:
    assert named_emotions(np.array([[0.3, 0.9, 0.6], [0.1, 0.1, 0.1]]), (0.2, 0.5, 0.7)) == [[1, 0], []]
