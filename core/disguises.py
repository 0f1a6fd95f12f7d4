"""A text as its reader reads it: without what hides words from a rule, be it a trick or a broken keyboard."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u043a\u043c\u0442\u0432\u043d"
    "\u03b1\u03b5\u03bf\u03c1\u03c4\u03c5\u03b9\u03ba\u03bd",
    "aeopcyxijshdkmtbhaeoptuikv",
)
"""Cyrillic and Greek letters that look like Latin ones, in lower case."""
_DIGITS: Final = str.maketrans("013457@$", "oieastas")
_HIDDEN: Final = frozenset({"Cf", "Cc", "Co", "Cn", "Mn", "Me"})
"""Unicode's categories of signs that cannot be seen, and of marks that pile up on letters."""
_CONTROL: Final = {
    code: None for code in range(128) if unicodedata.category(chr(code)) in _HIDDEN and not chr(code).isspace()
}
"""What of ASCII is hidden."""

_MARKUP: Final = frozenset("<>{}[]|*_#`~^\\")
_TYPE: Final = frozenset("’‘“”–—…")

_MIXED = re.compile(r"[^\W_]*[a-z][^\W_]*")
_LEET = re.compile(r"\b[a-z]+[013457@$][a-z0-9@$]*[a-z]\b")
_SPACED = re.compile(r"(?<![^\W_])[a-z]([ .*_-])(?:[a-z]\1){2,}[a-z](?![^\W_])")


def undisguised(text: str) -> str:
    """A text in lower case and plain letters.

    Marks on letters go too, so "é" is read as "e"; the result is to be searched, not shown.

    >>> undisguised("I w\\u200bant to K1LL m\\u0443self"), undisguised("say r.e.f.u.n.d, it\\u2019s ｏｋ")
    ('i want to kill myself', "say refund, it's ok")
    """
    if text.isascii():
        text = text.translate(_CONTROL).lower()
    else:
        text = unicodedata.normalize("NFKD", text).replace("’", "'").replace("‘", "'")
        text = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign) not in _HIDDEN).lower()
        text = _MIXED.sub(lambda word: word.group().translate(_LOOKALIKES), text)
    text = _LEET.sub(lambda word: word.group().translate(_DIGITS), text)
    return _SPACED.sub(lambda run: re.sub(r"[ .*_-]", "", run.group()), text)


def signs_in(text: str, plan: str) -> tuple[str, ...]:
    """The signs in a text that its plan has no use for: unseen ones, other alphabets, markup; by name, once each.

    >>> signs_in("re\\u200bfund", "refund"), signs_in("r\\u0435fund **now**", "refund"), signs_in("We’re – so.", "")
    (('ZERO WIDTH SPACE',), ('CYRILLIC SMALL LETTER IE', 'ASTERISK'), ())
    """
    odd = [sign for sign in text if sign not in plan and (sign in _MARKUP or not (sign.isascii() or sign in _TYPE))]
    odd += [sign for sign in text if unicodedata.category(sign) == "Cc" and sign != "\n"]
    return tuple(dict.fromkeys(unicodedata.name(sign, f"U+{ord(sign):04X}") for sign in odd))
