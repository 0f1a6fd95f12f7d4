"""What is remembered of a series: the same however it came, cheap over silence, and the same after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StateUnreadable
from core.series import MINUTE, Bucket, State, advance, begin, fold, fold_all

START = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)


def buckets_at(gaps: list[tuple[int, int, int]]) -> list[Bucket]:
    """Each gap is (minutes after the one before, negative posts, other posts)."""
    minute, found = START, []
    for ahead, negative, others in gaps:
        minute += ahead * MINUTE
        found.append(Bucket(minute, negative + others, negative, others // 3, negative))
    return found


GAPS = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 4), st.integers(50, 70), st.integers(1_000, 9_000)),
        st.integers(0, 60),
        st.integers(0, 200),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


def assert_same(one: State, other: State) -> None:
    assert (one.began_s, one.folded_s, one.posts, one.hour) == (other.began_s, other.folded_s, other.posts, other.hour)
    assert (one.lately, one.hours, one.day) == (other.lately, other.hours, other.day)
    for name in ("profile", "squares", "feelings"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-12)


@given(GAPS)
@settings(max_examples=40, deadline=None)
def test_silence_in_one_leap_is_silence_minute_by_minute(gaps: list[tuple[int, int, int]]) -> None:
    leaping = stepping = begin(START)
    for bucket in buckets_at(gaps):
        leaping = fold(leaping, bucket)
        while stepping.folded_to < bucket.minute:  # a quarter of an hour a step, at odd minutes
            stepping = advance(stepping, min(bucket.minute, stepping.folded_to + 15 * MINUTE))
        stepping = fold(stepping, bucket)

    assert_same(leaping, stepping)


@given(GAPS, st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_folding_in_pieces_is_folding_at_once(gaps: list[tuple[int, int, int]], cut: int) -> None:
    buckets = buckets_at(gaps)
    whole = fold_all(begin(START), buckets)
    pieces = fold_all(fold_all(begin(START), buckets[:cut]), buckets[cut:])

    assert whole.dump() == pieces.dump()


@given(GAPS, st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_a_restart_in_between_changes_nothing(gaps: list[tuple[int, int, int]], cut: int) -> None:
    buckets = buckets_at(gaps)
    before = fold_all(begin(START), buckets[:cut])
    after = State.load(before.dump())

    assert after.dump() == before.dump()
    assert fold_all(after, buckets[cut:]).dump() == fold_all(before, buckets[cut:]).dump()


@given(st.binary(max_size=60))
def test_what_is_no_state_is_refused(junk: bytes) -> None:
    for dumped in (junk, begin(START).dump()[:2] + junk):
        with pytest.raises(StateUnreadable):
            State.load(dumped)


def test_a_state_is_small() -> None:
    rng = np.random.default_rng(1)
    dense = [
        Bucket(START + n * MINUTE, int(p), int(p // 5), int(p // 4), int(p // 5))
        for n, p in enumerate(rng.poisson(20, 30_000))
    ]  # fmt: skip

    assert len(begin(START).dump()) < 200
    assert len(fold_all(begin(START), dense).dump()) < 5_000


def test_a_late_bucket_counts_for_the_level_and_not_for_the_last_day() -> None:
    state = fold(begin(START), Bucket(START + 300 * MINUTE, 4, 1))
    late = fold(state, Bucket(START + 10 * MINUTE, 50, 20))

    assert late.posts == 54
    assert (late.lately, late.hours, late.folded_to) == (state.lately, state.hours, state.folded_to)
    assert late.profile.sum() > state.profile.sum() + 60


def test_the_level_is_worked_out_once_an_hour_whoever_asks_first() -> None:
    stored = fold(begin(START), Bucket(START + 100 * MINUTE, 4, 1))
    looks = [advance(stored, stored.folded_to + n * MINUTE) for n in (1, 2)]

    levels = looks[0].levels
    assert looks[1].levels is levels
    assert stored.levels is levels
    assert advance(stored, stored.folded_to + 60 * MINUTE).levels is not levels
    assert fold(stored, Bucket(START + MINUTE, 4, 1)).levels is not levels


def test_what_comes_from_before_the_beginning_moves_the_beginning() -> None:
    state = fold(begin(START), Bucket(START + 60 * MINUTE, 4, 1))

    assert fold(state, Bucket(START - 600 * MINUTE, 3)).began == START - 600 * MINUTE


def test_the_level_by_hour_is_learnt_and_a_weekend_is_told_from_a_week() -> None:
    """Weekdays bring 60 posts an hour from 9 to 17 and 6 otherwise, weekends 6, for five weeks."""
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    hours = [monday + timedelta(hours=n) for n in range(35 * 24)]
    buckets = [Bucket(h, 60 if h.weekday() < 5 and 9 <= h.hour < 17 else 6) for h in hours]
    state = fold_all(begin(monday), buckets, monday + timedelta(days=35))
    level = state.levels[0]
    rate = level.posts / level.hours

    def usual(day: int, hour: int) -> float:
        start_s = int((monday + timedelta(days=day, hours=hour)).timestamp())
        return rate * level.span(start_s, start_s + 3_600)

    assert usual(1, 12) == pytest.approx(60, rel=0.1)
    assert usual(1, 3) == pytest.approx(6, rel=0.4)
    assert usual(5, 12) == pytest.approx(6, rel=0.9)


def test_an_outage_teaches_the_negative_level_little_and_attention_all_of_it() -> None:
    calm = [Bucket(START + 10 * n * MINUTE, 4, 1, 1, 1) for n in range(2_000)]
    after = START + 20_000 * MINUTE
    quiet = fold_all(begin(START), calm, after)
    outage = [Bucket(after + n * MINUTE, 30, 30, 0, 30) for n in range(60)]
    loud = fold_all(quiet, outage, after + timedelta(hours=3))

    learnt = (loud.profile - quiet.profile).sum(axis=1)
    assert learnt[0] > 1_700
    assert learnt[1] < 100


def test_ten_days_of_silence_cost_what_a_minute_costs() -> None:
    state = fold(begin(START), Bucket(START, 4, 1))

    assert advance(state, START + timedelta(days=10_000)).levels[1].posts < 1e-12
