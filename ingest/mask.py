"""Masks personal data before anything is published: cards, IBANs, account numbers, national ids, e-mail addresses,
phone numbers, private handles, and names where a customer writes.

What only looks like a number of a person (prices, years, tickers, order numbers) is left alone: a card must have a
network's prefix and length and pass Luhn's check, an IBAN its country's form and check digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from stdnum import iban, luhn

from ingest.mask_ids import without_accounts, without_ids
from ingest.mask_names import without_names

CARD, IBAN, EMAIL, PHONE, HANDLE = "[card]", "[iban]", "[email]", "[phone]", "@user"
"""`@user` keeps a handle's form, by which reposts are recognised (`core.posts.fingerprint`)."""

_SEPARATOR = r"(?: - |[ \u00a0\u2009\u202f./_*\-\u2010-\u2013]{1,2})"
_DIGITS = re.compile(rf"(?<!\d)(?<!\d[.,])\d(?:{_SEPARATOR}?\d){{12,}}(?!\d)")
_SPLIT = re.compile(f"({_SEPARATOR})")
_IBAN_START = re.compile(r"(?:(?<!\w)|(?<=IBAN)|(?<=iban)|(?<=\d_)|(?<=_))[A-Za-z]{2}[ \u00a0.-]?\d{2}")
_IBAN = re.compile(r"[A-Za-z]{2}[ \u00a0.-]?\d{2}(?:[ \u00a0./-]{0,2}[A-Za-z0-9]){11,40}")
_LONGEST_IBAN: Final = 104
"""34 characters, with two signs between any two, and a few more to see where it ends."""
_NOT_OF_IBAN = re.compile(r"[^A-Za-z0-9]")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,6}(?!\w)")
_HANDLE = re.compile(r"(?<![\w@/])(?<!\w\.)@([A-Za-z0-9_]{2,30})(?![\w@])")
_PHONE = re.compile(
    r"""(?<![\w$€£¥.,+/-])(?:
      \+\d{1,3}(?:[ .-]?\(\d{1,4}\))?(?:[ .-]\d)?(?:[ .-]\d{2,5}){2,5}   # +44 20 7946 0018, +33 6 99 00 12 34
    | \(0\d{2,4}\)[ ]?\d{3,4}[ -]?\d{3,4}                 # (0161) 496 0123
    | \+\d{10,14}                                         # +442079460018
    | \+\d{1,3}[ ]?\(0\)[ ]?\d(?:[ -]?\d){7,11}          # +44 (0)20 7946 0018
    | (?:1[ .-])?\(\d{3}\)[ ]?\d{3}[ .-]\d{4}             # (415) 555-0132
    | (?:1[ .-])?\d{3}([ .-])\d{3}\1\d{4}                 # 415-555-0132, 1-800-555-0199
    | 0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}                     # 020 7946 0018, 07700 900123
    | 07\d{9}                                             # 07700900123
    | 00[1-9]\d?[ -]?\(?0?\)?\d(?:[ -]?\d){7,11}           # 0044 20 7946 0018
    | 0\d(?:[ .]\d{2}){4}                                 # 01 23 45 67 89
    | 01[567]\d[ /-]?\d{7,8}                              # 0151 23456789
    )(?![\w%]|[.,]\d)""",
    re.VERBOSE,
)

_PHONE_SAID = re.compile(
    r"\b(?:call|ring|phone|tel|telephone|mobile|cell|whatsapp|text|sms|number)"
    r"(?: me| us)?(?: back)?(?: on| at| is|\.|:)*"
    r"\s*:?\s*(?P<number>\(?\d(?:[ .()-]{0,2}\d){6,13})(?![\d%]|[.,]\d)",
    re.IGNORECASE,
)
"""Digits that a word before them calls a phone's."""
_REDDITOR = re.compile(r"(?<![\w/])/?u/[A-Za-z0-9_-]{3,20}(?!\w)")
_JOINERS = re.compile(r"(?<=[\dA-Za-z])[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]+(?=[\dA-Za-z])")

_NETWORKS: Final = (
    # prefix from, prefix to, lengths; ISO/IEC 7812 ranges of the large networks
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("300", "305", (14, 16)),
    ("36", "36", (14, 16)),
    ("38", "39", (14, 16)),
    ("6011", "6011", (16, 19)),
    ("644", "659", (16, 19)),
    ("3528", "3589", (16, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("50", "50", (13, 16, 19)),
    ("56", "58", (13, 16, 19)),
    ("63", "63", (13, 16, 19)),
    ("67", "67", (13, 16, 19)),
)
_LONGEST_CARD: Final = 19


LEAST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and how many pieces of it were replaced."""

    text: str
    count: int


def mask(
    text: str, public_handles: Iterable[str] = (), *, names: bool = False, public_names: Collection[str] = ()
) -> Masked:
    """Replace every piece of personal data.

    Args:
        public_handles: names of firms, without @, lower case; these stay.
        names: whether names of people are replaced too, as where a customer writes.
        public_names: of firms, lower case; these stay.

    >>> mask("Card 4111 1111 1111 1111 declined, mail jo@example.com, paid $4,111.11 in 2026")
    Masked(text='Card [card] declined, mail [email], paid $4,111.11 in 2026', count=2)
    """
    # what was masked before stays as it is, and is not counted again
    public = frozenset(public_handles) | {HANDLE.removeprefix("@")}
    text, count = _plain_digits(text), 0
    steps: list[tuple[bool, Callable[[str], tuple[str, int]]]] = [
        # an address first, since its name may be a number; cards before phones, since they are the longer ones
        ("@" in text, lambda text: _EMAIL.subn(EMAIL, text)),
        (_has_digits(text), _without_numbers),
        (
            "@" in text,
            lambda text: _replace(_HANDLE, text, lambda f: (f, 0) if f[1:].lower() in public else (HANDLE, 1)),
        ),
        ("u/" in text, lambda text: _REDDITOR.subn(HANDLE, text)),
        (names, lambda text: without_names(text, public_names)),
    ]
    for is_needed, step in steps:
        text, replaced = step(text) if is_needed else (text, 0)
        count += replaced
    return Masked(text, count)


def _without_numbers(text: str) -> tuple[str, int]:
    """The longer ones first: a phone's digits may be a part of an IBAN."""
    count = 0
    for step in _OF_NUMBERS:
        text, replaced = step(text)
        count += replaced
    return text, count


def _without_phones(text: str) -> tuple[str, int]:
    return _replace(_PHONE, text, lambda found: (PHONE, 1) if _is_phone(found) else (found, 0))


def _without_said_phones(text: str) -> tuple[str, int]:
    count = 0

    def one(match: re.Match[str]) -> str:
        nonlocal count
        if not 7 <= len(re.sub(r"\D", "", match["number"])) <= 14:
            return match.group()
        count += 1
        return match.group().removesuffix(match["number"]) + PHONE

    return _PHONE_SAID.sub(one, text), count


def _plain_digits(text: str) -> str:
    """Digits of other scripts as ours, and nothing invisible between two of them: else they would hide a card."""
    if text.isascii():
        return text
    text = _JOINERS.sub("", text)
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)


def _has_digits(text: str) -> bool:
    """Whether there are enough for any number that names a person."""
    return sum(map(text.count, "0123456789")) >= LEAST_DIGITS


def _replace(pattern: re.Pattern[str], text: str, replace: Callable[[str], tuple[str, int]]) -> tuple[str, int]:
    count = 0

    def one(match: re.Match[str]) -> str:
        nonlocal count
        new, replaced = replace(match.group())
        count += replaced
        return new

    return pattern.sub(one, text), count


def _without_cards(run: str) -> tuple[str, int]:
    """A run of digits and separators, with each card number in it replaced: a code or a date may stand beside one."""
    parts = _SPLIT.split(run)
    groups, separators = parts[::2], [*parts[1::2], ""]
    shown, count, first = [], 0, 0
    while first < len(groups):
        length = _card_at(groups[first : first + _LONGEST_CARD])
        shown += [CARD if length else groups[first], separators[first + max(length, 1) - 1]]
        count += bool(length)
        first += max(length, 1)
    return "".join(shown), count


def _card_at(groups: list[str]) -> int:
    """How many of the first groups make up a card number; 0 if none do.

    It is written whole, digit by digit, or in groups of 3 to 12 digits with a shorter rest at most: a list of two-digit
    prices is none. Of several that fit, the longest, so that no digit of it stays.
    """
    digits, found = "", 0
    is_spelt = len(groups[0]) == 1
    for count, group in enumerate(groups, 1):
        digits += group
        if len(digits) > _LONGEST_CARD or (is_spelt and len(group) != 1):
            break
        if is_card(digits):
            found = count
        if not is_spelt and not 3 <= len(group) <= 12:
            break
    return found


def is_card(digits: str) -> bool:
    """Whether digits are a card number by prefix, length and Luhn's check.

    >>> is_card("4111111111111111"), is_card("4111111111111112"), is_card("1234567812345670")
    (True, False, False)
    """
    return any(
        low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in _NETWORKS
    ) and bool(luhn.is_valid(digits))


def _without_ibans(text: str) -> tuple[str, int]:
    """Each valid IBAN is replaced; what looks like the start of one ("AB12") does not hide one behind it."""
    parts, end, count = [], 0, 0
    for start in _IBAN_START.finditer(text):
        length = _iban_at(text[start.start() : start.start() + _LONGEST_IBAN]) if start.start() >= end else 0
        if length:
            parts += [text[end : start.start()], IBAN]
            end, count = start.start() + length, count + 1
    return "".join(parts) + text[end:], count


def _iban_at(text: str) -> int:
    """Length of the valid IBAN at the start of a text, with its blanks; 0 if there is none."""
    match = _IBAN.match(text)
    run = match.group() if match else ""
    ends = (
        n for n in range(len(run), 14, -1) if n == len(run) or not run[n].isalnum() or not text[n : n + 1].isalnum()
    )
    return next((n for n in ends if iban.is_valid(_NOT_OF_IBAN.sub("", run[:n]), check_country=False)), 0)


_OF_NUMBERS: Final = (
    _without_ibans,
    lambda text: _replace(_DIGITS, text, _without_cards),
    without_ids,
    _without_phones,
    without_accounts,
    _without_said_phones,
)


def _is_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return 8 <= len(digits) <= 15
