"""Swaps the gendered words of a text, so that a label can be held not to depend on them."""

from __future__ import annotations

import re
from typing import Final

PAIRS: Final = """he she, himself herself, man woman, men women, guy lady, guys ladies, boy girl, boys girls,
gentleman gentlewoman, male female, males females, father mother, fathers mothers, dad mum, daddy mummy,
grandfather grandmother, grandpa grandma, son daughter, sons daughters, brother sister, brothers sisters,
uncle aunt, nephew niece, husband wife, husbands wives, boyfriend girlfriend, groom bride, widower widow, king queen,
prince princess, sir madam, mr ms, dude chick, bro sis, salesman saleswoman, businessman businesswoman"""
ALSO: Final = {"mom": "dad", "mommy": "daddy", "mrs": "mr", "him": "her", "his": "her", "hers": "his", "her": "his"}
"""Words whose partner has another partner; "her" becomes "his", which is right before a noun, as it mostly stands."""

_PARTNERS: Final = {
    word: partner
    for pair in PAIRS.replace("\n", " ").split(",")
    for word, partner in (tuple(pair.split()), tuple(reversed(pair.split())))
} | ALSO
_WORD = re.compile(r"[A-Za-z]+")


def swap_genders(text: str) -> str:
    """The same text about a person of the other gender; unchanged where it names none.

    >>> swap_genders("My Dad said she lost her card, and HE is no mandarin")
    'My Mum said he lost his card, and SHE is no mandarin'
    """
    return _WORD.sub(_swapped, text)


def _swapped(match: re.Match[str]) -> str:
    word = match.group()
    partner = _PARTNERS.get(word.lower(), word)
    if word.isupper() and len(word) > 1:
        return partner.upper()
    return partner.capitalize() if word[0].isupper() else partner
