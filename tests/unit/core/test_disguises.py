"""Words are found however they are spelt."""

from __future__ import annotations

import pytest

from core.disguises import signs_in, undisguised


@pytest.mark.parametrize(
    "text",
    [
        "kill myself",
        "KILL MYSELF",
        "k\u200bill my\u200bself",
        "k1ll mys3lf",
        "\uff4b\uff49\uff4c\uff4c myself",
        "ki\u0301ll mys\u0435lf",
        "k.i.l.l m.y.s.e.l.f",
        "k-i-l-l m_y_s_e_l_f",
        "\U0001d55c\U0001d55a\U0001d55d\U0001d55d myself",
    ],
)
def test_a_disguise_is_seen_through(text: str) -> None:
    assert undisguised(text) == "kill myself"


@pytest.mark.parametrize("text", ["i paid 500 at 7.30", "my b2b account", "a b c", "привет", ""])
def test_plain_text_stays(text: str) -> None:
    assert undisguised(text) == text


def test_signs_of_the_plan_may_be_used() -> None:
    assert signs_in("Café – it’s fine", "the Café") == ()
    assert signs_in("Café", "") == ("LATIN SMALL LETTER E WITH ACUTE",)
