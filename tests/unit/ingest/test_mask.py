"""What is masked and, as important, what is not. All numbers are test numbers or made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mask import mask

MASKED = [
    # cards: networks' published test numbers
    ("4111111111111111", "[card]"),
    ("my card 4111 1111 1111 1111 is refused", "my card [card] is refused"),
    ("card 4111-1111-1111-1111.", "card [card]."),
    ("4111.1111.1111.1111", "[card]"),
    ("4111\u00a01111\u00a01111\u00a01111", "[card]"),
    ("4111\u20131111\u20131111\u20131111", "[card]"),
    ("(4012888888881881)", "([card])"),
    ("#4242424242424242 please", "#[card] please"),
    ("visa:4222222222222 end", "visa:[card] end"),
    ("mastercard 5555555555554444", "mastercard [card]"),
    ("5105 1051 0510 5100", "[card]"),
    ("2223003122003222", "[card]"),
    ("amex 378282246310005", "amex [card]"),
    ("3714 496353 98431", "[card]"),
    ("3056 9309 0259 04 diners", "[card] diners"),
    ("6011111111111117", "[card]"),
    ("3530111333300000", "[card]"),
    ("6200000000000005", "[card]"),
    ("4111 1111 1111 1111 123", "[card] 123"),
    ("4111 1111 1111 1111 12/27 cvv 999", "[card] 12/27 cvv 999"),
    ("two: 4111 1111 1111 1111, 5555 5555 5555 4444", "two: [card], [card]"),
    ("ref 12 4111 1111 1111 1111", "ref 12 [card]"),
    ("4111 1111 1111 1111 5555 5555 5555 4444", "[card] [card]"),
    ("$4111111111111111", "$[card]"),
    ("Nr.4111111111111111", "Nr.[card]"),
    ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card]"),
    ("4111/1111/1111/1111 or 4111_1111_1111_1111", "[card] or [card]"),
    ("４１１１ １１１１ １１１１ １１１１", "[card]"),
    ("4111\u200d1111\u200d1111\u200d1111", "[card]"),
    # IBANs: the registry's examples
    ("GB82 WEST 1234 5698 7654 32", "[iban]"),
    ("GB82WEST12345698765432", "[iban]"),
    ("gb82 west 1234 5698 7654 32", "[iban]"),
    ("send to DE89 3704 0044 0532 0130 00 please", "send to [iban] please"),
    ("IBAN:FR1420041010050500013M02606.", "IBAN:[iban]."),
    ("NL91-ABNA-0417-1643-00 thanks", "[iban] thanks"),
    ("NO93 8601 1117 947", "[iban]"),
    ("case AB12 GB82 WEST 1234 5698 7654 32", "case AB12 [iban]"),
    ("DE89370400440532013000 GB82WEST12345698765432", "[iban] [iban]"),
    # e-mail
    ("write to jo@example.com now", "write to [email] now"),
    ("Jo.Lane+bank@mail.example.co.uk!", "[email]!"),
    ("<t_marlow99@example.org>", "<[email]>"),
    ("4111111111111111@example.com", "[email]"),
    # phones: numbers set aside for fiction
    ("call (415) 555-0132", "call [phone]"),
    ("call 415-555-0132.", "call [phone]."),
    ("415.555.0132", "[phone]"),
    ("1-800-555-0199 is busy", "[phone] is busy"),
    ("+1 415 555 0132", "[phone]"),
    ("+1 (415) 555-0132", "[phone]"),
    ("+442079460018", "[phone]"),
    ("+44 20 7946 0018", "[phone]"),
    ("020 7946 0018", "[phone]"),
    ("07700 900123", "[phone]"),
    ("07700900123", "[phone]"),
    ("+49 30 23125 000", "[phone]"),
    # handles
    ("RT @jo_lane: it is down", "RT @user: it is down"),
    ("thanks @jo and @HarborlineHelp", "thanks @user and @HarborlineHelp"),
    ("@jo", "@user"),
]

KEPT = [
    "since 2014, 2019 2020 2021 2022",
    "2014-01-15 2014-01-16 2014-01-17",
    "$4,111.11 and €1.234.567,89",
    "41111111111111111111111111",
    "4111 1111 1111 1112 fails the check",
    "1234 5678 1234 5670 has no network's prefix",
    "$AAPL 123.45 +1.2% vol 41,111,111",
    "+1234.56 -200.10 +33.3",
    "prices 40 42 45 50 55 60 65 70 75 80",
    "levels 1234.5 1235.5 1236.5 1237.5",
    "order 100200300400500",
    "tweet 418157151946035200",
    "https://t.co/4111111111",
    "call 555",
    "Q3 2026: 19% growth to $1.42 billion",
    "GB82 is a postcode-like thing",
    "GB83 WEST 1234 5698 7654 32 has wrong check digits",
    "XX12 ABCD 1234 5678 9012",
    "EUR/USD 1.0812/1.0815",
    "12/03/2026 09:30:15",
    "10-15-2026 to 10-20-2026",
    "me @ the bank, half price @ 3",
    "a@b",
    "0.000123456789",
    "51,000,000,000 shares",
    "3-for-1 split, 1-2-3 pattern",
    "15:30-16:45 call 14:00",
    "@user",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_replaced(text: str, masked: str) -> None:
    assert mask(text, {"harborlinehelp"}).text == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_personal_is_kept(text: str) -> None:
    assert mask(text) == type(mask(""))(text, 0)


def test_pieces_are_counted() -> None:
    assert mask("4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32, jo@example.com, 415-555-0132, @jo").count == 5


@pytest.mark.parametrize("text", [text for text, _ in MASKED])
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once.text).count == 0
    assert mask(once.text).text == once.text


@given(st.text(alphabet="0123456789 -.+@$AbGx,", max_size=80))
def test_no_text_breaks_it_and_no_card_survives(text: str) -> None:
    shown = mask(text + " 4111 1111 1111 1111 ").text
    assert shown.rstrip().endswith("[card]") or "4111 1111 1111 1111" not in shown


def test_a_long_row_of_digits_takes_no_time() -> None:
    assert mask("4111 1111 1111 1111 " * 1_000).count == 1_000
    mask("1 " * 9_000 + "12345678901234567890 " * 400 + "GB82" + "A1" * 5_000)
