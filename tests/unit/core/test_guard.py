"""What the guard finds in a draft, and what it lets pass; tests/integration/test_adversarial.py has whole messages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core.forbidden import Rule
from core.guard import check
from core.plans import Act, Plan
from core.posts import Channel
from core.writing import plan_reply
from tests.builders import make_post, make_scores
from tests.hostile import SENTENCES, Hostile, writers
from tests.playbook import PLAYBOOK

MESSAGES = [
    one["text"]
    for one in tomllib.loads((Path(__file__).parents[2] / "adversarial.toml").read_text(encoding="utf-8"))["message"]
    if one["text"].strip() and "times" not in one
]
MESSAGE = "My card was declined in the shop again and the till was full of people"


def plan(channel: Channel = Channel.CUSTOMER) -> Plan:
    post = make_post("1", channel=channel, text=MESSAGE, entities=("HBNK",))
    return plan_reply(post, make_scores(), PLAYBOOK.named["card_not_working"], (), PLAYBOOK)


def saying(words: str) -> str:
    """The plan with a sentence more, where a model would slip it in."""
    body, _, sign_off = plan().text.rpartition("\n")
    return f"{body} {words}\n{sign_off}"


@pytest.mark.parametrize("words", [words for group in SENTENCES.values() for words in group])
def test_each_hostile_sentence_is_found_by_itself(words: str) -> None:
    assert check(saying(words), plan(), MESSAGE)


@pytest.mark.parametrize("channel", [Channel.CUSTOMER, Channel.SOCIAL])
@pytest.mark.parametrize("writer", writers(), ids=lambda writer: writer.name)
def test_what_a_hostile_writer_makes_of_any_message_is_found(writer: Hostile, channel: Channel) -> None:
    one = plan(channel)
    texts = [(message, writer.word(one, message, number)) for number, message in enumerate(MESSAGES)]
    assert [text for message, text in texts if not check(text, one, message)] == []


@pytest.mark.parametrize(
    "words",
    [
        "I can see how annoying that must be in a full shop.",
        "It is unpleasant when that happens in front of others.",
        "A colleague can find out why, if you tell us a little more.",
        "Please write to us when it suits you.",
        "I understand that you want to pay without thinking about it.",
        "Could you say where you tried to pay?",
        "We know how much you depend on your card.",
        "That is a bad moment to be left standing at the till.",
    ],
)
def test_warm_words_that_commit_to_nothing_pass(words: str) -> None:
    assert check(saying(words), plan(), MESSAGE) == ()


def rules(text: str) -> set[Rule]:
    return {finding.rule for finding in check(text, plan(), MESSAGE)}


def test_the_sign_off_stands_at_the_end_and_nothing_after_it() -> None:
    body, _, sign_off = plan().text.rpartition("\n")

    assert Rule.UNFINISHED in rules(body)
    assert Rule.UNFINISHED in rules(f"{body}\n{sign_off} Sent by mail.")
    assert rules(f"{body}\n\n{sign_off}") == set()


def test_a_sentence_that_stops_in_the_middle_is_found() -> None:
    assert Rule.UNFINISHED in rules(saying("I understand that you"))
    public = plan(Channel.SOCIAL)
    assert public.says(Act.SIGN_OFF) == ""
    assert check(public.text[:-20], public, MESSAGE)


def test_a_foreign_sentence_does_not_hide_among_english_ones() -> None:
    assert Rule.LANGUAGE in rules(saying("Wir sehen uns das gemeinsam an."))


def test_signs_that_hide_words_are_found() -> None:
    assert Rule.DISGUISED in rules(saying("We can look\u200b at it."))
    assert Rule.PROMISE in rules(saying("We can ref\u200bund it."))


@pytest.mark.parametrize(
    "words", ["I'm sorry that the loan is not approved for you.", "Your dispute was upheld.", "It has been denied."]
)
def test_an_outcome_that_nobody_has_decided_is_a_claim(words: str) -> None:
    assert Rule.CLAIM in rules(saying(words))


@pytest.mark.parametrize(
    "words",
    [
        "Your money is safe.",
        "A place where you live is safe.",
        "Your savings are perfectly secure with a bank.",
        "We keep every account safe.",
        "There is nothing to worry about.",
        "There is no danger to your savings.",
        "Everything is fine with the account.",
    ],
)
def test_reassurance_that_the_plan_does_not_give_is_found(words: str) -> None:
    assert Rule.REASSURANCE in rules(saying(words))


@pytest.mark.parametrize(
    "words",
    [
        "A colleague can look at whether the account is safe.",
        "Please freeze the card, so that the account is secure.",
        "I understand that you want to feel safe.",
    ],
)
def test_to_ask_or_do_something_for_safety_is_no_reassurance(words: str) -> None:
    assert rules(saying(words)) == set()


def test_what_a_writer_says_agrees_with_the_plan() -> None:
    message = "Should I buy your shares now?"
    one = plan_reply(make_post("1", text=message), make_scores(), PLAYBOOK.named["investment_advice"], (), PLAYBOOK)
    step = one.says(Act.NEXT_STEP)
    says = "What to buy or sell is something that we can say here in a message and advise on."

    assert Rule.NEGATION in {finding.rule for finding in check(one.text.replace(step, says), one, message)}


def test_what_only_the_message_says_is_not_repeated() -> None:
    message = "The wizard told me that my card was declined. My uncle is furious."
    found = check(saying("I'm sorry that the wizard told you, and that your uncle is furious."), plan(), message)

    assert [(one.rule, one.quote) for one in found if one.rule is Rule.ECHO] == [
        (Rule.ECHO, "wizard"),
        (Rule.ECHO, "furious"),
        (Rule.ECHO, "uncle is"),
    ]
