"""A writer says neither the opposite of its plan nor, for fear of that, only the plan's own words."""

from __future__ import annotations

import pytest

from core.negation import reversed_in

ADVICE = "What to buy or sell is nothing that we can advise on in a message; a licensed adviser can look at it."
LOOK = "A colleague can look up what the last attempt was answered with."
CODE = "The card can be unblocked at a machine. We never ask for the code on the card itself."


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (ADVICE, "What to buy or sell is something that we can advise on in a message."),
        (ADVICE, "A licensed adviser can look at it, and we can advise on what to buy or sell in a message."),
        (CODE, "We may ask for the code on the card."),
        (LOOK, "A colleague cannot look up what the last attempt was answered with."),
        (LOOK, "What the last attempt was answered with isn't for a colleague to look up."),
        ("Please do not open its link.", "Please open its link."),
        ("Which payment do you not recognise?", "Which payment do you recognise?"),
    ],
)
def test_a_negation_lost_or_added_is_found(plan: str, says: str) -> None:
    assert list(reversed_in([plan], [says])) == [says]


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (ADVICE, "We cannot advise in a message on what to buy or sell, but a licensed adviser can look at it."),
        (ADVICE, "A licensed adviser can look at it with you."),
        (CODE, "At a machine the card can be unblocked, and the code on it is something we never ask for."),
        (LOOK, "What the last attempt was answered with can be looked up by a colleague."),
        (LOOK, "I'm sorry that the payment did not go through."),
        ("Do not try too often: attempts lock the sign-in.", "Try only now and then: attempts lock the sign-in."),
        ("Call us if you cannot sign in.", "Unless you can sign in, call us."),
    ],
)
def test_other_words_for_the_same_pass(plan: str, says: str) -> None:
    assert list(reversed_in([plan], [says])) == []
