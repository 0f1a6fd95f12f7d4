"""Agreement by Cohen's kappa, and the one person whose labels stand apart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.agreement import agreement, conduct
from core.guidelines import Task
from core.labels import Label
from tests.builders import NOON

Row = tuple[str, str]


def labels(posts: list[list[Row]], task: Task = Task.SENTIMENT, said: str = "neutral") -> list[Label]:
    """One list a post of who said what, in the order of time; emotions by blanks."""
    return [
        Label(
            100 * n + m, f"{n:032x}", task, tuple(value.split()), by, NOON + timedelta(minutes=m),
            said=(said,) if said else (),
        )
        for n, post in enumerate(posts)
        for m, (by, value) in enumerate(post)
    ]  # fmt: skip


def test_kappa_of_two_people_is_that_of_the_book() -> None:
    # 20 both negative, 15 both neutral, 5 and 10 apart: Po = 0.70, Pe = 0.50, kappa = 0.40
    counts = {("negative", "negative"): 20, ("negative", "neutral"): 5, ("neutral", "negative"): 10}
    counts[("neutral", "neutral")] = 15
    found = agreement(labels([[("Ada", a), ("Ben", b)] for (a, b), n in counts.items() for _ in range(n)]))

    one = found[Task.SENTIMENT]
    assert (one.posts, one.twice, one.agreed) == (50, 50, 0.7)
    assert one.kappa == pytest.approx(0.4)
    # standard error sqrt(0.7 * 0.3 / 50) / 0.5 = 0.1296
    assert one.interval == pytest.approx((0.4 - 1.96 * 0.1296, 0.4 + 1.96 * 0.1296), abs=1e-3)
    assert (one.settled, one.waiting, one.open) == (35, 15, 0)


def test_who_spoke_first_does_not_matter() -> None:
    posts = [[("Ada", "negative"), ("Ben", "neutral")], [("Ada", "neutral"), ("Ben", "neutral")]]
    turned = [list(reversed(post)) for post in posts]

    assert agreement(labels(posts))[Task.SENTIMENT].kappa == agreement(labels(turned))[Task.SENTIMENT].kappa


def test_a_third_opinion_settles_and_does_not_count_against_the_first_two() -> None:
    two = [[("Ada", "negative"), ("Ben", "neutral")], [("Ada", "neutral"), ("Ben", "neutral")]]
    three = [[*two[0], ("Cleo", "positive")], two[1]]

    before, after = agreement(labels(two))[Task.SENTIMENT], agreement(labels(three))[Task.SENTIMENT]
    assert (before.kappa, before.agreed) == (after.kappa, after.agreed)
    assert (before.waiting, after.waiting, after.open) == (1, 0, 1)


def test_without_a_post_that_two_labelled_there_is_no_kappa() -> None:
    one = agreement(labels([[("Ada", "negative")]]))[Task.SENTIMENT]

    assert (one.posts, one.twice, one.kappa, one.interval) == (1, 0, None, None)


def test_where_both_say_one_thing_of_all_posts_kappa_is_not_defined() -> None:
    assert agreement(labels([[("Ada", "neutral"), ("Ben", "neutral")]] * 9))[Task.SENTIMENT].kappa is None


def test_of_emotions_every_choice_counts() -> None:
    # two posts, 28 choices each: both yes 2, apart 1, both no 53; Po = 55/56, Pe = (2*3 + 54*53) / 56²
    posts = [[("Ada", "joy"), ("Ben", "joy love")], [("Ada", "fear"), ("Ben", "fear")]]

    one = agreement(labels(posts, Task.EMOTION))[Task.EMOTION]

    chance = (2 * 3 + 54 * 53) / 56**2
    assert one.kappa == pytest.approx((55 / 56 - chance) / (1 - chance))
    assert one.agreed == 0.5


def test_a_person_who_turns_labels_round_is_seen_and_the_others_are_not() -> None:
    good = [[("Ada", "negative"), ("Ben", "negative"), ("Cleo", "negative")] for _ in range(20)]
    turned = [
        [("Ada" if n % 2 else "Ben", "negative"), ("Mallory", "positive"), ("Cleo", "negative")] for n in range(20)
    ]

    found = {one.by: one for one in conduct(labels([*good, *turned], said="negative"))}

    assert (found["Mallory"].compared, found["Mallory"].differed) == (20, 20)
    mallory = found["Mallory"]
    assert mallory.p_differs is not None
    assert mallory.p_against is not None
    assert mallory.p_differs < 1e-9
    assert mallory.p_against < 1e-9
    assert (found["Ada"].labels, found["Ada"].against_model, found["Ada"].differed) == (30, 0, 0)
    assert all(one.p_differs is None or one.p_differs > 0.4 for by, one in found.items() if by != "Mallory")


def test_what_the_others_do_not_agree_on_is_held_against_nobody() -> None:
    posts = [[("Ada", "negative"), ("Ben", "neutral"), ("Cleo", "positive")]] * 5

    assert [(one.compared, one.differed) for one in conduct(labels(posts))] == [(0, 0)] * 3


def test_a_person_alone_is_compared_with_nobody() -> None:
    (one,) = conduct(labels([[("Ada", "negative")]] * 5))

    assert (one.labels, one.p_differs, one.p_against) == (5, None, None)
