"""A candidate is promoted when it is better on the new labels and worse at nothing; each rule alone can refuse it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.gate import Behaviour, Decision, Evidence, Pair, Rule, decide, decide_after_shadow
from core.paired import Comparison, Score


def comparison(name: str = "tweets", points: float = 0.0, n: int = 1_000, half_width: float = 1.0) -> Comparison:
    """A candidate that is so many points better, with an interval so wide to either side."""
    champion, moved = 0.8, points / 100
    low, high = (moved + sign * half_width / 100 for sign in (-1, 1))
    return Comparison(name, n, Score.MACRO_F1, champion, champion + moved, low, high)


def likelihood(difference: float = 0.1, half_width: float = 0.05) -> Comparison:
    """What people said is so much more likely, in nats."""
    return Comparison(
        "new labels", 90, Score.LIKELIHOOD, -0.5, difference - 0.5, difference - half_width, difference + half_width
    )


GOOD = Evidence(
    new_labels=comparison("new labels", 6.0, n=90, half_width=8.0),
    new_likelihood=likelihood(),
    frozen=(comparison("topic", -0.4), comparison("intent", 0.1)),
    slices=(comparison("tweets, long", -0.5, n=200),),
    calibration=(Pair("topic", 0.02, 0.04),),
    behaviours=(Behaviour("negation", 22, 15, 16), Behaviour("sarcasm", 20, 7, 0, has_bar=False)),
    fairness=(Pair("names, sentiment", 0.043, 0.05), Pair("genders, emotion", 0.083, 0.08)),
    size_bytes=7_600_000,
    speed_ratio=1.02,
)


def broken(**changes: Any) -> list[tuple[Rule, str]]:
    found = decide(replace(GOOD, **changes))
    assert found.promote == (not [finding for finding in found.findings if not finding.kept])
    return [(finding.rule, finding.sentence) for finding in found.findings if not finding.kept]


def test_a_candidate_that_keeps_every_rule_is_promoted_for_what_it_gained() -> None:
    found = decide(GOOD)
    assert found.promote
    assert found.reasons == (
        "on 90 new labels that neither model has seen, macro-F1 went from 0.800 to 0.860, +6.0 points (-2.0 to +14.0),"
        " and what people said has 1.11 times the probability (1.05 to 1.16): better by more than chance",
    )


def test_a_gain_that_chance_could_make_is_none() -> None:
    [(rule, sentence)] = broken(new_likelihood=likelihood(0.05, 0.05))
    assert rule is Rule.NEW_LABELS
    assert sentence.endswith("1.05 times the probability (1.00 to 1.11): not better by more than chance")


@pytest.mark.parametrize("points", [0.0, -1.0])
def test_a_model_that_is_only_surer_is_no_better(points: float) -> None:
    [(rule, sentence)] = broken(new_labels=comparison(points=points))
    assert rule is Rule.NEW_LABELS
    assert sentence.endswith("surer, but no more of them are right")


def test_half_a_point_may_be_lost_on_a_frozen_set_and_no_more() -> None:
    assert broken(frozen=(comparison(points=-0.5),)) == []
    [(rule, sentence)] = broken(frozen=(comparison("topic", -0.51), comparison("intent", 3)))
    assert rule is Rule.FROZEN_SET
    assert sentence.startswith("on topic (n = 1,000)")


def test_a_slice_is_judged_from_200_texts_on() -> None:
    assert broken(slices=(comparison(points=-9, n=199),)) == []
    assert [rule for rule, _ in broken(slices=(comparison(points=-9, n=200),))] == [Rule.SLICE]


def test_half_a_point_of_a_slice_is_lost_only_beyond_chance() -> None:
    small = comparison("tweets, long", points=-0.6, n=200, half_width=0.2)
    [(rule, sentence)] = broken(slices=(small,))
    assert rule is Rule.SLICE
    assert sentence.endswith("-0.6 points (-0.8 to -0.4): at most 0.5 may be lost, and it is no chance")
    # one text of 200 more or less: half a standard deviation
    assert broken(slices=(replace(small, low=-0.03, high=0.018),)) == []
    assert broken(slices=(replace(small, candidate=small.champion - 0.005),)) == []


def test_of_many_slices_one_loses_by_chance_and_refuses_nobody() -> None:
    # 2.1 deviations: one of forty, and beyond chance only if it is the only one that was looked at
    unlucky = comparison(points=-2.1, n=300, half_width=1.96)
    assert [rule for rule, _ in broken(slices=(unlucky,))] == [Rule.SLICE]
    assert broken(slices=(unlucky, *(comparison(points=0.1, n=300) for _ in range(20)))) == []


@pytest.mark.parametrize(
    ("champion", "candidate", "kept"),
    [(0.01, 0.04, True), (0.01, 0.041, False), (0.065, 0.065, True), (0.065, 0.066, False)],
)
def test_calibration_keeps_its_bar_or_is_no_worse_than_the_champions(
    champion: float, candidate: float, kept: bool
) -> None:
    assert (broken(calibration=(Pair("conflict", champion, candidate),)) == []) is kept


@pytest.mark.parametrize(
    ("champion", "candidate", "kept"),
    [(20, 18, True), (20, 17, False), (16, 15, True), (16, 14, False), (7, 6, True)],
)
def test_behaviours_keep_nine_tenths_or_lose_one_text_at_most(champion: int, candidate: int, kept: bool) -> None:
    assert (broken(behaviours=(Behaviour("direction", 20, champion, candidate),)) == []) is kept


def test_whoever_speaks_matters_no_more_than_before() -> None:
    assert broken(fairness=(Pair("genders, emotion", 0.083, 0.088),)) == []
    assert [rule for rule, _ in broken(fairness=(Pair("genders, emotion", 0.083, 0.089),))] == [Rule.FAIRNESS]
    assert [rule for rule, _ in broken(fairness=(Pair("names, intent", 0.003, 0.051),))] == [Rule.FAIRNESS]


def test_size_and_speed_have_their_budgets() -> None:
    assert [rule for rule, _ in broken(size_bytes=8_000_001)] == [Rule.SIZE]
    assert [rule for rule, _ in broken(speed_ratio=1.11)] == [Rule.SPEED]


def test_what_workers_would_refuse_is_not_promoted() -> None:
    fault = "it gets 3 of 6 golden texts right for topic"
    assert broken(start_up_fault=fault) == [(Rule.START_UP, f"workers would refuse it: {fault}")]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"new_labels": None}, Rule.NEW_LABELS),
        ({"new_likelihood": None}, Rule.NEW_LABELS),
        ({"frozen": ()}, Rule.FROZEN_SET),
        ({"calibration": ()}, Rule.CALIBRATION),
        ({"behaviours": ()}, Rule.BEHAVIOUR),
        ({"fairness": ()}, Rule.FAIRNESS),
        ({"size_bytes": 0}, Rule.SIZE),
        ({"speed_ratio": 0.0}, Rule.SPEED),
    ],
)
def test_what_was_not_measured_is_not_taken_for_good(changes: dict[str, Any], rule: Rule) -> None:
    assert [found for found, _ in broken(**changes)] == [rule]


def test_a_refusal_names_every_broken_rule() -> None:
    found = decide(replace(GOOD, new_labels=comparison(points=-4), speed_ratio=2.0))
    assert len(found.reasons) == 2
    assert not found.promote


def after_shadow(posts: int, **disagreed: int) -> Decision:
    return decide_after_shadow(posts, disagreed)


def test_a_shadow_that_says_something_else_of_every_third_post_is_not_promoted() -> None:
    found = after_shadow(900, topic=20, sentiment=300)
    assert not found.promote
    assert found.reasons == ("sentiment differs on 300 of 900 live posts, 33.3% (at most 25%)",)


def test_a_few_live_posts_refuse_nobody() -> None:
    assert after_shadow(30, sentiment=30).promote
