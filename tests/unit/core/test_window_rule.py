"""The surge rule: its arithmetic against hand-worked values, and a table of scenarios."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from core.window_rule import (
    FIRE_P,
    HISTORY_MIN,
    LEAST_P,
    WINDOW_MIN,
    Bucket,
    Reason,
    Series,
    _log10_tail,
    history_start,
    judge,
    severity,
    window_start,
)
from tests.builders import NOON


def make_series(*spans: tuple[int, int, int, int], authors: int = 20) -> Series:
    """Each span is (from, to, posts, negative): minutes ago, both included, and what each of those minutes holds."""
    minutes: dict[datetime, tuple[int, int]] = {}
    for start, end, posts, negative in spans:
        for ago in range(end, start + 1):
            had = minutes.get(NOON - timedelta(minutes=ago), (0, 0))
            minutes[NOON - timedelta(minutes=ago)] = (had[0] + posts, had[1] + negative)
    buckets = tuple(Bucket(minute, *counts) for minute, counts in sorted(minutes.items()))
    return Series("entity", "HBNK", buckets, authors)


USUAL = (359, 5, 4, 1)
"""Four posts a minute, one of them negative, for all of the baseline."""


SCENARIOS = [
    ("a step from 1 to 8 a minute", make_series(USUAL, (4, 0, 10, 8)), False, True, Reason.SURGE),
    ("a spike within one minute", make_series(USUAL, (4, 0, 4, 1), (0, 0, 40, 36)), False, True, Reason.SURGE),
    ("one bot with 60 posts", make_series(USUAL, (4, 0, 12, 12), authors=1), False, False, Reason.FEW_VOICES),
    ("good news, 50 posts a minute", make_series(USUAL, (4, 0, 50, 2)), False, False, Reason.NOT_NEGATIVE),
    ("a quarrel, just under half", make_series(USUAL, (4, 0, 21, 10)), False, False, Reason.NOT_NEGATIVE),
    ("a fifth negative where a twentieth is usual", make_series((359, 5, 20, 1), (4, 0, 50, 10)), False, True,
        Reason.SURGE),
    ("a sixth negative where a twentieth is usual", make_series((359, 5, 20, 1), (4, 0, 60, 10)), False, False,
        Reason.NOT_NEGATIVE),
    ("more of everything, where half is usual", make_series((359, 5, 2, 1), (4, 0, 24, 12)), False, True,
        Reason.SURGE),
    ("the usual", make_series(USUAL, (4, 0, 4, 1)), False, False, Reason.NOT_NEGATIVE),
    ("always negative, twice a minute", make_series((359, 0, 2, 2)), False, False, Reason.USUAL),
    ("seven after a silent baseline", make_series((4, 0, 1, 1), (0, 0, 2, 2)), False, False, Reason.TOO_FEW),
    ("eight after a silent baseline", make_series((4, 0, 1, 1), (0, 0, 3, 3)), False, True, Reason.SURGE),
    ("a quiet night", make_series(USUAL), False, False, Reason.QUIET),
    ("nothing ever", make_series(), False, False, Reason.QUIET),
    ("a slow burn, up by 1 an hour", make_series((359, 301, 3, 2), (300, 241, 4, 3), (240, 181, 5, 4),
        (180, 121, 6, 5), (120, 61, 7, 6), (60, 0, 8, 7)), False, False, Reason.USUAL),
    ("an old surge that arrives late", make_series(USUAL, (20, 10, 30, 30)), False, False, Reason.QUIET),
    ("posts from a clock that is ahead", make_series(USUAL, (-1, -3, 30, 30)), False, False, Reason.QUIET),
    ("posts older than the history", make_series((500, 360, 90, 90), (4, 0, 9, 8)), False, True, Reason.SURGE),
    ("flapping: a part of the surge left", make_series(USUAL, (4, 0, 5, 3)), True, True, Reason.STILL_HIGH),
    ("the same level when nothing fires", make_series(USUAL, (4, 0, 5, 3)), False, False, Reason.USUAL),
    ("few voices do not end a surge", make_series(USUAL, (4, 0, 9, 8), authors=2), True, True, Reason.STILL_HIGH),
    ("good news does not end a surge", make_series(USUAL, (4, 0, 60, 8)), True, True, Reason.STILL_HIGH),
    ("resolved: back to the usual", make_series(USUAL, (4, 0, 4, 1)), True, False, Reason.CALM),
    ("resolved: silence", make_series(USUAL), True, False, Reason.CALM),
]  # fmt: skip
"""What happens, the series, whether an incident is open; whether it then fires, and why."""


@pytest.mark.parametrize(
    ("series", "firing", "fires", "reason"), [row[1:] for row in SCENARIOS], ids=[row[0] for row in SCENARIOS]
)
def test_the_rule_decides_each_scenario(series: Series, firing: bool, fires: bool, reason: Reason) -> None:
    verdict = judge(series, NOON, firing)

    assert (verdict.firing, verdict.reason) == (fires, reason)


def test_a_verdict_carries_its_figures() -> None:
    verdict = judge(make_series(USUAL, (4, 0, 10, 8), authors=17), NOON, firing=False)

    assert verdict.observed == 40
    assert verdict.authors == 17
    # 355 negative posts in 355 minutes, and the prior's 1 in 10: 356 / 365 a minute, five minutes long
    assert verdict.expected == pytest.approx(356 / 365 * 5)
    assert 0 < verdict.p_value < FIRE_P
    assert 1 <= verdict.severity <= 10


@pytest.mark.parametrize(("negative", "fires"), [(25, False), (26, True)])
def test_a_well_known_rate_is_still_trusted_only_so_far(negative: int, fires: bool) -> None:
    series = make_series(USUAL, (0, 0, negative, negative))

    # scipy.stats.nbinom.isf(1e-6, 10, 1 - 5 / (5 + 365 · 10 / 356)) = 25; a Poisson count would fire from 20
    assert judge(series, NOON, firing=False).firing is fires


def test_a_silent_baseline_expects_little_but_not_nothing() -> None:
    verdict = judge(make_series((0, 0, 8, 8)), NOON, firing=False)

    # shape 1 and 10 + 355 minutes: geometric with q = 5/370, so P(X >= 8) = q^8
    assert verdict.expected == pytest.approx(5 / 365)
    assert verdict.p_value == pytest.approx((5 / 370) ** 8)


@pytest.mark.parametrize(("negative", "fires"), [(12, False), (13, True)])
def test_a_service_that_just_started_needs_more_before_it_fires(negative: int, fires: bool) -> None:
    series = make_series((0, 0, negative, negative))

    verdict = judge(series, NOON, firing=False, since=NOON)

    # nothing is known but the prior: q = 5/15, and (1/3)^12 = 1.9e-6, (1/3)^13 = 6.3e-7
    assert verdict.p_value == pytest.approx((1 / 3) ** negative)
    assert verdict.firing is fires


def test_a_baseline_of_ten_minutes_is_not_taken_for_six_hours() -> None:
    ten_busy_minutes = make_series((14, 5, 6, 6), (4, 0, 6, 6))

    knowing = judge(ten_busy_minutes, NOON, firing=False, since=NOON - timedelta(minutes=14))
    unknowing = judge(ten_busy_minutes, NOON, firing=False)

    assert knowing.expected == pytest.approx(61 / 20 * 5)
    assert knowing.reason is Reason.USUAL
    assert unknowing.firing


def test_a_steady_new_level_becomes_the_usual_within_the_history() -> None:
    hours = make_series((359, 0, 10, 8))

    assert judge(hours, NOON, firing=True).reason is Reason.CALM


def test_the_window_includes_the_running_minute_and_the_history_includes_the_window() -> None:
    now = NOON + timedelta(seconds=42)

    assert window_start(now) == NOON - timedelta(minutes=WINDOW_MIN - 1)
    assert history_start(now) == NOON - timedelta(minutes=HISTORY_MIN - 1)
    assert judge(make_series((4, 4, 9, 9)), now, firing=False).observed == 9
    assert judge(make_series((5, 5, 9, 9)), now, firing=False).observed == 0


@pytest.mark.parametrize(
    ("count", "shape", "q", "tail"),
    [
        (0, 3.0, 0.4, 1.0),
        (4, 1.0, 0.25, 0.25**4),  # geometric
        (1, 2.0, 0.5, 1 - 0.5**2),  # 1 - P(0)
        (2, 2.0, 0.5, 1 - 0.25 - 2 * 0.25 * 0.5),  # 1 - P(0) - P(1) = 1/2
        (3, 3.0, 0.2, 1 - 0.8**3 * (1 + 3 * 0.2 + 6 * 0.04)),  # P(x) = C(x+2, x) 0.8^3 0.2^x
    ],
)
def test_the_tail_is_that_of_the_negative_binomial(count: int, shape: float, q: float, tail: float) -> None:
    assert 10 ** _log10_tail(count, shape, q) == pytest.approx(tail, rel=1e-12)


def test_the_tail_nears_poisson_when_the_baseline_is_long() -> None:
    # rate 2 known from 10^6 minutes: Poisson with mean 2, P(X >= 5) = 1 - 7 e^-2
    q = 1 / (1 + 1_000_000)

    assert 10 ** _log10_tail(5, 2_000_000.0, q) == pytest.approx(1 - 7 * math.exp(-2), rel=1e-4)


def test_the_tail_falls_with_every_further_post_on_both_sides_of_the_mean() -> None:
    tails = [_log10_tail(count, 50.0, 0.5) for count in range(200)]

    assert all(later < earlier for earlier, later in pairwise(tails))


def test_an_enormous_surge_has_a_p_value_that_can_be_stored() -> None:
    verdict = judge(make_series(USUAL, (4, 0, 5_000, 5_000)), NOON, firing=False)

    assert verdict.p_value == LEAST_P
    assert verdict.severity == 10


def test_severity_grows_with_surprise_and_with_size() -> None:
    assert severity(-6.0, 8) == 1
    assert severity(-18.0, 8) == 3  # half of the surprise: 1 + floor(2.25)
    assert severity(-6.0, 80) == 3  # half of the size
    assert severity(-30.0, 800) == 10
    assert severity(-400.0, 100_000) == 10
