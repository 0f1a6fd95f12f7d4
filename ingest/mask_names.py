"""Finds names of people where a customer writes, by the words around them: who signs, whom one spoke to.

No list of names is kept and no model is asked: a name without such words around it stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

NAME: Final = "[name]"

_WORD = r"Mc[A-Z][a-z]+|[A-Z][a-zà-öø-ÿ]+(?:['’-][A-Z]?[a-zà-öø-ÿ]+)*|[A-Z]['’][A-Z][a-zà-öø-ÿ]+"
_NAME = rf"(?:{_WORD})(?:\s+(?:[A-Z]\.|(?:van|von|de|del|da|di|la|le|bin|al)\s+(?:{_WORD})|{_WORD})){{0,3}}"
_FULL = rf"(?:{_WORD})(?:\s+(?:[A-Z]\.|(?:van|von|de|del|da|di|la|le|bin|al)\s+(?:{_WORD})|{_WORD})){{1,3}}"
_CUES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i:\bmy (?:full )?name(?:'s|’s| is| was)|\bname\s*[:=]|\bcardholder(?: name)?\s*[:=]?|\baccount holder(?: is|\s*[:=])?"
        rf"|\bon behalf of(?: my \w+,?)?|\bunder the name(?: of)?|\bin the name of)\s+(?P<name>{_NAME})",
        rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?\s+(?P<name>{_NAME})",
        rf"(?i:\bi am|\bi'm|\bi’m|\bthis is|\bit's|\bit is)\s+(?P<full>{_FULL})(?=\s*(?:[,.;!:(]|$|-)|\s+(?:and|from|with|here|writing)\b)",
        rf"(?i:\b(?:spoke|speaking|talked|chatted|dealt|dealing|connected|met) (?:to|with)|\bby the name of"
        rf"|\bagent|\badvisor|\badviser|\bmanager|\brepresentative|\brep)\s+(?P<name>{_NAME})",
        rf"(?i:\bmy (?:wife|husband|son|daughter|mother|father|mum|mom|dad|partner|brother|sister|nan|gran|uncle|aunt|friend))"
        rf",?\s+(?P<name>{_NAME})",
        rf"(?i:\b(?:kind |best |warm )?regards|\bsincerely|\byours(?: truly| faithfully)?|\bthanks(?: again)?|\bthank you|\bcheers"
        rf"|\bthx)\s*[,.!-]*\s+(?P<name>{_NAME})\s*[.!]?\s*$",
        rf"\b(?:agent|advis[eo]r|rep|representative|manager|man|woman|guy|lady|person|someone|somebody) named (?P<name>{_NAME})",
        rf"\s[-–—~]\s?(?P<name>{_NAME})\s*$",
    )
)
_NOT_NAMES: Final = frozenset(
    [
        "a",
        "account",
        "again",
        "all",
        "am",
        "amazon",
        "an",
        "and",
        "android",
        "apple",
        "app",
        "are",
        "as",
        "at",
        "august",
        "bank",
        "banking",
        "best",
        "branch",
        "but",
        "by",
        "card",
        "care",
        "cash",
        "chat",
        "credit",
        "customer",
        "day",
        "dear",
        "december",
        "debit",
        "for",
        "friday",
        "from",
        "god",
        "google",
        "had",
        "has",
        "have",
        "hello",
        "help",
        "hi",
        "i",
        "if",
        "in",
        "iphone",
        "is",
        "it",
        "january",
        "july",
        "june",
        "just",
        "letter",
        "march",
        "may",
        "monday",
        "my",
        "never",
        "no",
        "not",
        "november",
        "october",
        "of",
        "ok",
        "on",
        "online",
        "or",
        "our",
        "payment",
        "please",
        "saturday",
        "september",
        "service",
        "so",
        "still",
        "sunday",
        "support",
        "team",
        "thank",
        "thanks",
        "that",
        "the",
        "then",
        "there",
        "these",
        "they",
        "this",
        "thursday",
        "to",
        "today",
        "tuesday",
        "visa",
        "we",
        "wednesday",
        "what",
        "when",
        "where",
        "who",
        "why",
        "will",
        "with",
        "yes",
        "yesterday",
        "you",
        "your",
        "england",
        "london",
        "american",
        "british",
        "english",
        "christmas",
        "easter",
        "april",
        "february",
        "mastercard",
        "paypal",
        "sir",
        "madam",
        "everyone",
        "anyone",
        "someone",
        "nobody",
    ]
)
"""Words that begin with a capital where no name is meant."""


def without_names(text: str, public: Collection[str] = ()) -> tuple[str, int]:
    """A text whose names of people are replaced, and how many they were.

    Args:
        public: names of firms, in lower case; these stay.

    >>> without_names("I spoke to Sarah Connolly at Harborline. Regards, Tom", {"harborline"})
    ('I spoke to [name] at Harborline. Regards, [name]', 2)
    """
    count = 0

    def one(match: re.Match[str]) -> str:
        nonlocal count
        where = "full" if "full" in match.re.groupindex else "name"
        name = _name_in(match[where], public)
        # "I'm Done" in a line of capitals: who introduces himself so gives more than one name
        if not name or (where == "full" and " " not in name):
            return match.group()
        count += 1
        start = match.start(where) - match.start()
        return match.group()[:start] + NAME + match.group()[start + len(name) :]

    for cue in _CUES:
        text = cue.sub(one, text)
    return text, count


def _name_in(found: str, public: Collection[str]) -> str:
    """The part of a match that is a name: up to the first word that cannot be one; empty if that is the first."""
    end = 0
    for word in re.finditer(r"\S+", found):
        plain = word.group().strip(".'’").lower()
        if plain in _NOT_NAMES or any(plain == name or name.startswith(f"{plain} ") for name in public):
            break
        end = word.end()
    return found[:end]
