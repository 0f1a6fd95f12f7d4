"""Flat arrays hold what the lists held, and a rectangle what `pad` made of them row by row."""

from __future__ import annotations

import numpy as np

from models.batches import Encoded
from models.tokens import flatten, joined, rectangle

ITEMS = [Encoded([5, 6, 7]), Encoded([8, 9], [0, 1]), Encoded([4])]


def test_flat_arrays_hold_every_token() -> None:
    tokens = flatten(ITEMS)
    assert tokens.ids.tolist() == [5, 6, 7, 8, 9, 4]
    assert tokens.starts.tolist() == [0, 3, 5, 6]
    assert tokens.segments is not None
    assert tokens.segments.tolist() == [0, 0, 0, 0, 1, 0]
    assert flatten(ITEMS[:1]).segments is None


def test_a_part_is_what_stood_there() -> None:
    part = flatten(ITEMS).part(1, 3)
    assert part.ids.tolist() == [8, 9, 4]
    assert part.lengths.tolist() == [2, 1]


def test_a_rectangle_takes_rows_in_the_order_asked_for() -> None:
    ids, mask, segments = rectangle(flatten(ITEMS), np.array([2, 1]), multiple=4)
    assert ids.tolist() == [[4, 0, 0, 0], [8, 9, 0, 0]]
    assert mask.tolist() == [[1, 0, 0, 0], [1, 1, 0, 0]]
    assert segments is not None
    assert segments.tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]


def test_parts_are_joined_by_twos() -> None:
    parts = [flatten([item]) for item in ITEMS]
    assert [tokens.ids.tolist() for tokens in joined(parts, 2)] == [[5, 6, 7, 8, 9], [4]]
