"""How far a week's posts of a channel have drifted from the reference that the model is known to be good for.

Every statistic compares a window of seven days with the reference's days, by sketches (`core.sketches`). Where each
one's line lies is decided in `core.drift_lines`; accuracy, which knows few labels, is `core.drift_accuracy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.sketches import BINS, HEADS, SURE_HEADS, Sketch

Floats = NDArray[np.float64]

WINDOW_DAYS: Final = 7
"""Every day of the week once. It is also the stated delay: a shift that stays fills the window after so many days."""
REFERENCE_DAYS: Final = 28
LEAST_DAYS: Final = 14
"""Of a reference, below which there is nothing to compare with."""
LEAST_WINDOW_DAYS: Final = 4
LEAST_POSTS: Final = 100
"""Of a window: of fewer, chance says more than language."""

EMBEDDING: Final = "embedding"
VOCABULARY: Final = "vocabulary"
NEW_WORDS: Final = "new_words"
ACCURACY: Final = "accuracy"
MIXES: Final = {f"{head}_mix": head for head in HEADS}
CONFIDENCES: Final = {f"{head}_confidence": head for head in SURE_HEADS}
INPUT: Final = (EMBEDDING, VOCABULARY, NEW_WORDS)
"""Of what is written, whoever judges it."""
JUDGED: Final = (*MIXES, *CONFIDENCES)
"""Of what the model says: compared only with days that the same model judged."""
STATISTICS: Final = (*INPUT, *JUDGED)
TESTS: Final = len(STATISTICS) + 1
"""Of a channel, accuracy among them: they share what false alarms are allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """D days of one channel side by side."""

    posts: Floats
    """Shape (D,)."""
    words: Floats
    """Shape (D, buckets)."""
    named: Floats
    """Shape (D, frequent words)."""
    features: Floats
    """Shape (D, features)."""
    labels: Mapping[str, Floats]
    """By head, shape (D, labels)."""
    sureness: Mapping[str, Floats]
    """By head, shape (D, BINS)."""

    def take(self, rows: NDArray[np.int64]) -> Days:
        """Some of the days, each as often as it is named."""
        return Days(
            self.posts[rows], self.words[rows], self.named[rows], self.features[rows],
            {head: counts[rows] for head, counts in self.labels.items()},
            {head: counts[rows] for head, counts in self.sureness.items()},
        )  # fmt: skip


def stack(*groups: Sequence[Sketch]) -> list[Days]:
    """Each group of sketches as `Days`, with the same columns; a group may be empty."""
    every = [one for group in groups for one in group]
    names = {head: sorted({label for one in every for label in one.labels[head]}) for head in HEADS}
    return [_stacked(group, names, frequent_words(every)) for group in groups]


def frequent_words(sketches: Iterable[Sketch]) -> list[str]:
    """The words that are named on some day, the columns of `Days.named`."""
    return sorted({word for one in sketches for word in one.named})


def _stacked(group: Sequence[Sketch], names: Mapping[str, Sequence[str]], words: Sequence[str]) -> Days:
    def rows(found: Sequence[Sequence[float] | Floats], width: int) -> Floats:
        return np.array(found, np.float64).reshape(len(group), width)

    some = group[0] if group else None
    return Days(
        np.array([one.posts for one in group], np.float64),
        rows([one.words.astype(np.float64) for one in group], len(some.words) if some else 0),
        rows([[one.named.get(word, 0) for word in words] for one in group], len(words)),
        rows([one.features for one in group], len(some.features) if some else 0),
        {h: rows([[one.labels[h].get(n, 0) for n in names[h]] for one in group], len(names[h])) for h in HEADS},
        {head: rows([one.sureness[head] for one in group], BINS) for head in SURE_HEADS},
    )


def measure(days: Days, reference: Days, statistics: Sequence[str] = STATISTICS) -> dict[str, Floats]:
    """Every statistic of every window of seven days.

    Args:
        days: D days in their order, D ≥ WINDOW_DAYS.
        reference: days to compare with, in any order.

    Returns:
        By statistic, shape (D - 6,); the first value is that of the first seven days. In their own units: a squared
        distance of distributions (embedding), bits (vocabulary and mixes: Jensen-Shannon divergence, 0 to 1), standard
        deviations (new words: the word that rose most), probability (confidence: Wasserstein distance).
    """
    return {name: _one(name, days, reference) for name in statistics}


def _one(name: str, days: Days, reference: Days) -> Floats:
    if name == EMBEDDING:
        return mean_discrepancy(_windows(days.features), _windows(days.posts), reference)
    if name == VOCABULARY:
        return divergence(_windows(days.words), reference.words.sum(axis=0))
    if name == NEW_WORDS:
        rises: Floats = rise(days, reference).max(axis=1, initial=0.0)
        return rises
    if name in MIXES:
        head = MIXES[name]
        return divergence(usual_shares(days.labels[head]), reference.labels[head].sum(axis=0))
    head = CONFIDENCES[name]
    return transport(usual_shares(days.sureness[head]), reference.sureness[head].sum(axis=0))


def mean_discrepancy(sums: Floats, posts: Floats, reference: Days) -> Floats:
    """Squared maximum mean discrepancy of each window, less what chance alone is expected to make of it.

    Args:
        sums: shape (T, features); posts: shape (T,).

    Source: Gretton et al. 2012, A Kernel Two-Sample Test, sec. 2: the unbiased estimate.
    """
    here, there = sums / np.maximum(posts, 1.0)[:, None], reference.features.sum(axis=0) / reference.posts.sum()
    squared = ((here - there) ** 2).sum(axis=1)
    noise = (1 - (here**2).sum(axis=1)) / np.maximum(posts, 1.0) + (1 - (there**2).sum()) / reference.posts.sum()
    found: Floats = squared - noise
    return found


def divergence(counts: Floats, reference: Floats) -> Floats:
    """Jensen-Shannon divergence in bits of each row, shape (T, k), from one distribution, shape (k,).

    >>> divergence(np.array([[5.0, 5.0], [10.0, 0.0]]), np.array([0.0, 7.0])).round(3)
    array([0.311, 1.   ])
    """
    p, q = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12), reference / max(reference.sum(), 1.0)
    middle = np.maximum((p + q) / 2, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(p > 0, p * np.log2(p / middle), 0.0).sum(axis=1)
        right = np.where(q > 0, q * np.log2(q / middle), 0.0).sum(axis=1)
    found: Floats = (left + right) / 2
    return found


def rise(days: Days, reference: Days) -> Floats:
    """How far each frequent word is above its usual share, in standard deviations, shape (T, frequent words).

    Of a window counts the middle day, so that news of two days is no new word. Square roots of counts scatter by a half
    whatever the count (Anscombe 1948); a word that comes in bursts scatters more, as it did in the reference.
    """
    shares = days.named / np.maximum(days.posts, 1.0)[:, None]
    posts = _windows(days.posts)[:, None]
    usual = reference.named.sum(axis=0) / reference.posts.sum()
    daily = reference.named / np.maximum(reference.posts, 1.0)[:, None]
    variance = ((daily - usual) ** 2).sum(axis=0) / max(1, len(daily) - 1)
    chance = np.maximum(usual, 1 / reference.posts.sum()) * np.mean(1 / np.maximum(reference.posts, 1.0))
    bursts = np.maximum(variance / chance, 1.0)
    # the variance of the median of seven is π/2 times that of their mean
    scatter = np.sqrt(bursts * np.pi / 2 * (1 + WINDOW_DAYS / len(daily)))
    found: Floats = 2 * (np.sqrt(_medians(shares) * posts + 0.375) - np.sqrt(usual * posts + 0.375)) / scatter
    return found


_NETWORK: Final = (
    (0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4),
)  # fmt: skip
"""Compare these of seven values and swap them into order, one pair after the other: the fourth is then the median."""


def _medians(daily: Floats) -> Floats:
    """Medians of each window of seven, along the first axis: as `np.median`, thirty times as fast.

    Source of the network: Paeth 1990, Median Finding on a 3×3 Grid (Graphics Gems), as Devillard 1998 gives it for 7.

    >>> values = np.random.default_rng(1).integers(0, 9, (40, 3)).astype(float)
    >>> windows = np.lib.stride_tricks.sliding_window_view(values, 7, axis=0)
    >>> bool((_medians(values) == np.median(windows, axis=2)).all())
    True
    """
    count = len(daily) - WINDOW_DAYS + 1
    seven = [daily[start : start + count] for start in range(WINDOW_DAYS)]
    for low, high in _NETWORK:
        seven[low], seven[high] = np.minimum(seven[low], seven[high]), np.maximum(seven[low], seven[high])
    return seven[3]


def transport(counts: Floats, reference: Floats) -> Floats:
    """Wasserstein distance of histograms over 0 to 1, shape (T, BINS), from one, shape (BINS,).

    >>> one, other = np.zeros((1, 20)), np.zeros(20)
    >>> one[0, 9], other[19] = 4, 7
    >>> transport(one, other).round(3)
    array([0.5])
    """
    p, q = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12), reference / max(reference.sum(), 1.0)
    found: Floats = np.abs(np.cumsum(p, axis=1) - np.cumsum(q)).sum(axis=1) / BINS
    return found


def usual_shares(daily: Floats) -> Floats:
    """Shares of each window, shape (T, k), by its days without the highest and the lowest of each column.

    One odd day (a central bank's, a big firm's) is no drift; what stays is on every day.

    Args:
        daily: counts, shape (D, k).
    """
    shares = daily / np.maximum(daily.sum(axis=1, keepdims=True), 1.0)
    count = len(shares) - WINDOW_DAYS + 1
    seven = np.stack([shares[start : start + count] for start in range(WINDOW_DAYS)])
    found: Floats = seven.sum(axis=0) - seven.max(axis=0) - seven.min(axis=0)
    return found


def _windows(daily: Floats) -> Floats:
    """Sums over each window, along the first axis."""
    total = np.cumsum(daily, axis=0)
    total[WINDOW_DAYS:] -= total[:-WINDOW_DAYS].copy()
    return total[WINDOW_DAYS - 1 :]


def risen_words(window: Sequence[Sketch], reference: Sequence[Sketch], most: int = 3) -> list[tuple[str, float, float]]:
    """The words behind `new_words`: each with its share of the posts now and in the reference, the steepest first."""
    days, before = stack(window, reference)
    steep = rise(_filled(days), before)[0]
    now, usual = (one.named.sum(axis=0) / max(one.posts.sum(), 1.0) for one in (days, before))
    words = frequent_words([*window, *reference])
    order = [int(place) for place in np.argsort(-steep, kind="stable")[:most] if steep[place] > 0]
    return [(words[place], float(now[place]), float(usual[place])) for place in order]


def latest(
    window: Sequence[Sketch], reference: Sequence[Sketch], statistics: Sequence[str] = STATISTICS
) -> dict[str, float]:
    """The statistics of one window, of which days may be missing; nothing where either side holds too little."""
    if len(window) < LEAST_WINDOW_DAYS or len(reference) < LEAST_DAYS or sum(one.posts for one in window) < LEAST_POSTS:
        return {}
    days, before = stack(window, reference)
    return {name: float(values[0]) for name, values in measure(_filled(days), before, statistics).items()}


def _filled(days: Days) -> Days:
    """Seven days of four to seven: those that are missing are the others once more, in turn."""
    return days.take(np.resize(np.arange(len(days.posts)), WINDOW_DAYS))
