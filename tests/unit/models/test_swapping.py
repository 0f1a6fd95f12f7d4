"""Swapping genders changes who is meant and nothing else."""

from __future__ import annotations

import pytest

from models.swapping import swap_genders


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("He lost his wife", "She lost her husband"),
        ("ask HER", "ask HIS"),
        ("My mom, a businesswoman", "My dad, a businessman"),
        ("The woman's card", "The man's card"),
    ],
)
def test_gendered_words_are_swapped_and_keep_their_case(text: str, swapped: str) -> None:
    assert swap_genders(text) == swapped


@pytest.mark.parametrize("text", ["", "Shares of Manpower and Hershey rise", "theme, mandate, fellow", "日本語 🙂"])
def test_a_text_about_no_man_or_woman_stays(text: str) -> None:
    assert swap_genders(text) == text


def test_swapping_twice_gives_the_text_back_where_each_word_has_one_partner() -> None:
    text = "The king and his sister met a gentleman and two boys"
    assert swap_genders(swap_genders(text)) == text
