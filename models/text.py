"""The one place where a text is made ready for the model; training and inference both pass through it."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

MAX_CHARS = 4_000
"""More than any 128 tokens hold; what stands behind it is never read, so it is not cleaned either."""

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_REPOST = re.compile(r"^\s*RT\s+@\w+:?\s*")
_ADDRESSEES = re.compile(r"^(?:\s*@\w+)+\s+(?=\S)")
_MASK = re.compile(r"\b(?:X{2,}(?:[\s/]+|$)){2,}")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{3,}")
_SPACES = re.compile(r"\s+")
_SYMBOL = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff]|[\U0001f3fb-\U0001f3ff]")


def clean(text: str) -> str:
    """Drop what carries no meaning and spell out what the vocabulary lacks.

    Links, repost marks and leading addressees go; HTML entities are decoded; an emoji becomes its Unicode name,
    since the encoder's vocabulary has none; runs of a letter shrink to three; runs of XXXX masks to one.

    >>> clean("RT @desk: $ACME &amp; peers soooooo low 😡 https://t.co/x")
    '$ACME & peers sooo low pouting face'
    """
    text = html.unescape(text[:MAX_CHARS])
    text = _URL.sub(" ", text)
    text = _ADDRESSEES.sub("", _REPOST.sub("", text))
    text = _SYMBOL.sub(_spell, _INVISIBLE.sub("", text))
    text = _DRAWN_OUT.sub(r"\1\1\1", _MASK.sub("XXXX ", text))
    return _SPACES.sub(" ", text).strip()


def _spell(match: re.Match[str]) -> str:
    return f" {_name_of(match.group())} "


@lru_cache(maxsize=4_096)
def _name_of(symbol: str) -> str:
    return unicodedata.name(symbol, "").lower()
