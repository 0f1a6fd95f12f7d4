"""What each intent of a customer's message means, by family, for the people who choose one.

The names are Banking77's (Casanueva et al. 2020); the words are ours. Neighbours that are easily confused name each
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

INTENT_FAMILIES: Final[Mapping[str, Mapping[str, str]]] = {
    "getting a card": {
        "order_physical_card": "Wants a plastic card and asks how to order it, or what it costs to have it sent.",
        "get_physical_card": "Asks where the plastic card or its PIN is to be found, not how to order one.",
        "getting_spare_card": "Wants a second card beside the one in use, for oneself or for somebody else.",
        "getting_virtual_card": "Wants a virtual card that stays, and asks how to get it.",
        "get_disposable_virtual_card": "Wants a virtual card for one payment, and asks how to get it.",
        "disposable_card_limits": "Asks how many disposable cards one may have, or how often one may be used.",
        "visa_or_mastercard": "Asks which of the two networks the card belongs to, or wants to choose.",
        "card_delivery_estimate": "Asks how long delivery takes, before it is late. Late already: card_arrival.",
        "card_arrival": "The card was ordered and has not come. Only asks how long it takes: card_delivery_estimate.",
        "activate_my_card": "Has the card in hand and wants to switch it on, or cannot.",
        "card_linking": "Has a card (a found one, say) and wants it back in the app.",
        "card_about_to_expire": "The card runs out soon, and the customer asks for the next one.",
        "age_limit": "Asks how old one must be, or wants an account for a child.",
    },
    "a card that does not do its work": {
        "card_not_working": "The card fails everywhere, or in general. One payment was refused: declined_card_payment.",
        "virtual_card_not_working": "The same, of a virtual or disposable card.",
        "contactless_not_working": "Only the contactless way fails.",
        "declined_card_payment": "A payment by card was refused at a shop or on the web.",
        "declined_cash_withdrawal": "A cash machine refused to pay out.",
        "card_swallowed": "A cash machine kept the card.",
        "card_acceptance": "Asks where the card may be used: shops, countries, kinds of trade.",
        "apple_pay_or_google_pay": "About paying by a phone's or watch's wallet, or topping up from it.",
        "pin_blocked": "The PIN was wrong too often and is locked.",
        "change_pin": "Wants another PIN, or asks where it can be changed.",
        "passcode_forgotten": "The passcode of the app is lost: not the card's PIN.",
    },
    "loss and fraud": {
        "lost_or_stolen_card": "The card is gone, by loss or theft, and nobody is known to have used it.",
        "lost_or_stolen_phone": "The phone with the app is gone.",
        "compromised_card": "Somebody else has the card's details, or uses them. One unknown payment: "
        "card_payment_not_recognised.",
        "card_payment_not_recognised": "A payment by card that the customer did not make or does not know.",
        "cash_withdrawal_not_recognised": "Cash was drawn that the customer did not draw.",
        "direct_debit_payment_not_recognised": "A direct debit that the customer did not set up or does not know.",
    },
    "payments by card": {
        "pending_card_payment": "A payment by card shows as pending for too long.",
        "reverted_card_payment?": "A payment by card came back, or was cancelled by the shop or the bank.",
        "transaction_charged_twice": "The same payment was taken two times.",
        "request_refund": "Wants money back for something bought, and asks how.",
        "Refund_not_showing_up": "The shop has agreed to a refund, and it is not in the account.",
        "card_payment_fee_charged": "A fee was taken for a payment by card, and the customer asks why.",
        "extra_charge_on_statement": "A small sum on the statement that belongs to no payment the customer made.",
        "card_payment_wrong_exchange_rate": "A payment abroad was converted at a wrong rate.",
    },
    "cash": {
        "atm_support": "Asks which cash machines take the card.",
        "cash_withdrawal_charge": "A fee was taken at a cash machine, or the customer asks what it would be.",
        "pending_cash_withdrawal": "Cash drawn, or not paid out, that shows as pending.",
        "wrong_amount_of_cash_received": "The machine paid out another sum than was booked.",
        "wrong_exchange_rate_for_cash_withdrawal": "Cash drawn abroad was converted at a wrong rate.",
    },
    "transfers out": {
        "cancel_transfer": "Wants a transfer stopped or undone: wrong account, wrong sum, second thoughts.",
        "declined_transfer": "The bank refused a transfer, and says so.",
        "failed_transfer": "A transfer did not go through, without a refusal that the customer understands.",
        "beneficiary_not_allowed": "The one who was to get the money is not accepted as a recipient.",
        "pending_transfer": "A transfer shows as pending. Only asks how long it takes: transfer_timing.",
        "transfer_timing": "Asks how long a transfer takes, of one to come or one under way.",
        "transfer_not_received_by_recipient": "The transfer has left, and the other side does not have it.",
        "transfer_fee_charged": "A fee was taken for a transfer, or the customer asks why there is one.",
    },
    "money coming in": {
        "receiving_money": "Asks how to be paid into the account: salary, other currencies.",
        "transfer_into_account": "Asks how to bring one's own money in by bank transfer.",
        "balance_not_updated_after_bank_transfer": "Money was sent by bank transfer, and the balance does not show it.",
        "balance_not_updated_after_cheque_or_cash_deposit": "A cheque or cash was paid in, and the balance does not "
        "show it.",
    },
    "topping up": {
        "topping_up_by_card": "Asks how to top up with a bank card, or why a top-up by card does not show.",
        "top_up_by_bank_transfer_charge": "Asks what topping up by bank transfer costs.",
        "top_up_by_card_charge": "Asks what topping up by card costs, or was charged for it.",
        "top_up_by_cash_or_cheque": "Asks whether and how cash or a cheque can be used.",
        "automatic_top_up": "About topping up by itself when the balance is low.",
        "top_up_limits": "Asks how much, or how often, one may top up.",
        "pending_top_up": "A top-up shows as pending.",
        "top_up_failed": "A top-up was refused or did not go through.",
        "top_up_reverted": "A top-up arrived and was taken back.",
        "verify_top_up": "Asks about the code or step that confirms a top-up.",
    },
    "currencies": {
        "exchange_rate": "Asks what the rate is, or how it is made.",
        "exchange_charge": "Asks what exchanging costs.",
        "exchange_via_app": "Asks how to exchange between currencies in the app.",
        "fiat_currency_support": "Asks which currencies can be held or exchanged.",
        "supported_cards_and_currencies": "Asks which cards and currencies can be used to add money.",
        "country_support": "Asks in which countries the service or card is offered.",
    },
    "identity and account": {
        "verify_my_identity": "Asks how to prove one's identity, and with what.",
        "unable_to_verify_identity": "Tried to prove one's identity, and it fails.",
        "why_verify_identity": "Asks why proof of identity is wanted, or objects to it.",
        "verify_source_of_funds": "Is asked, or asks, where the money comes from.",
        "edit_personal_details": "Wants a name, address or phone number changed.",
        "terminate_account": "Wants the account closed.",
    },
}
"""By family, in words, and by the classifier's name of the intent."""
