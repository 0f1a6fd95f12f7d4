"""Tails in closed form, against exact sums and published tables."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tails import LEAST_LOG10_P, fisher_greater, log10_count_tail, log10_normal_tail, log10_share_tail


def exact(count: int, mean: float, variance: float) -> float:
    """log10 P(X >= count), summed term by term."""
    total = 0.0
    for x in range(count, count + 4_000):
        if variance > mean:
            shape, q = mean * mean / (variance - mean), 1 - mean / variance
            log = math.lgamma(x + shape) - math.lgamma(shape) - math.lgamma(x + 1)
            log += shape * math.log1p(-q) + x * math.log(q)
        else:
            log = x * math.log(mean) - mean - math.lgamma(x + 1)
        total += math.exp(log)
    return math.log10(total)


@given(
    mean=st.floats(0.0005, 200), over=st.floats(1.0, 10), sds=st.floats(2.0, 12),
)  # fmt: skip
@settings(deadline=None)
def test_the_tail_of_a_count_is_that_of_the_exact_sum_nearly(mean: float, over: float, sds: float) -> None:
    variance = mean * over if over > 1.001 else mean
    count = max(1, math.ceil(mean + sds * math.sqrt(variance)))
    expected = exact(count, mean, variance)
    if expected > -250:
        assert log10_count_tail(count, mean, variance) == pytest.approx(expected, rel=0.02, abs=0.05)


@pytest.mark.parametrize(
    ("count", "mean", "variance", "tail"),
    [
        (0, 3.0, 5.0, 1.0),
        (8, 1.0, 1.0, 1.0249e-5),  # Poisson
        (4, 1 / 3, 4 / 9, 0.25**4),  # geometric with q = 1/4
    ],
)
def test_the_tail_has_known_values(count: int, mean: float, variance: float, tail: float) -> None:
    assert 10 ** log10_count_tail(count, mean, variance) == pytest.approx(tail, rel=0.05)


def test_every_further_post_is_less_probable() -> None:
    tails = [log10_count_tail(count, 50.0, 120.0) for count in range(52, 2_000)]

    assert all(later < earlier for earlier, later in pairwise(tails) if earlier > LEAST_LOG10_P)


def test_an_enormous_count_has_a_probability_that_can_be_stored() -> None:
    assert log10_count_tail(10**9, 1.0, 1.0) == LEAST_LOG10_P


@pytest.mark.parametrize(("w", "tail"), [(0.0, 0.5), (1.959964, 0.025), (3.090232, 1e-3)])
def test_the_normal_tail_is_that_of_the_tables(w: float, tail: float) -> None:
    assert 10 ** log10_normal_tail(w) == pytest.approx(tail, rel=1e-4)


def test_the_normal_tail_is_smooth_where_its_formula_changes() -> None:
    assert log10_normal_tail(35.0) == pytest.approx(log10_normal_tail(34.999), abs=0.03)


def test_a_share_is_surprising_by_its_size_and_by_what_is_known() -> None:
    usual = log10_share_tail(30, 100, 0.3, evidence=50)
    turned = log10_share_tail(30, 40, 0.3, evidence=50)

    assert usual == 0.0
    assert turned < -4
    assert log10_share_tail(30, 40, 0.3, evidence=5) > turned
    assert log10_share_tail(3, 4, 0.3, evidence=50) > turned
    assert log10_share_tail(0, 0, 0.3, evidence=50) == 0.0


def test_fishers_test_of_one_side() -> None:
    # Agresti 2002, Categorical Data Analysis, table 3.9: 3 of 4 against 1 of 4 gives 17/70
    assert fisher_greater(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert fisher_greater(0, 10, 5, 10) == pytest.approx(1)
    assert fisher_greater(50_000, 100_000, 1_000, 100_000) < 1e-300
    # the lady tasting tea, Fisher 1935: all four of four right of eight cups
    assert fisher_greater(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert fisher_greater(3, 3, 0, 3) == pytest.approx(0.05)
    assert fisher_greater(4, 5, 1, 10) == pytest.approx(0.017, abs=5e-5)
