"""The playbook that ships: it covers what the classifier can say, and each message finds its entry."""

from __future__ import annotations

import pytest

from core.danger import Danger, danger_in
from core.errors import SetupError
from core.playbook import Playbook, choose, parse
from tests.builders import make_scores
from tests.playbook import PLAYBOOK, PLAYBOOK_TEXT

LABELS = """
activate_my_card age_limit apple_pay_or_google_pay atm_support automatic_top_up
balance_not_updated_after_bank_transfer balance_not_updated_after_cheque_or_cash_deposit beneficiary_not_allowed
cancel_transfer card_about_to_expire card_acceptance card_arrival card_delivery_estimate card_linking card_not_working
card_payment_fee_charged card_payment_not_recognised card_payment_wrong_exchange_rate card_swallowed
cash_withdrawal_charge cash_withdrawal_not_recognised change_pin compromised_card contactless_not_working
country_support declined_card_payment declined_cash_withdrawal declined_transfer direct_debit_payment_not_recognised
disposable_card_limits edit_personal_details exchange_charge exchange_rate exchange_via_app extra_charge_on_statement
failed_transfer fiat_currency_support get_disposable_virtual_card get_physical_card getting_spare_card
getting_virtual_card lost_or_stolen_card lost_or_stolen_phone order_physical_card passcode_forgotten
pending_card_payment pending_cash_withdrawal pending_top_up pending_transfer pin_blocked receiving_money
Refund_not_showing_up request_refund reverted_card_payment? supported_cards_and_currencies terminate_account
top_up_by_bank_transfer_charge top_up_by_card_charge top_up_by_cash_or_cheque top_up_failed top_up_limits
top_up_reverted topping_up_by_card transaction_charged_twice transfer_fee_charged transfer_into_account
transfer_not_received_by_recipient transfer_timing unable_to_verify_identity verify_my_identity verify_source_of_funds
verify_top_up virtual_card_not_working visa_or_mastercard why_verify_identity wrong_amount_of_cash_received
wrong_exchange_rate_for_cash_withdrawal
"""
BANKING77 = LABELS.split()
"""The labels of Banking77 (Casanueva et al. 2020), the classifier's intents."""


def chosen(text: str, intent: str = "card_arrival", intent_p: float = 0.05) -> str | None:
    entry = choose(text, make_scores(intent=intent, intent_p=intent_p), PLAYBOOK)
    return entry.name if entry else None


def test_every_intent_stands_in_exactly_one_entry() -> None:
    intents = [intent for entry in PLAYBOOK.entry for intent in entry.intents]

    assert len(BANKING77) == 77
    assert sorted(intents) == sorted(BANKING77)


def test_a_plain_question_is_one_of_its_entry_s_intents_and_has_an_answer() -> None:
    for entry in PLAYBOOK.entry:
        assert set(entry.asking) <= set(entry.intents), entry.name
        assert bool(entry.asking) == bool(entry.info), entry.name


def test_every_entry_can_be_found() -> None:
    dangers = {danger.value for danger in Danger}

    assert all(entry.cues or entry.intents or entry.name in dangers for entry in PLAYBOOK.entry)


def test_no_approved_sentence_makes_a_promise_or_names_a_number() -> None:
    texts = [*PLAYBOOK.private, *PLAYBOOK.incident, *PLAYBOOK.told, *PLAYBOOK.wish, *PLAYBOOK.close]
    texts += [sentence for options in PLAYBOOK.acknowledge.values() for sentence in options]
    for entry in (*PLAYBOOK.entry, PLAYBOOK.fallback):
        texts += [*entry.step, *entry.info, *entry.ask, *entry.acknowledge, *entry.private, *(entry.close or ())]
        texts += [entry.matter, entry.topic]

    for text in texts:
        assert not PLAYBOOK.promises.search(text.lower()), text
        assert not any(char.isdigit() or char in "$£€%!" for char in text), text


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Your app is down again and I need to pay rent", "outage"),
        ("cant log in since this morning, is online banking down?", "outage"),
        ("Someone has used my card, this is fraud, payments I did not authorise", "fraud"),
        ("My mother passed away last month and your letters keep coming", "bereavement"),
        ("I lost my job and can't afford the payments any more", "hardship"),
        ("You froze my account and my wages are in it", "account_blocked"),
        ("There is an error on my credit report at Experian", "credit_report"),
        ("A debt collector keeps calling about a debt that is not mine", "debt_collection"),
        ("Where is my salary? It was due this morning", "missing_money"),
        ("My card got declined in the shop", "card_not_working"),
        ("They charged me twice for one coffee", "charged_twice"),
    ],
)
def test_words_find_their_entry(text: str, entry: str) -> None:
    assert chosen(text) == entry


@pytest.mark.parametrize("intent", ["card_arrival", "pin_blocked", "transfer_timing", "verify_my_identity"])
def test_a_confident_intent_finds_its_entry(intent: str) -> None:
    entry = choose("hello", make_scores(intent=intent, intent_p=0.9), PLAYBOOK)

    assert entry is not None
    assert intent in entry.intents


def test_plain_words_outweigh_a_wrong_intent() -> None:
    assert chosen("the app is down and nobody answers", "card_arrival", 0.9) == "outage"


def test_nobody_is_told_how_to_leave_who_did_not_say_so() -> None:
    assert chosen("I hate this", "terminate_account", 0.99) is None
    assert chosen("please close my account", "terminate_account", 0.3) == "closing"


def test_a_short_message_with_an_unsure_intent_fits_nothing() -> None:
    assert chosen("hello there", "card_arrival", 0.39) is None
    assert chosen("hello there", "card_arrival", 0.40) == "card_delivery"


def test_a_long_message_that_fits_nothing_gets_the_reply_that_asserts_nothing() -> None:
    assert chosen("blah " * 61) == "general"


def test_a_single_cue_is_not_what_a_long_message_is_about() -> None:
    assert chosen("blah " * 61 + "my credit score") == "general"
    assert chosen("blah " * 61 + "my credit score at experian") == "credit_report"


def test_danger_comes_before_the_topic() -> None:
    assert chosen("the app is down and I want to end my life", "card_arrival", 0.99) == "crisis"
    assert chosen("fraud emptied my account and I have no food", "card_arrival", 0.99) == "hunger"
    assert danger_in("no food, I want to kill myself") is Danger.SELF_HARM


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[acknowledge]", "[acknowledge"),
        ('name = "crisis"', 'name = "other"'),
        ("'outage\\w*'", "'outage('"),
        ('matter = "your loss"', 'mater = "your loss"'),
    ],
)
def test_a_broken_playbook_is_refused_with_a_reason(old: str, new: str) -> None:
    assert old in PLAYBOOK_TEXT

    with pytest.raises(SetupError, match="the playbook"):
        parse(PLAYBOOK_TEXT.replace(old, new))


def test_the_playbook_is_one_value() -> None:
    assert isinstance(PLAYBOOK, Playbook)
    assert len({entry.name for entry in PLAYBOOK.entry}) == len(PLAYBOOK.entry)
