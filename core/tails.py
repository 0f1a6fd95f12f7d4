"""How surprising a count is: tails of the Poisson, negative binomial, beta-binomial and hypergeometric."""

from __future__ import annotations

import math
from typing import Final

LOG10: Final = math.log(10)
LEAST_LOG10_P: Final = -300.0
"""Smaller probabilities are given as this one; a double ends soon after."""
SMALL_SHAPE: Final = 2.0
"""Of so skewed a distribution the saddlepoint is no approximation: its tail is summed."""
MOST_TERMS: Final = 200


def log10_normal_tail(w: float) -> float:
    """log10 P(Z >= w) of the standard normal, also where the probability itself is too small for a double.

    >>> round(log10_normal_tail(0.0), 6), round(log10_normal_tail(40.0), 1)
    (-0.30103, -349.4)
    """
    if w < 35:
        return math.log10(0.5 * math.erfc(w / math.sqrt(2)))
    return -(w * w / 2 + math.log(w * math.sqrt(2 * math.pi))) / LOG10


def log10_count_tail(count: int, mean: float, variance: float) -> float:
    """log10 P(X >= count) for a negative binomial X; a Poisson one where the variance is no larger than the mean.

    A saddlepoint approximation: its cost does not grow with the count, and its relative error stays small far out.

    Args:
        count: >= 0.
        mean: > 0.
        variance: taken as the mean where it is smaller.

    Source: Lugannani & Rice 1980; Daniels 1987, Tail probability approximations, sec. 6 (lattice variables).

    >>> round(10 ** log10_count_tail(3, mean=1.0, variance=2.0), 3)  # geometric: 1/8
    0.125
    """
    if count <= mean or count == 0:
        return 0.0
    if variance <= mean * (1 + 1e-6):
        t = math.log(count / mean)
        exponent = count * t - count + mean
        spread = float(count)
    else:
        shape = mean * mean / (variance - mean)
        q = 1 - mean / variance
        if shape < SMALL_SHAPE:
            return _log10_summed(count, shape, q)
        t = math.log(count / (q * (shape + count)))
        # K(t) = shape * log((1 - q) / (1 - q e^t)), and 1 - q e^t = shape / (shape + count) at the saddlepoint
        exponent = count * t - shape * (math.log1p(-q) - math.log(shape / (shape + count)))
        spread = count * (1 + count / shape)
    w = math.sqrt(max(0.0, 2 * exponent))
    u = -math.expm1(-t) * math.sqrt(spread)
    if w < 1e-2:
        return math.log10(0.5)
    # Q(w) + phi(w) (1/u - 1/w), as one logarithm
    log_q = log10_normal_tail(w)
    log_phi = -(w * w / 2 + 0.5 * math.log(2 * math.pi)) / LOG10
    correction = 1 + 10 ** min(50.0, log_phi - log_q) * (1 / u - 1 / w)
    return max(LEAST_LOG10_P, min(0.0, log_q + math.log10(max(correction, 1e-12))))


def _log10_summed(count: int, shape: float, q: float) -> float:
    """The negative binomial's tail term by term, and what is left after so many terms as a geometric series."""
    log_first = math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
    log_first += shape * math.log1p(-q) + count * math.log(q)
    term = total = 1.0
    x = count
    while term > 1e-6 * total and x < count + MOST_TERMS:
        term *= (x + shape) / (x + 1) * q
        total += term
        x += 1
    total += term * q / (1 - q)
    return max(LEAST_LOG10_P, min(0.0, (log_first + math.log(total)) / LOG10))


def log10_share_tail(count: int, total: int, share: float, evidence: float) -> float:
    """log10 of about P(X >= count) for a beta-binomial X: `count` of `total` where `share` is usual.

    By a normal approximation on the arcsine scale, whose spread holds the sampling and how well the share is known.

    Args:
        share: in (0, 1).
        evidence: how many posts' worth the share is known, > 0.

    >>> round(log10_share_tail(5, 10, share=0.5, evidence=20), 2)
    0.0
    """
    if total == 0 or count <= share * total:
        return 0.0
    distance = math.asin(math.sqrt((count - 0.375) / total)) - math.asin(math.sqrt(share))
    spread = 0.5 * math.sqrt(1 / total + 1 / evidence)
    return max(LEAST_LOG10_P, log10_normal_tail(max(0.0, distance) / spread))


def fisher_greater(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """The chance of `hits` or more of `total`, if both groups hit alike: Fisher's exact test, one-sided.

    Source: Fisher 1935, The Design of Experiments, sec. 21; the lady drinks eight cups of tea and names three of four.

    >>> round(fisher_greater(3, 4, 1, 4), 4)
    0.2429
    """
    all_hits = hits + other_hits
    whole = _log_ways(total + other_total, all_hits)
    terms = (
        _log_ways(total, n) + _log_ways(other_total, all_hits - n) - whole
        for n in range(max(hits, all_hits - other_total), min(total, all_hits) + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def _log_ways(of: int, taken: int) -> float:
    """The logarithm of how many ways there are to take so many."""
    return math.lgamma(of + 1) - math.lgamma(taken + 1) - math.lgamma(of - taken + 1)
