"""What people write to a bank every day finds the entry that a person would take, with the weights that ship."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from core.retrieval import find, pieces
from models.classifier import load_classifier
from stream.drafting import read_playbook, shelve

WEIGHTS = Path(__file__).parents[2] / "models" / "weights"
EVERYDAY: Final = {
    # message: the entries that would be right, the best one first
    "My salary has not arrived": "missing_money",
    "My salary has not arrived and rent is due tomorrow": "missing_money",
    "Payday was yesterday and there is nothing in my account": "missing_money",
    "Where are my wages? They should have come in this morning": "missing_money",
    "I didn't get paid today, my boss says he sent it": "missing_money",
    "My pension hasn't come in this month": "missing_money",
    "my state pension is usually here on the 3rd but it isn't": "missing_money",
    "The child benefit payment is missing": "missing_money",
    "Universal credit not in my account yet": "missing_money",
    "My disability benefit was supposed to land today, nothing there": "missing_money",
    "My husband's pay went in but mine did not": "missing_money",
    "My landlord says the rent did not arrive": "transfer_not_received_by_recipient",
    "I paid the rent on Monday and it still has not reached my landlord": "transfer_not_received_by_recipient",
    "I can't pay my rent because the app won't let me": "urgent_payment outage",
    "The rent bounced and now there is a late fee": "follow_on_costs failed_transfer",
    "A direct debit I cancelled was taken anyway": "direct_debit_payment_not_recognised",
    "There's a direct debit on my account that I don't know": "direct_debit_payment_not_recognised",
    "My direct debit for the gas bill was returned": "failed_transfer",
    "They took the direct debit twice this month": "transaction_charged_twice",
    "The ATM swallowed my card": "card_swallowed",
    "cash machine ate my card outside the branch, now what": "card_swallowed",
    "I can't log in to the app": "outage passcode_forgotten",
    "the app keeps saying something went wrong when I sign in": "outage",
    "I'm locked out of my account": "account_blocked passcode_forgotten",
    "I got a new phone and can't get into the app any more": "outage lost_or_stolen_phone passcode_forgotten",
    "I lost my phone, how do I stop somebody using the app?": "lost_or_stolen_phone",
    "Someone nicked my phone on the bus": "lost_or_stolen_phone",
    "I've lost my purse with both cards in it": "lost_or_stolen_card",
    "can't find my debit card anywhere": "lost_or_stolen_card",
    "I've forgotten my password": "passcode_forgotten",
    "wrong pin three times, card is blocked": "pin_blocked",
    "Card got declined at the petrol station though there's money on it": "declined_card_payment",
    "I took out 50 but the machine only gave me 20": "wrong_amount_of_cash_received",
    "ATM gave me no money but it's gone from my account": "wrong_amount_of_cash_received pending_cash_withdrawal",
    "I was charged twice for my shopping": "transaction_charged_twice",
    "I moved house, how do I tell you my new address": "edit_personal_details",
    "I sent money to the wrong person by mistake": "cancel_transfer person_to_person",
    "My refund from the shop still isn't here": "refund_not_showing_up",
    "Someone's taken money out of my account and it wasn't me": "fraud cash_withdrawal_not_recognised",
    "I got a weird text saying it's from you, should I click it?": "suspicious_message",
    "My new card still hasn't come": "card_arrival",
    "How do I close my account": "terminate_account",
    "my mortgage payment went out twice": "transaction_charged_twice mortgage",
    "Can you hold the loan payment until I get paid?": "hardship loan_payment",
    "I've been made redundant and can't make the next payment": "hardship",
    "What are your opening hours on Saturday": "branch",
    "I need a letter for my landlord that I bank with you": "proof",
}


def test_everyday_messages_find_their_entry() -> None:
    reader = load_classifier(WEIGHTS, device="cpu")
    shelf = shelve(read_playbook(), reader)
    texts = list(EVERYDAY)
    vectors = reader.embed(texts)
    found = [
        find(text, scores, np.atleast_2d(row), shelf)
        for text, scores, row in zip(texts, reader.classify(texts), vectors, strict=True)
    ]
    assert all(len(pieces(text)) == 1 for text in texts)
    wrong = [
        f"{text!r}: {hit.reason}, not {EVERYDAY[text]}"
        for text, hit in zip(texts, found, strict=True)
        if hit.entry is None or hit.entry.name not in EVERYDAY[text].split()
    ]
    assert not wrong, "\n".join(wrong)
