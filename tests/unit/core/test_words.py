"""Words are compared without their endings, and what is plain says nothing of law, luck or investments."""

from __future__ import annotations

import pytest

from core.words import GLUE, PEOPLE, PLAIN, stem, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shop", "shop's"),
        ("code", "codes"),
        ("ship", "shipped"),
        ("stop", "stopping"),
        ("try", "tried"),
        ("fee", "fees"),
        ("machine", "machines"),
        ("family", "families"),
        ("double", "doubled"),
        ("call", "calling"),
        ("miss", "missed"),
    ],
)
def test_forms_of_a_word_are_the_same_word(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_short_words_keep_their_letters() -> None:
    assert [stem(word) for word in ("is", "this", "king", "red", "free")] == ["is", "thi", "king", "red", "fre"]


def test_case_and_curly_apostrophes_make_no_difference() -> None:
    assert stems("The Shop’s CODES") == stems("the shop's code")


@pytest.mark.parametrize("word", ["prize", "lottery", "jackpot", "court", "lawsuit", "police", "fraudster", "bitcoin"])
def test_what_a_writer_must_not_take_up_is_not_plain(word: str) -> None:
    assert stem(word) not in PLAIN


def test_no_negation_is_glue_and_no_one_of_a_customer_s_family_is_plain() -> None:
    assert not {"not", "no", "never", "nobody", "nothing", "cannot", "without"} & GLUE
    assert {word for word in ("husband", "daughter", "mother", "landlord", "boss") if stem(word) in PLAIN} == set()
    assert {"husband", "daughter", "mother", "landlord", "boss"} <= PEOPLE
