"""What the writer learns from, and what it is measured with: kept apart, kept to the plan, and written by hand."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from core.errors import SetupError
from core.guard import check
from core.plans import Act
from models import writer_pairs
from models.writer_pairs import HELD_OUT, TRAINING, Case, Pair, held_out_pairs, read_cases, with_sign_off
from tests.playbook import PLAYBOOK


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z']+", text.lower()))


def pairs_of(cases: list[Case]) -> list[Pair]:
    wordings = writer_pairs._read(writer_pairs.WORDINGS)
    return [pair for case in cases for pair in writer_pairs._pairs(case, PLAYBOOK, wordings)]


@pytest.fixture(scope="module")
def some() -> list[Pair]:
    """Of every seventh case; all of them are held against their plans whenever they are put together for training."""
    return pairs_of(read_cases(TRAINING)[::7])


def test_there_are_enough_to_learn_from_and_a_hundred_to_measure_with(some: list[Pair]) -> None:
    assert len(some) * 7 >= 1_000
    assert len(held_out_pairs(PLAYBOOK)) == 100


def test_no_entry_and_no_message_is_in_both_parts() -> None:
    learnt, held_out = read_cases(TRAINING), read_cases(HELD_OUT)

    assert not {case.entry for case in learnt} & {case.entry for case in held_out}
    near = [
        (one.message, other.message)
        for one in learnt
        for other in held_out
        if len(words(one.message) & words(other.message)) > 0.6 * len(words(one.message) | words(other.message))
    ]
    assert near == []


def test_no_message_is_there_twice() -> None:
    messages = [case.message for name in (TRAINING, HELD_OUT) for case in read_cases(name)]

    assert len(set(messages)) == len(messages)


def test_every_reply_passes_the_guard_and_keeps_its_page(some: list[Pair]) -> None:
    for pair in [*some, *held_out_pairs(PLAYBOOK)]:
        assert check(with_sign_off(pair.reply, pair.plan), pair.plan, pair.message) == ()
        assert all(link in pair.reply for link in pair.plan.links)


def test_a_reply_says_what_its_plan_does(some: list[Pair]) -> None:
    for pair in some:
        for line in pair.plan.lines:
            assert line.act is not Act.FACT or line.text in pair.reply
        assert ("?" in pair.reply) or "?" not in pair.plan.says(Act.ASK)
        assert len(pair.reply) <= pair.plan.max_chars


def test_no_plan_of_danger_is_learnt_from() -> None:
    dangers = {name for name, entry in PLAYBOOK.named.items() if entry.danger}

    assert not dangers & {case.entry for name in (TRAINING, HELD_OUT) for case in read_cases(name)}


def test_no_plan_is_learnt_from_or_measured_with_that_no_model_is_asked_to_word(some: list[Pair]) -> None:
    assert not any(pair.plan.verbatim for pair in [*some, *held_out_pairs(PLAYBOOK)])
    assert not any("grief" in case.tones for name in (TRAINING, HELD_OUT) for case in read_cases(name))


def test_the_two_replies_of_a_case_are_two_replies() -> None:
    for case in read_cases(TRAINING):
        for one, other in combinations(case.replies, 2):
            assert one[0] != other[0]


def test_a_reply_that_promises_is_refused() -> None:
    case = Case(
        "card_arrival", "Where is my card?", ("annoyance",), "step.0", "ask.0", (("Sorry.", "We will send it.", "Ok?"),)
    )

    with pytest.raises(SetupError, match="promise"):
        pairs_of([case])


def test_a_case_that_no_plan_fits_is_told() -> None:
    case = Case("card_arrival", "Where is my card?", ("annoyance",), "step.9", "ask.0", (("a", "b", "c"),))

    with pytest.raises(SetupError, match="no plan"):
        pairs_of([case])
