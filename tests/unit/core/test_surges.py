"""The online detector: what fires, what holds, what is told once, and what cannot change a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.surges import (
    HORIZONS,
    LATENESS,
    MINUTE,
    Bucket,
    Firing,
    Kind,
    Reason,
    State,
    Verdict,
    begin,
    fold_all,
    judge,
    step,
)
from tests.builders import NOON

FAST, HOUR, DAY = HORIZONS


@cache
def usual(per_minute: float, negative: float = 0.2, days: int = 14, positive: float = 0.2) -> State:
    """Two weeks at an even pace, folded up to ten minutes before noon."""
    rng = np.random.default_rng(5)
    minutes = days * 1_440
    posts = rng.poisson(per_minute, minutes)
    bad = rng.binomial(posts, negative)
    good = rng.binomial(posts - bad, positive / (1 - negative))
    end = NOON - LATENESS
    start = end - minutes * MINUTE
    buckets = (
        Bucket(start + n * MINUTE, int(posts[n]), int(bad[n]), int(good[n]), int(bad[n])) for n in posts.nonzero()[0]
    )
    return fold_all(begin(start), buckets, end)


def burst(minutes: int, negative: int, others: int = 0, positive: int = 0, authors: int | None = None) -> list[Bucket]:
    """The same in each of the last minutes before noon."""
    voices = negative if authors is None else authors
    posts = negative + others + positive
    return [Bucket(NOON - n * MINUTE, posts, negative, positive, voices) for n in range(minutes, 0, -1)]


def people(count: int) -> Callable[[Kind, datetime], int]:
    return lambda kind, since: count


# -- fires and does not


def test_an_outage_fires_within_three_minutes() -> None:
    """Five negative posts in five minutes are usual; eight a minute begin, forty in five minutes."""
    verdict = judge(usual(5.0), burst(3, negative=8, others=4), NOON)

    assert (verdict.firing, verdict.reason, verdict.kind) == (True, Reason.NEGATIVE_SURGE, Kind.NEGATIVE)
    assert verdict.observed == 24
    assert 1 <= verdict.severity <= 10
    assert verdict.p_value < 1e-3


def test_the_usual_does_not_fire() -> None:
    verdict = judge(usual(5.0), burst(5, negative=1, others=4), NOON)

    assert (verdict.firing, verdict.severity) == (False, 0)


def test_a_slow_fault_fires_on_the_hour_or_the_day() -> None:
    state = fold_all(
        usual(5.0), (Bucket(NOON - (10 - n) * MINUTE, 8, 4, 1, 4) for n in range(50)), NOON + 40 * MINUTE
    )  # fmt: skip
    now = NOON + 50 * MINUTE
    recent = [Bucket(NOON + (40 + n) * MINUTE, 8, 4, 1, 4) for n in range(10)]

    assert judge(state, recent, now).horizon in (HOUR, DAY)
    assert judge(state, recent, now).firing


def test_a_sparse_series_fires_on_a_day_of_few_but_unusual_posts() -> None:
    """Four posts a day, one in two days positive and one in four negative; then six negative ones within a day."""
    began = NOON - timedelta(days=56)
    days = [began + timedelta(days=n) for n in range(55)]
    history = [
        Bucket(day + timedelta(hours=hour), 1, int(n % 4 == 0 and hour == 3), int(n % 2 == 0 and hour == 9), 1)
        for n, day in enumerate(days)
        for hour in (0, 3, 6, 9)
    ]
    bad = [Bucket(NOON - timedelta(hours=h), 1, 1, 0, 1) for h in (18, 13, 8, 6, 4, 2)]
    verdict = judge(fold_all(begin(began), [*history, *bad], NOON - LATENESS), [], NOON)

    assert (verdict.firing, verdict.horizon, verdict.reason) == (True, DAY, Reason.NEGATIVE_SURGE)
    assert verdict.observed == 6


def test_good_news_is_a_surge_of_attention_and_none_of_feeling() -> None:
    flood = burst(5, negative=5, positive=40)

    assert judge(usual(5.0), flood, NOON).kind is Kind.ATTENTION
    assert judge(usual(5.0), flood, NOON).firing
    only = judge(usual(5.0), flood, NOON, kinds=(Kind.NEGATIVE,))
    assert (only.firing, only.reason) == (False, Reason.NOT_NEGATIVE)


def test_more_of_everything_is_no_turn_of_mood() -> None:
    verdict = judge(usual(5.0), burst(5, negative=8, others=24, positive=8), NOON, kinds=(Kind.NEGATIVE,))

    assert verdict.reason is Reason.NOT_NEGATIVE


@pytest.mark.parametrize("authors", [1, 4])
def test_a_bot_is_not_a_crowd(authors: int) -> None:
    verdict = judge(usual(5.0), burst(5, negative=40), NOON, voices=people(authors))

    assert (verdict.firing, verdict.reason) == (False, Reason.FEW_VOICES)


def test_a_bot_amid_the_usual_people_is_not_a_crowd() -> None:
    """Sixty people in an hour are what is usual; two hundred posts are not."""
    verdict = judge(usual(5.0), burst(10, negative=20), NOON, voices=people(8))

    assert verdict.reason is Reason.FEW_VOICES


def test_voices_are_asked_for_only_when_all_else_says_fire() -> None:
    def nobody(kind: Kind, since: datetime) -> int:
        raise AssertionError("asked")

    judge(usual(5.0), burst(5, negative=1, others=4), NOON, voices=nobody)


def test_posts_from_a_clock_that_is_ahead_wait_for_their_turn() -> None:
    ahead = [Bucket(NOON + 3 * MINUTE, 50, 50, 0, 50)]

    assert not judge(usual(5.0), ahead, NOON).firing
    assert judge(usual(5.0), ahead, NOON + 4 * MINUTE).firing


def test_nothing_known_is_no_reason_to_cry() -> None:
    fresh = begin(NOON - 5 * MINUTE)

    ordinary = judge(fresh, burst(5, negative=2, others=8, positive=2), NOON)

    assert (ordinary.firing, ordinary.reason) == (False, Reason.USUAL)
    assert judge(fresh, burst(5, negative=0, others=60), NOON, kinds=(Kind.ATTENTION,)).reason is Reason.WARMING_UP
    assert judge(fresh, burst(5, negative=12, others=3), NOON).firing


def test_a_bursty_series_raises_its_own_bar() -> None:
    """Of two series with as many posts in all, the one that comes in bursts needs more to surprise."""
    even = [Bucket(NOON - (20_000 - n) * MINUTE, 4) for n in range(0, 19_900, 2)]
    bursts = [Bucket(NOON - (20_000 - n) * MINUTE, 400) for n in range(0, 19_900, 200)]
    scores = []
    for history in (even, bursts):
        state = fold_all(begin(history[0].minute), history, NOON - LATENESS)
        scores.append(judge(state, burst(5, negative=0, others=60), NOON, kinds=(Kind.ATTENTION,)).score)

    assert scores[0] > 3 * scores[1]


# -- holds, ends, is told once


def test_an_open_surge_holds_below_the_line_that_opened_it_and_ends_at_the_usual() -> None:
    fading, over = burst(5, negative=3, others=2), burst(5, negative=1, others=4)
    open_ = Firing(Kind.NEGATIVE, FAST)

    assert not judge(usual(5.0), fading, NOON, kinds=(Kind.NEGATIVE,)).firing
    assert judge(usual(5.0), fading, NOON, firing=open_).reason is Reason.STILL_HIGH
    assert judge(usual(5.0), over, NOON, firing=open_).reason is Reason.CALM


def test_attention_turns_into_negative_feeling() -> None:
    verdict = judge(usual(5.0), burst(5, negative=30), NOON, firing=Firing(Kind.ATTENTION, FAST))

    assert (verdict.kind, verdict.firing) == (Kind.NEGATIVE, True)


def test_what_was_told_is_not_told_again() -> None:
    """An outage from 11:50 to 11:55 is over; the hour that ends at noon still holds it."""
    outage = [Bucket(NOON - n * MINUTE, 30, 30, 0, 30) for n in range(10, 5, -1)]

    assert judge(usual(5.0), outage, NOON).firing
    assert not judge(usual(5.0), outage, NOON, told=NOON - 5 * MINUTE).firing


def test_an_outage_does_not_hide_the_next_one() -> None:
    first = [Bucket(NOON + n * MINUTE, 8, 8, 0, 8) for n in range(60)]
    next_day = NOON + timedelta(days=1)
    state = fold_all(usual(5.0), first, next_day - LATENESS)
    again = [Bucket(next_day - n * MINUTE, 8, 8, 0, 8) for n in range(5, 0, -1)]

    assert judge(state, again, next_day, told=NOON + timedelta(hours=2)).firing


# -- cannot change a verdict

COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40), st.integers(0, 40)), max_size=10)


@given(COUNTS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_how_late_and_in_which_order_posts_came_does_not_matter(
    counts: list[tuple[int, int, int]], dice: object
) -> None:
    """Within the lateness, a verdict depends on when posts were published."""
    buckets = [Bucket(NOON - ago * MINUTE, bad + other, bad, other // 2, bad) for ago, bad, other in counts]
    shuffled = list(buckets)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]

    assert judge(usual(5.0), buckets, NOON) == judge(usual(5.0), shuffled, NOON)


@given(COUNTS)
@settings(max_examples=30, deadline=None)
def test_a_restart_does_not_change_a_verdict(counts: list[tuple[int, int, int]]) -> None:
    buckets = [Bucket(NOON - ago * MINUTE, bad + other, bad, other // 2, bad) for ago, bad, other in counts]

    assert judge(State.load(usual(5.0).dump()), buckets, NOON) == judge(usual(5.0), buckets, NOON)


@given(st.integers(0, 60), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_more_negative_posts_are_never_less_surprising(negative: int, more: int) -> None:
    few, many = (judge(usual(5.0), burst(1, n), NOON, kinds=(Kind.NEGATIVE,)) for n in (negative, negative + more))

    assert many.p_value <= few.p_value
    assert many.score > few.score
    assert many.firing >= few.firing


# -- replays


def replayed(buckets: Sequence[Bucket], state: State) -> list[Verdict]:
    verdicts = []
    for bucket in buckets:
        state, verdict = step(state, bucket)
        verdicts.append(verdict)
    return verdicts


def test_a_replay_alerts_once_a_day_unless_the_surge_doubles() -> None:
    state = usual(5.0)
    flood = [Bucket(NOON + n * MINUTE, 40, 40, 0, 40) for n in range(20)]
    worse = [Bucket(NOON + (20 + n) * MINUTE, 4_000, 4_000, 0, 4_000) for n in range(3)]

    verdicts = replayed([*flood, *worse], state)

    assert verdicts[0].alert or verdicts[1].alert
    assert sum(v.alert for v in verdicts[:20]) <= 4  # it grows: each alert is for twice the score
    assert any(v.alert for v in verdicts[20:])
    assert all(v.firing for v in verdicts[1:])


def test_a_replay_says_when_a_surge_is_over() -> None:
    flood = [Bucket(NOON + n * MINUTE, 40, 40, 0, 40) for n in range(3)]
    calm = [Bucket(NOON + (60 + n) * MINUTE, 5, 1, 1, 1) for n in range(10)]

    assert replayed([*flood, *calm], usual(5.0))[3].reason is Reason.CALM
