"""Poisoned batches are refused, each with its reason; honest ones are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from core.label_noise import Opinion, deviations
from core.leakage import TestTexts
from core.snapshots import Row, Vote, as_json
from core.validation import Check, Validation, read_rows, validate
from tests.unit.core.rows import make_row, make_rows, text_of

LABELS = {"sentiment": ("negative", "neutral", "positive"), "topic": ("Macro", "Markets")}
BASE = {"sentiment": {"negative": 0.2, "neutral": 0.6, "positive": 0.2}}


def checked(
    rows: Sequence[Row],
    opinions: Mapping[int, Opinion] | None = None,
    test_set_of: Callable[[str], str | None] = lambda _: None,
) -> Validation:
    return validate(rows, labels=LABELS, base=BASE, test_set_of=test_set_of, opinions=opinions or {}, least_new=60)


def faults(found: Validation) -> list[Check]:
    return [fault.check for fault in found.faults]


def sure(rows: Sequence[Row]) -> dict[int, Opinion]:
    """A model and neighbours that are sure of what each row says."""
    return {place: Opinion(row.value[0], 0.97, 1.0) for place, row in enumerate(rows)}


def flipped(row: Row) -> Row:
    value = ("positive",) if row.value == ("negative",) else ("negative",)
    return replace(row, value=value, votes=tuple(Vote(vote.by, value) for vote in row.votes))


def test_an_honest_batch_is_fit() -> None:
    rows = make_rows(90)
    found = checked(rows, sure(rows))
    assert found.is_fit
    assert found.rows == tuple(rows)


def test_corrections_of_a_model_that_is_unsure_or_alone_are_no_noise() -> None:
    rows = make_rows(90)
    wrong = {place: flipped(row).value[0] for place, row in enumerate(rows)}
    unsure = {place: Opinion(label, 0.7, 1.0) for place, label in wrong.items()}
    alone = {place: Opinion(label, 0.99, 0.4) for place, label in wrong.items()}
    assert checked(rows, unsure).is_fit
    assert checked(rows, alone).is_fit


def test_flipped_labels_are_refused_as_noise() -> None:
    rows = make_rows(90)
    found = checked([flipped(row) for row in rows[:40]] + rows[40:], sure(rows))
    [fault] = found.faults
    assert fault.check is Check.NOISE
    assert fault.sentence.startswith(
        "40 of 90 new labels of sentiment that one person alone stands for contradict both"
    )


def test_what_two_people_agree_on_is_no_noise() -> None:
    rows = make_rows(90)
    confirmed = [replace(flipped(row), votes=(*flipped(row).votes, Vote("bob", flipped(row).value))) for row in rows]
    assert Check.NOISE not in faults(checked(confirmed, sure(rows)))


def test_one_analyst_gone_wrong_is_named() -> None:
    rows = make_rows(100) + make_rows(40, first=100, by="bob")
    found = checked(rows[:100] + [flipped(row) for row in rows[100:124]] + rows[124:], sure(rows))
    [fault] = found.faults
    assert fault.check is Check.ANALYST
    assert fault.sentence.startswith("bob's labels deviate in 24 of 40 cases (60%), other people's in 0 of 100 (0%)")


def test_an_analyst_whom_two_others_overrule_again_and_again_is_named() -> None:
    rows = [
        replace(row, votes=(Vote("ann", row.value), Vote("bob", flipped(row).value), Vote("eve", row.value)))
        for row in make_rows(60)
    ]
    assert [fault.sentence[:3] for fault in checked(rows).faults] == ["bob"]


def test_an_analyst_with_a_few_slips_is_not_accused() -> None:
    rows = make_rows(100) + make_rows(40, first=100, by="bob")
    found = checked(rows[:100] + [flipped(row) for row in rows[100:106]] + rows[106:], sure(rows))
    assert found.is_fit
    assert [(one.by, one.deviating) for one in deviations(found.rows, sure(rows))] == [("bob", 6), ("ann", 0)]


def test_smuggled_test_rows_are_refused_even_with_other_figures() -> None:
    tests = TestTexts(("tweets", f"{text_of(1_000 + n)} rose by {n} percent to $ACME") for n in range(20))
    smuggled = [make_row(200 + n, text=f"{text_of(1_000 + n)} rose by {n + 1} percent to $HRBL") for n in range(20)]
    rows = make_rows(90) + smuggled
    found = checked(rows, test_set_of=tests.set_of)
    [fault] = found.faults
    assert fault.check is Check.LEAKAGE
    assert fault.sentence.startswith("20 of 110 labelled texts are nearly texts that models are tested on, 20 of them")
    assert found.rows == tuple(make_rows(90))


def test_a_repost_of_a_test_text_is_left_out_and_no_reason_to_refuse() -> None:
    rows = make_rows(90)
    found = checked(rows, test_set_of=lambda text: "tweets" if text == rows[7].text else None)
    assert found.is_fit
    assert found.left_out == (rows[7].post_id,)
    assert rows[7] not in found.rows


def test_short_texts_are_nobodys() -> None:
    tests = TestTexts([("tweets", "thank you")])
    assert tests.set_of("Thank you") is None


@pytest.mark.parametrize(
    ("rows", "check", "words"),
    [
        (make_rows(59), Check.ENOUGH, "59 new labels are settled, and 60 are asked for"),
        (make_rows(80, held_back=False), Check.ENOUGH, "of 80 new labels 0 are held back"),
        (make_rows(80, is_new=False), Check.ENOUGH, "0 new labels"),
        ([make_row(n) for n in range(60)], Check.BALANCE, "100% of 60 new labels of sentiment are 'negative'"),
        ([*make_rows(90), make_row(91, "bearish")], Check.LABELS, "'bearish' of sentiment"),
    ],
)
def test_what_else_is_wrong_is_named(rows: list[Row], check: Check, words: str) -> None:
    [fault] = checked(rows).faults
    assert fault.check is check
    assert words in fault.sentence


def test_lines_that_are_no_labels_are_counted_and_the_first_is_named() -> None:
    rows, found = read_rows([as_json(make_row()), None, {"text": "x"}])
    assert len(rows) == 1
    assert found[0].sentence.startswith("2 of 3 lines are no labels (line 2: it is no object)")
