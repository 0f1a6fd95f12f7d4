"""How much better one model is than another on the same texts, with the interval that chance leaves to the difference.

Both models see the same texts, so what is resampled are texts, and the difference is taken within each resample: what
both find hard cancels, and the interval is far narrower than those of the two scores.

Source: Efron & Tibshirani 1993, ch. 13 (percentile intervals); Koehn 2004 (paired resampling of two systems).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation import COVERAGE, RESAMPLES, Bools, Floats, Ints, membership

NORMAL_95: Final = 1.96
"""Deviations of a normal distribution to either side that hold 95 %."""


class Score(StrEnum):
    """What is compared."""

    MACRO_F1 = "macro-F1"
    ACCURACY = "accuracy"
    """The share of texts of which what is named is true; of several labels one is named, the most probable."""
    LIKELIHOOD = "log-likelihood"
    """Mean logarithm of the probability of what is true, in nats a text; at most 0. It hears how sure a model was,
    where the other two only hear what it named, and so the same texts tell far more of two models."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models' scores on one set of texts; F1 and accuracy are in [0, 1], their difference in [-1, 1]."""

    name: str
    n: int
    score: Score
    champion: float
    candidate: float
    low: float
    high: float
    """95 % interval of candidate minus champion."""

    @property
    def difference(self) -> float:
        """Candidate minus champion; above 0 the candidate is better."""
        return self.candidate - self.champion

    @property
    def chance_of_loss(self) -> float:
        """Probability of a loss at least as large, were both models alike; 1 where nothing was lost.

        One-sided, of a normal distribution as wide as the interval.
        """
        if self.difference >= 0:
            return 1.0
        deviation = (self.high - self.low) / (2 * NORMAL_95)
        return 0.0 if deviation == 0 else 0.5 * erfc(-self.difference / deviation / sqrt(2))

    @property
    def points(self) -> float:
        """The difference in points, hundredths of the score; rounded, so that 0.5 is not 0.50000001."""
        return round(100 * self.difference, 6)


@dataclass(frozen=True, slots=True)
class Answers:
    """What is true of n texts and what two models say, each of shape (n, k): whether a label is named."""

    truth: Bools
    champion: Bools
    candidate: Bools

    def __len__(self) -> int:
        return len(self.truth)

    def of(self, rows: Ints | Sequence[int]) -> Answers:
        """The same of some texts."""
        chosen = np.asarray(rows, dtype=np.int64)
        return Answers(self.truth[chosen], self.champion[chosen], self.candidate[chosen])


def single(labels: Ints, count: int) -> Bools:
    """Label ids of shape (n,) as a table of shape (n, count).

    >>> single(np.array([1, 0]), 2).astype(int)
    array([[0, 1],
           [1, 0]])
    """
    return membership([(int(label),) for label in labels], count)


def compare(name: str, answers: Answers, score: Score, rng: np.random.Generator) -> Comparison:
    """One score of both models on one set of texts.

    Args:
        name: of the set, as a reader knows it.
        answers: of n > 0 texts.
        score: which one; likelihoods need probabilities, see `compare_likelihoods`.
        rng: of the bootstrap.
    """
    return pooled(name, [answers], score, rng)


def pooled(name: str, parts: Sequence[Answers], score: Score, rng: np.random.Generator) -> Comparison:
    """One score over several tasks: each task's own, weighted by its texts; texts are resampled within their task.

    Raises:
        ValueError: there is no text in any part.
    """
    kept = [part for part in parts if len(part)]
    if not kept:
        raise ValueError(f"{name} has no text to compare on")
    total = sum(len(part) for part in kept)
    champion = candidate = 0.0
    moved = np.zeros(RESAMPLES)
    for part in kept:
        share = len(part) / total
        whole = np.ones((1, len(part)))
        drawn = _draws(len(part), rng)
        champion += share * float(_scores(part.truth, part.champion, whole, score)[0])
        candidate += share * float(_scores(part.truth, part.candidate, whole, score)[0])
        moved += share * (
            _scores(part.truth, part.candidate, drawn, score) - _scores(part.truth, part.champion, drawn, score)
        )
    return Comparison(name, total, score, champion, candidate, *_interval(moved))


def compare_likelihoods(name: str, champion: Floats, candidate: Floats, rng: np.random.Generator) -> Comparison:
    """The log-likelihoods of two models.

    Args:
        name: of the set, as a reader knows it.
        champion: logarithm of the probability of what is true, in nats, shape (n,), n > 0; texts of several tasks may
            stand beside each other.
        candidate: the same of the other model.
        rng: of the bootstrap.

    Source: Gneiting & Raftery 2007, Strictly Proper Scoring Rules, sec. 4.1 (the logarithmic score).
    """
    moved = _draws(len(champion), rng) @ (candidate - champion) / len(champion)
    return Comparison(
        name, len(champion), Score.LIKELIHOOD, float(champion.mean()), float(candidate.mean()), *_interval(moved)
    )


def _interval(moved: Floats) -> tuple[float, float]:
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(moved, (tail, 1 - tail))
    return float(low), float(high)


def _draws(n: int, rng: np.random.Generator) -> Floats:
    """How often each text stands in each resample, shape (resamples, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(np.float64)


def _scores(truth: Bools, named: Bools, weights: Floats, score: Score) -> Floats:
    """A score for each row of weights, shape (rows of weights,)."""
    if score is Score.ACCURACY:
        right = (truth & named).any(axis=1)
        accuracy: Floats = weights @ right / weights.sum(axis=1)
        return accuracy
    hits, present, found = (weights @ table.astype(np.float64) for table in (truth & named, truth, named))
    total = present + found
    seen = total > 0
    f1 = np.divide(2 * hits, total, out=np.zeros_like(total), where=seen)
    macro: NDArray[np.float64] = f1.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return macro


LEAST_SLICE: Final = 200
"""Texts from which on a slice is judged: on fewer, half a point is less than one text."""
