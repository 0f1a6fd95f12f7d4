"""Who goes before all others."""

from __future__ import annotations

import pytest

from core.danger import Danger, danger_in


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("I want to kill myself", Danger.SELF_HARM),
        ("there\u2019s no reason to live any more", Danger.SELF_HARM),
        ("My son talks about suicide since you closed the account", Danger.SELF_HARM),
        ("We have no food until payday", Danger.HUNGER),
        ("I CAN'T FEED MY KIDS", Danger.HUNGER),
        ("cant feed my kids", Danger.HUNGER),
        ("how do I feed four people tonight", Danger.HUNGER),
        ("the card is refused and I need her medicine", Danger.HUNGER),
        ("my mother depends on me to buy her insulin", Danger.HUNGER),
        ("the baby needs formula and my card won't work", Danger.HUNGER),
        ("we will be evicted on Friday", Danger.HOME),
        ("I am going to lose my home over this", Danger.HOME),
        ("no food and I want to end my life", Danger.SELF_HARM),
        ("my card was declined at the supermarket", None),
        ("you are killing me with these fees", None),
        ("a market hungry for loans", None),
        ("the new home page is slow", None),
        ("", None),
    ],
)
def test_words_of_danger_are_heard_and_figures_of_speech_are_not(text: str, danger: Danger | None) -> None:
    assert danger_in(text) is danger
