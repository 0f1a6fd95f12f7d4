"""Finds numbers that name a person to a bank or a state: account numbers, and national ids with their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import Final

from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn

ACCOUNT, NATIONAL_ID = "[account]", "[id]"

_ACCOUNT_WORDS = (
    r"(?:account|acct|a/c|acc|member(?:ship)?|customer|client|policy|loan|iban|sort[ -]?code|routing|aba"
    r"|kto|konto|compte)"
)
_ACCOUNT = re.compile(
    rf"\b(?:{_ACCOUNT_WORDS})(?:[ -]?(?:number|num|no\.?|nr\.?|id|\#))?(?:\s+(?:is|was|ending(?:\s+in)?|ends\s+in))?"
    r"[\s:=\#.\"'(-]{0,3}(?P<number>\d(?:[ -]?\d){5,17})(?![\d%])",
    re.IGNORECASE,
)
"""A number of 6 to 18 digits is an account's when a word before it says so."""
_SORT_CODE = re.compile(r"(?<![\d-])\d{2}-\d{2}-\d{2}(?:[ ,;/]+\d{8})(?!\d)")
"""Britain's sort code, with the account's eight digits behind it."""
_NINO = re.compile(
    r"(?<![A-Za-z0-9])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"(?:[ -]?\d{2}){3}[ -]?[A-D](?!\w)",
    re.IGNORECASE,
)

_SSN = re.compile(r"(?<![\d-])(?!000|666)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
"""America's number has no check digit, and a form of its own; those of taxpayers without one begin with a 9."""

_CHECKED: Final[tuple[tuple[re.Pattern[str], ModuleType], ...]] = (
    (re.compile(r"(?<!\w)\d{8}-?[A-Za-z](?!\w)"), dni),
    (re.compile(r"(?<!\w)[XYZxyz]-?\d{7}-?[A-Za-z](?!\w)"), nie),
    (re.compile(r"(?<!\w)[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z](?!\w)"), codicefiscale),
    (re.compile(r"(?<!\d)[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}(?!\d)"), nir),
    (re.compile(r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)"), cpf),
    (re.compile(r"(?<!\d)[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?![ -]?\d)"), aadhaar),
    (re.compile(r"(?<!\w)[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)"), pan),
)
"""What is written in a form of its own."""
_SAID: Final[tuple[tuple[re.Pattern[str], ModuleType], ...]] = tuple(
    (re.compile(rf"\b(?:{words})\b[^\d\n]{{0,20}}(?P<number>{digits})(?!\d)", re.IGNORECASE), module)
    for words, digits, module in (
        ("ssn|social security|soc sec", r"\d{3}[ -]?\d{2}[ -]?\d{4}", ssn),
        ("nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}", nhs),
        ("steuer-?id|tax id|steueridentifikationsnummer|idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", idnr),
        ("bsn|burgerservicenummer", r"\d{9}", bsn),
        ("pesel", r"\d{11}", pesel),
        ("aadhaar|aadhar", r"\d{4} ?\d{4} ?\d{4}", aadhaar),
        ("cpf", r"\d{11}", cpf),
    )
)
"""What could be any number, and is an id when a word before it says so."""


def without_ids(text: str) -> tuple[str, int]:
    """A text whose national ids are replaced, and how many they were.

    >>> without_ids("my SSN is 536-90-4399, and on 2026-01-15 I paid 536")
    ('my SSN is [id], and on 2026-01-15 I paid 536', 1)
    """
    text, count = _NINO.subn(NATIONAL_ID, text)
    text, replaced = _SSN.subn(NATIONAL_ID, text)
    count += replaced
    for pattern, module in _CHECKED:
        text, replaced = _replace(pattern, text, _valid(module), NATIONAL_ID)
        count += replaced
    for pattern, module in _SAID:
        text, replaced = _replace(pattern, text, _valid(module), NATIONAL_ID)
        count += replaced
    return text, count


def without_accounts(text: str) -> tuple[str, int]:
    """A text whose account numbers are replaced, and how many they were.

    >>> without_accounts("account number 00123456 was charged 20261231 times, see order 445566")
    ('account number [account] was charged 20261231 times, see order 445566', 1)
    """
    text, count = _SORT_CODE.subn(ACCOUNT, text)
    text, replaced = _replace(_ACCOUNT, text, lambda _number: True, ACCOUNT)
    return text, count + replaced


def _valid(module: ModuleType) -> Callable[[str], bool]:
    def is_valid(number: str) -> bool:
        return bool(module.is_valid(number))

    return is_valid


def _replace(pattern: re.Pattern[str], text: str, is_one: Callable[[str], bool], token: str) -> tuple[str, int]:
    """Only the number of a match is replaced; the word that says what it is stays."""
    count = 0

    def one(match: re.Match[str]) -> str:
        nonlocal count
        number = match.groupdict().get("number") or match.group()
        if not is_one(number):
            return match.group()
        count += 1
        return match.group().removesuffix(number) + token

    return pattern.sub(one, text), count
