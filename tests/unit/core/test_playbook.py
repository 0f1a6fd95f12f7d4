"""The playbook that ships: it covers what the classifier can say, and each message finds its entry."""

from __future__ import annotations

import pytest

from core.danger import Danger, danger_in
from core.errors import SetupError
from core.playbook import Playbook
from core.playbook_file import parse, read
from core.retrieval import find
from tests.builders import make_scores
from tests.fakes import FakeClassifier
from tests.playbook import PLAYBOOK, PLAYBOOK_TEXT, SHELF

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
    entry = find(text, make_scores(intent=intent, intent_p=intent_p), FakeClassifier().embed([text]), SHELF).entry
    return entry.name if entry else None


def test_every_intent_stands_in_exactly_one_entry() -> None:
    intents = [intent for entry in PLAYBOOK.entry for intent in entry.intents]

    assert len(BANKING77) == 77
    assert sorted(intents) == sorted(BANKING77)


def test_the_playbook_that_ships_has_no_fault() -> None:
    _, faults = read(PLAYBOOK_TEXT, BANKING77)

    assert faults == ()


@pytest.mark.parametrize("said", ["We will refund you today.", "You will get $50.", "It was our fault."])
def test_a_sentence_that_promises_is_a_fault_with_its_line(said: str) -> None:
    broken = PLAYBOOK_TEXT.replace('ask = ["', f'ask = ["{said}", "', 1)
    _, faults = read(broken, BANKING77)

    assert faults
    assert said in broken.splitlines()[faults[0].line - 1]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Your app is down again and I need to pay rent", "outage"),
        ("cant log in since this morning, is online banking down?", "outage"),
        ("Someone has used my card, this is fraud, payments I did not authorise", "fraud"),
        ("My mother passed away last month and your letters keep coming", "bereavement"),
        ("I lost my job and can't afford the payments any more", "hardship"),
        ("You froze my account and my wages are in it", "account_blocked"),
        ("There is an error on my credit report at Experian", "credit_report_error"),
        ("A debt collector keeps calling about a debt that is not mine", "debt_not_mine"),
        ("My card got declined in the shop", "declined_card_payment"),
        ("They charged me twice for one coffee", "transaction_charged_twice"),
    ],
)
def test_words_find_their_entry(text: str, entry: str) -> None:
    assert chosen(text) == entry


def test_danger_comes_before_the_topic() -> None:
    assert chosen("the app is down and I want to end my life", "card_arrival", 0.99) == "crisis"
    assert chosen("fraud emptied my account and I have no food", "card_arrival", 0.99) == "hunger"
    assert danger_in("no food, I want to kill myself") is Danger.SELF_HARM


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(SetupError, match=r"line 1: this is not TOML"):
        parse("[feeling" + PLAYBOOK_TEXT)


def test_the_playbook_is_one_value() -> None:
    assert isinstance(PLAYBOOK, Playbook)
    assert len({entry.name for entry in PLAYBOOK.entry}) == len(PLAYBOOK.entry)
