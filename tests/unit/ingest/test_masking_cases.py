"""The lines of groundswell/masking_cases.txt: nothing with a check digit passes, and what is replaced was personal."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from groundswell.measuring_masks import TOKENS, cases, measure, published
from ingest.mask import is_card, mask

LINES = list(cases())
SEPARATORS = ["", " ", "-", ".", "/", "_", "  ", " - ", "\u00a0", "\u2013"]


def test_there_are_lines_enough_of_every_kind_and_without_any() -> None:
    assert len(LINES) >= 300
    assert sum(not case.marked for case in LINES) >= 100
    assert {kind for case in LINES for kind, _ in case.marked} == set(TOKENS)


def test_no_card_and_no_iban_of_the_lines_passes() -> None:
    leaked = [
        words
        for case in LINES
        for kind, words in case.marked
        if kind in ("card", "iban")
        if words in published(case.text)
    ]
    assert leaked == []


def test_recall_and_precision_do_not_fall() -> None:
    tally = measure()
    assert sum(tally.right.values()) >= 0.98 * sum(tally.marked.values())
    assert sum(tally.right.values()) >= 0.98 * sum(tally.replaced.values())


@given(
    st.sampled_from(["4", "51", "55", "2221", "34", "37", "6011", "3530", "62", "50"]),
    st.randoms(use_true_random=False),
    st.sampled_from(SEPARATORS),
    st.sampled_from(["", "card ", "nr.", "no,", "x", "(", "$", "#", "\n", "ok: "]),
    st.sampled_from(["", ".", " thanks", "x", ")", "%", ", exp 09/27"]),
)
def test_a_valid_card_never_passes_however_it_is_written(
    prefix: str, rng: random.Random, separator: str, before: str, after: str
) -> None:
    length = 15 if prefix in ("34", "37") else 16
    body = prefix + "".join(rng.choice("0123456789") for _ in range(length - 1 - len(prefix)))
    number = body + luhn.calc_check_digit(body)
    sizes = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    written = separator.join(number[start : start + size] for start, size in zip(starts, sizes, strict=True))
    assert is_card(number)
    shown = mask(f"{before}{written}{after}").text
    assert written not in shown
    assert "[card]" in shown


@pytest.mark.parametrize("spelt", [" ".join("4111111111111111"), "4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1"])
def test_a_card_that_is_read_out_digit_by_digit_is_masked(spelt: str) -> None:
    assert mask(spelt).text == "[card]"


def test_names_are_masked_where_a_customer_writes_and_stay_in_the_news() -> None:
    text = "I spoke to Sarah Connolly of Harborline"
    assert mask(text, names=True, public_names={"harborline"}).text == "I spoke to [name] of Harborline"
    assert mask(text).text == text
    assert mask("I spoke to Harborline Bank", names=True, public_names={"harborline bank"}).count == 0


def test_masking_a_line_twice_changes_nothing() -> None:
    for case in LINES:
        assert published(published(case.text)) == published(case.text)
