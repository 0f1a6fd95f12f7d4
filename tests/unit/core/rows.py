"""Settled labels for tests: everything has a sensible default, and a test names only what it is about."""

from __future__ import annotations

from typing import Any

from core.snapshots import Row, Vote
from tests.builders import NOON

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "inlet", "jetty", "knoll")


def text_of(number: int) -> str:
    """A text of eight words that shares next to no neighbours with another number's."""
    return " ".join(f"{WORDS[(number * 7 + place * 5) % 11]}{number}" for place in range(8))


def make_row(number: int = 0, value: str = "negative", by: str = "ann", **changes: Any) -> Row:
    """One new sentiment label, as one person gave it; every third is held back."""
    values: dict[str, Any] = {
        "post_id": f"{number:032x}",
        "task": "sentiment",
        "value": (value,),
        "text": text_of(number),
        "channel": "social",
        "language": "en",
        "labelled_at": NOON,
        "votes": (Vote(by, (value,)),),
        "is_new": True,
        "held_back": number % 3 == 0,
    }
    return Row(**(values | changes))


def make_rows(count: int, first: int = 0, by: str = "ann", **changes: Any) -> list[Row]:
    """Labels that change from one to the next, so that none prevails."""
    names = ("negative", "neutral", "positive")
    return [make_row(n, names[n % 3], by, **changes) for n in range(first, first + count)]
