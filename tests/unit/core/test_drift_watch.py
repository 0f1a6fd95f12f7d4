"""Which days are the reference, and since when something drifts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from core.drift import INPUT, JUDGED, STATISTICS, WINDOW_DAYS
from core.drift_watch import CALM_DAYS, Finding, Reference, Span, choose, followed, look, reference_days, with_lines
from core.sketches import Sketch
from tests.drifting import MONDAY, make_days

DAY = timedelta(days=1)
QUIET = 28
TAKES_OVER = MONDAY + QUIET * DAY
REFERENCE = Reference("social", "m1", Span(MONDAY, MONDAY + 27 * DAY), None, {"new_words": 5.0}, 500.0)


def day(number: int) -> date:
    return MONDAY + number * DAY


def test_the_reference_is_the_four_weeks_before_the_champion_took_over() -> None:
    days = [day(number) for number in range(60)]

    assert reference_days(days, day(40)) == Span(day(12), day(39))


def test_a_champion_with_too_little_before_it_is_compared_with_its_own_first_four_weeks_once_they_are_over() -> None:
    days = [day(number) for number in range(60)]

    assert reference_days(days[:40], day(13)) is None
    assert reference_days(days[:41], day(13)) == Span(day(13), day(40))
    assert reference_days(days, date.min + 100 * DAY) == Span(day(0), day(27))


@pytest.fixture(scope="module")
def sketches() -> list[Sketch]:
    """Four quiet weeks by one model, and two by the next one, with a new word in the second of them."""
    rng = np.random.default_rng(1)
    before = make_days(QUIET, rng, version="m1", posts=50)
    after = make_days(7, rng, TAKES_OVER, version="m2", posts=50)
    shifted = make_days(7, rng, TAKES_OVER + 7 * DAY, version="m2", posts=50, new_word=0.15)
    return [*before, *after, *shifted]


def test_what_is_written_is_judged_at_once_after_a_change_of_model_and_what_it_says_only_beside_its_own(
    sketches: list[Sketch],
) -> None:
    reference = with_lines(choose(sketches, "social", "m2", TAKES_OVER), sketches, channels=3, months=40)

    assert reference.written == Span(day(0), day(27))
    assert reference.judged is None
    assert set(reference.lines) == set(INPUT)
    assert {one.statistic for one in look(day(34), sketches, reference, {})} == set(INPUT)
    assert look(day(30), sketches, reference, {}) == ()  # three days are no window


def test_a_period_that_the_champion_judged_again_is_its_reference_too(sketches: list[Sketch]) -> None:
    judged_again = make_days(QUIET, np.random.default_rng(1), version="m2", posts=50)

    reference = with_lines(
        choose([*judged_again, *sketches[QUIET:]], "social", "m2", TAKES_OVER), judged_again, 3, months=40
    )

    assert set(reference.lines) == set(STATISTICS)
    assert set(JUDGED) < {one.statistic for one in look(day(34), [*judged_again, *sketches[QUIET:]], reference, {})}


def test_a_new_word_is_seen_within_the_stated_delay_and_told_with_its_share_and_since_when(
    sketches: list[Sketch],
) -> None:
    reference = with_lines(choose(sketches, "social", "m2", TAKES_OVER), sketches, channels=3, months=40)
    known: dict[str, Finding] = {}
    for number in range(QUIET + 3, QUIET + 7):
        known |= {one.statistic: one for one in look(day(number), sketches, reference, known)}
    assert [one.statistic for one in known.values() if one.since] == []

    for number in range(QUIET + 7, QUIET + 7 + WINDOW_DAYS):
        known |= {one.statistic: one for one in look(day(number), sketches, reference, known)}

    found = known["new_words"]
    assert found.since is not None
    assert day(QUIET + 9) < found.since < day(QUIET + 7 + WINDOW_DAYS)
    assert found.note.startswith("“glumped” in 1")
    assert found.note.split(";")[0].endswith("of the posts, 0.0% before")


def test_what_drifts_ends_after_some_looks_in_a_row_under_its_line() -> None:
    values = [4.0, 6.0, 4.0, 6.0, *[4.0] * CALM_DAYS, 6.0]
    known: Finding | None = None
    since = []
    for number, value in enumerate(values):
        known = followed(day(number), REFERENCE, "new_words", value, 5.0, known, "a word" if value > 5 else "")
        since.append(known.since)

    assert since == [None, day(1), day(1), day(1), day(1), day(1), None, day(len(values) - 1)]


def test_the_same_reference_has_the_same_lines_each_time(sketches: list[Sketch]) -> None:
    chosen = choose(sketches, "social", "m2", TAKES_OVER)

    assert with_lines(chosen, sketches, 3, 30) == with_lines(chosen, sketches, 3, 30)
