"""Turns logits into probabilities that mean what they say, and chooses from which probability an emotion is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TEMPERATURES: Final = (0.05, 20.0)
"""Bounds of the search; a fitted network lies between 0.5 and 3."""
_STEPS: Final = 60
_GOLDEN: Final = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """How each head's logits become probabilities; fitted on development data."""

    temperatures: Mapping[str, float]
    """By single-label task; > 0, no unit; 1.0 leaves the softmax as it is."""
    slopes: tuple[float, ...]
    shifts: tuple[float, ...]
    """By emotion: probability = sigmoid(slope · logit + shift)."""
    thresholds: tuple[float, ...]
    """By emotion: named from this probability on."""


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> Floats:
    """Probabilities of one label among several.

    Args:
        logits: shape (n, k); n may be 0.
        temperature: > 0, no unit.

    Returns:
        Shape (n, k), float64; each row sums to 1.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, sec. 4.2.

    >>> softmax(np.array([[2.0, 0.0, 0.0]]), temperature=2.0).round(2)
    array([[0.58, 0.21, 0.21]])
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities: Floats = scaled / scaled.sum(axis=1, keepdims=True)
    return probabilities


def sigmoid(logits: NDArray[np.floating]) -> Floats:
    """Probability of each label by itself; any shape, float64, without overflow."""
    values: Floats = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64)))
    return values


def fit_temperature(logits: NDArray[np.floating], labels: Ints) -> float:
    """The temperature with the least negative log-likelihood, by golden-section search over its logarithm.

    Args:
        logits: shape (n, k); with n = 0 nothing is known, and 1.0 is returned.
        labels: shape (n,), ids in 0..k-1.
    """
    if not len(labels):
        return 1.0
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, float(np.exp(log_temperature)))[rows, labels]
        return float(-np.log(np.clip(chosen, 1e-12, 1.0)).mean())

    low, high = (float(np.log(bound)) for bound in TEMPERATURES)
    for _ in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def fit_platt(logits: NDArray[np.floating], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift of a logistic fit of the truth on one label's logits.

    Targets are softened by the number of examples, so that a rare label does not fit to certainty.

    Args:
        logits: shape (n,).
        truth: shape (n,).

    Returns:
        (slope, shift); (1, 0) when the truth is all one way. The slope is at least 0.05: order is never reversed.

    Source: Platt 1999, Probabilistic outputs for support vector machines; Newton's method as in Lin et al. 2007.
    """
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return 1.0, 0.0
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.stack([np.asarray(logits, dtype=np.float64), np.ones(len(truth))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        chance = sigmoid(design @ weights)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, design.T @ (target - chance))
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return max(float(weights[0]), 0.05), float(weights[1])


def choose_threshold(probabilities: Floats, truth: NDArray[np.bool_]) -> float:
    """The threshold with the best F1; halfway to the next lower probability, so that it does not hug one example.

    Args:
        probabilities: shape (n,), of one label.
        truth: shape (n,).

    Returns:
        In (0, 1); 0.5 when no example is true.

    >>> choose_threshold(np.array([0.1, 0.2, 0.6, 0.8]), np.array([False, False, True, True]))
    0.4
    """
    positives = int(truth.sum())
    if not positives:
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + positives)
    last_of_ties = np.append(ranked[:-1] > ranked[1:], True)
    best = int(np.argmax(np.where(last_of_ties, f1, -1.0)))
    below = float(ranked[best + 1]) if best + 1 < len(ranked) else 0.0
    return float(np.clip((float(ranked[best]) + below) / 2, 1e-6, 1 - 1e-6))


def fit_emotions(logits: NDArray[np.floating], truth: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Slopes, shifts and thresholds of every emotion, each of shape (k,), from logits and truth of shape (n, k)."""
    fits = [fit_platt(logits[:, column], truth[:, column]) for column in range(truth.shape[1])]
    slopes, shifts = np.array([fit[0] for fit in fits]), np.array([fit[1] for fit in fits])
    probabilities = sigmoid(logits * slopes + shifts)
    thresholds = [choose_threshold(probabilities[:, column], truth[:, column]) for column in range(truth.shape[1])]
    return slopes, shifts, np.array(thresholds)


def emotion_probabilities(logits: NDArray[np.floating], calibration: Calibration) -> Floats:
    """Calibrated probability of each emotion, shape (n, k), from logits of the same shape."""
    return sigmoid(logits * np.array(calibration.slopes) + np.array(calibration.shifts))


def named_emotions(probabilities: Floats, thresholds: Sequence[float]) -> list[list[int]]:
    """By row, the emotions that reached their own threshold, most probable first.

    >>> named_emotions(np.array([[0.3, 0.9, 0.1]]), (0.2, 0.5, 0.2))
    [[1, 0]]
    """
    rows, columns = np.nonzero(probabilities >= np.asarray(thresholds))
    order = np.lexsort((-probabilities[rows, columns], rows))  # stable: of equal ones the first column comes first
    found, ends = columns[order].tolist(), np.cumsum(np.bincount(rows, minlength=len(probabilities))).tolist()
    return [found[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
