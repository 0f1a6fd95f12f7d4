"""A writer takes up plain words of the message, and no others; it says nothing of what other people are or do."""

from __future__ import annotations

import pytest

from core.echoes import echoed_in

PLAN = "I'm sorry to read about the card. A colleague can look at the payment. Which shop is it?"


@pytest.mark.parametrize(
    ("message", "says", "found"),
    [
        ("I won the jackpot, where is it?", "I'm sorry that the jackpot is on hold.", ["jackpot"]),
        ("Buy the purple one, says my tip sheet", "The purple ones are what you asked for.", ["purple"]),
        ("They summoned me to a tribunal", "I'm sorry about the tribunal.", ["tribunal"]),
        ("My wife is suing you all", "I'm sorry that your wife is suing you.", ["suing", "wife is"]),
        ("My father gave the card away", "Your elder father still has it.", ["father still has"]),
        ("My sister can't pay her rent", "Your sister needs it.", ["sister needs"]),
    ],
)
def test_what_only_the_message_says_is_found(message: str, says: str, found: list[str]) -> None:
    assert list(echoed_in([says], PLAN, message)) == found


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("My card was refused in the bakery at breakfast", "A refusal in the bakery is unpleasant."),
        ("My flight leaves and the machine ate the card", "I'm sorry about the card, just before the flight."),
        ("I wanted to pay for my daughter", "You wanted to pay for your daughter; I'm sorry."),
        ("My son waits for the money", "Does your son need it for something?"),
        ("The money for my carer comes back", "I'm sorry that the money for your carer does not stay."),
        ("I won the jackpot", "I'm sorry that the payment is on hold."),
    ],
)
def test_plain_words_pass_and_so_does_what_the_message_has_not(message: str, says: str) -> None:
    assert list(echoed_in([says], PLAN, message)) == []


def test_what_the_plan_says_may_be_said() -> None:
    assert list(echoed_in(["The lottery is closed."], "The lottery is closed today.", "the lottery is fixed")) == []
