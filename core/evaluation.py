"""How good labels and probabilities are: accuracy, F1 and calibration error, each with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BINS: Final = 15
"""Of equal width, as in Guo et al. 2017."""
RESAMPLES: Final = 1_000
COVERAGE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure with its bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Report:
    """What one set of predictions is worth."""

    n: int
    accuracy: Measured
    """Of several labels: the share of texts whose set of labels is exactly right."""
    macro_f1: Measured
    weighted_f1: Measured
    ece: Measured

    def as_dict(self) -> dict[str, object]:
        """The keys of the JSON report; an interval is [low, high]."""
        content: dict[str, object] = {"n": self.n}
        for name in ("accuracy", "macro_f1", "weighted_f1", "ece"):
            measured: Measured = getattr(self, name)
            content[name] = round(measured.value, 6)
            content[f"{name}_ci"] = [round(measured.low, 6), round(measured.high, 6)]
        return content


def evaluate_single(truth: Ints, probabilities: Floats, rng: np.random.Generator) -> Report:
    """Measure a head that names one label.

    Args:
        truth: ids, shape (n,), n > 0.
        probabilities: calibrated, shape (n, k).
        rng: of the bootstrap.
    """
    predicted = probabilities.argmax(axis=1)
    count = probabilities.shape[1]
    correct, confidence = predicted == truth, probabilities.max(axis=1)

    def figures(rows: Ints) -> Floats:
        matrix = confusion(truth[rows], predicted[rows], count)
        hits = matrix.diagonal()
        macro, weighted = _f1(hits, matrix.sum(axis=1), matrix.sum(axis=0))
        error = calibration_error(confidence[rows], correct[rows])
        return np.array([correct[rows].mean(), macro, weighted, error])

    return _with_intervals(figures, len(truth), rng)


def evaluate_multiple(truth: Bools, probabilities: Floats, named: Bools, rng: np.random.Generator) -> Report:
    """Measure a head that names any number of labels; calibration is over every decision, text by label.

    Args:
        truth: shape (n, k), n > 0.
        probabilities: calibrated, shape (n, k).
        named: what was predicted, shape (n, k).
        rng: of the bootstrap.
    """
    exact = (truth == named).all(axis=1)
    hits = truth & named

    def figures(rows: Ints) -> Floats:
        macro, weighted = _f1(hits[rows].sum(axis=0), truth[rows].sum(axis=0), named[rows].sum(axis=0))
        error = calibration_error(probabilities[rows].ravel(), truth[rows].ravel())
        return np.array([exact[rows].mean(), macro, weighted, error])

    return _with_intervals(figures, len(truth), rng)


def confusion(truth: Ints, predicted: Ints, count: int) -> Ints:
    """Rows are the truth, columns the prediction, shape (count, count).

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    return np.bincount(truth * count + predicted, minlength=count * count).reshape(count, count)


def calibration_error(confidence: Floats, correct: Bools, bins: int = BINS) -> float:
    """Expected calibration error: how far a stated probability is from how often it was right, on average.

    Args:
        confidence: stated probabilities in [0, 1], shape (n,).
        correct: whether each came true, shape (n,).

    Source: Guo et al. 2017, sec. 2, equation 3.

    >>> calibration_error(np.array([0.8, 0.8]), np.array([True, False])).__round__(3)
    0.3
    """
    if not len(confidence):
        return 0.0
    where = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    stated = np.bincount(where, weights=confidence, minlength=bins)
    came_true = np.bincount(where, weights=correct.astype(np.float64), minlength=bins)
    return float(np.abs(stated - came_true).sum() / len(confidence))


def _f1(hits: NDArray[np.integer], present: NDArray[np.integer], named: NDArray[np.integer]) -> tuple[float, float]:
    """Macro-F1 over the labels that are present or named, and F1 weighted by presence."""
    total = (present + named).astype(np.float64)
    seen = total > 0
    scores = np.divide(2.0 * hits, total, out=np.zeros(len(total)), where=seen)
    weighted = float((scores * present).sum() / max(present.sum(), 1))
    return float(scores[seen].mean()) if seen.any() else 0.0, weighted


def _with_intervals(figures: Callable[[Ints], Floats], n: int, rng: np.random.Generator) -> Report:
    """The figures on all rows, with percentile intervals over resampled rows (Efron & Tibshirani 1993, ch. 13)."""
    values = figures(np.arange(n))
    drawn = np.array([figures(rng.integers(0, n, n)) for _ in range(RESAMPLES)])
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(drawn, tail, axis=0), np.quantile(drawn, 1 - tail, axis=0)
    measured = [Measured(float(v), float(a), float(b)) for v, a, b in zip(values, low, high, strict=True)]
    return Report(n, *measured)


def membership(rows: Sequence[Sequence[int]], count: int) -> Bools:
    """Lists of label ids as a table of truth, shape (n, count)."""
    table = np.zeros((len(rows), count), dtype=np.bool_)
    for row, ids in enumerate(rows):
        table[row, list(ids)] = True
    return table
