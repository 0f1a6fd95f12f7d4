"""The recurrent baseline learns what a text's order says, the same each time."""

from __future__ import annotations

import numpy as np

from models.data import Example
from models.recurrent import recurrent

FIRMS = [
    f"{first}{second} {third}" for first in "bcdfg" for second in ("ana", "elo", "iru") for third in ("co", "bank")
]


def rows(firms: list[str]) -> list[Example]:
    """Both labels have the same words; only their order differs."""
    return [
        Example("x", "sentiment", f"{firm} {words}", (label,))
        for firm in firms
        for label, words in ((0, "went from profit to loss"), (1, "went from loss to profit"))
    ]


def test_it_tells_texts_apart_by_their_order_alone_and_repeats_itself() -> None:
    train, unseen = rows(FIRMS[:-4] * 30), rows(FIRMS[-4:])
    logits = recurrent("sentiment", train, unseen, 2)
    assert (logits.argmax(axis=1) == [row.labels[0] for row in unseen]).all()
    np.testing.assert_array_equal(logits, recurrent("sentiment", train, unseen, 2))
