"""The benchmark's score, against its definition and the examples of its own tests, worked out by hand."""

from __future__ import annotations

import math

import pytest

from core.nab import LOW_FN, LOW_FP, STANDARD, Outcome, Profile, Window, judge_detections, probation, worth

EVEN = Profile(hit=1.0, missed=1.0, false=1.0)


def raw(outcome: Outcome, profile: Profile) -> float:
    """The score before it is scaled."""
    return (
        profile.hit * sum(outcome.hits) - profile.missed * outcome.missed + profile.false * sum(outcome.falls)
    )  # fmt: skip


def of_a_hundred(windows: list[Window], detections: list[int]) -> Outcome:
    """A series long enough that row 1,000 is past the probation."""
    return judge_detections(2_000, windows, detections)


@pytest.mark.parametrize(("rows", "expected"), [(100, 15), (20, 3), (5_000, 750), (6_000, 750), (15_831, 750)])
def test_the_probation_is_15_percent_of_at_most_5000_rows(rows: int, expected: int) -> None:
    assert probation(rows) == expected


@pytest.mark.parametrize(
    ("position", "expected"),
    [(-1.0, 2 / (1 + math.exp(-5)) - 1), (-0.5, 2 / (1 + math.exp(-2.5)) - 1), (0.0, 0.0), (1.0, -0.98661), (9.0, -1)],
)
def test_the_sigmoid_has_the_published_values(position: float, expected: float) -> None:
    assert worth(position) == pytest.approx(expected, abs=1e-5)


def test_a_detection_at_a_windows_first_row_is_worth_a_whole_hit_however_wide_the_window() -> None:
    for width in (2, 3, 400):
        outcome = of_a_hundred([Window(1_000, 1_000 + width - 1)], [1_000])

        assert outcome.hits == pytest.approx((1.0,))
        assert outcome.score(STANDARD) == pytest.approx(100)


def test_the_first_detection_in_a_window_counts_and_further_ones_change_nothing() -> None:
    window = [Window(1_000, 1_009)]

    assert of_a_hundred(window, [1_003, 1_007]) == of_a_hundred(window, [1_003])
    assert of_a_hundred(window, [1_003]).score(STANDARD) > of_a_hundred(window, [1_004]).score(STANDARD)


def test_a_detection_at_the_last_row_and_one_just_behind_it_nearly_cancel() -> None:
    window = [Window(1_000, 1_099)]
    inside, behind = of_a_hundred(window, [1_099]), of_a_hundred(window, [1_100])

    # as in the benchmark's test of the right edge: the miss of the second is added back
    assert raw(inside, EVEN) + raw(behind, EVEN) + 1 == pytest.approx(0, abs=1e-3)


def test_a_false_detection_costs_by_its_distance_from_the_window_before_it() -> None:
    windows = [Window(1_000, 1_010), Window(1_500, 1_520)]

    # positions: none before; (1005+5 … 1015-1010)/10 = 0.5; (1540-1520)/20 = 1; far
    found = of_a_hundred(windows, [900, 1_015, 1_540, 1_900])

    assert found.falls == pytest.approx((-1.0, worth(0.5), worth(1.0), -1.0))
    assert found.missed == 2


def test_detections_in_the_probation_count_for_nothing() -> None:
    assert judge_detections(100, [Window(50, 59)], [0, 7, 14]) == judge_detections(100, [Window(50, 59)], [])
    assert judge_detections(100, [Window(50, 59)], [15]).falls == (-1.0,)


def test_a_window_within_the_probation_is_no_window_and_one_that_reaches_out_of_it_is() -> None:
    assert judge_detections(100, [Window(2, 14)], [5]).windows == 0
    assert judge_detections(100, [Window(2, 15)], []).missed == 1


def test_the_scale_runs_from_nothing_detected_to_everything_at_once() -> None:
    silent = Outcome((), 4, ())
    perfect = Outcome((1.0,) * 4, 0, ())

    for profile in (STANDARD, LOW_FP, LOW_FN):
        assert silent.score(profile) == pytest.approx(0)
        assert perfect.score(profile) == pytest.approx(100)


def test_the_profiles_weigh_misses_and_false_detections_as_published() -> None:
    # three of four windows at their first row, two false detections far from any
    outcome = Outcome((1.0, 1.0, 1.0), 1, (-1.0, -1.0))

    assert outcome.score(STANDARD) == pytest.approx(100 * (3 - 1 - 0.22 + 4) / 8)
    assert outcome.score(LOW_FP) == pytest.approx(100 * (3 - 1 - 0.44 + 4) / 8)
    assert outcome.score(LOW_FN) == pytest.approx(100 * (3 - 2 - 0.22 + 8) / 12)


def test_outcomes_of_several_series_add_up() -> None:
    one, other = Outcome((1.0,), 1, (-1.0,)), Outcome((0.5,), 0, ())

    assert one + other == Outcome((1.0, 0.5), 1, (-1.0,))
