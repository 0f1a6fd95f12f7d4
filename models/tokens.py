"""Token ids of many texts as flat arrays, and the same laid out as a padded rectangle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from models.batches import Encoded

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """n texts of t tokens together."""

    ids: Ints
    """Shape (t,): one text after another, special tokens included."""
    lengths: Ints
    """Shape (n,), each > 0."""
    segments: Ints | None = None
    """Shape (t,), 1 on an entity's tokens; `None` when no text is a pair."""

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def starts(self) -> Ints:
        """Where each text begins in `ids`, and at last where the last one ends; shape (n + 1,)."""
        starts = np.zeros(len(self.lengths) + 1, dtype=np.int32)
        np.cumsum(self.lengths, out=starts[1:])
        return starts

    def part(self, first: int, last: int) -> Tokens:
        """The texts from `first` to before `last`; no array is copied."""
        starts = self.starts
        begin, end = int(starts[first]), int(starts[last])
        segments = None if self.segments is None else self.segments[begin:end]
        return Tokens(self.ids[begin:end], self.lengths[first:last], segments)


def flatten(items: Sequence[Encoded]) -> Tokens:
    """Put token lists one after another; segments are kept where any item has some."""
    lengths = np.fromiter((len(item.ids) for item in items), dtype=np.int32, count=len(items))
    count = int(lengths.sum())
    ids = np.fromiter(chain.from_iterable(item.ids for item in items), dtype=np.int32, count=count)
    segments = None
    if any(item.segments for item in items):
        marks = chain.from_iterable(item.segments or [0] * len(item.ids) for item in items)
        segments = np.fromiter(marks, dtype=np.int32, count=count)
    return Tokens(ids, lengths, segments)


def joined(parts: Iterable[Tokens], count: int) -> Iterator[Tokens]:
    """Every `count` parts in one, and what is left at the end; without segments."""
    parts = iter(parts)
    while some := list(islice(parts, count)):
        yield Tokens(np.concatenate([part.ids for part in some]), np.concatenate([part.lengths for part in some]))


def rectangle(
    tokens: Tokens, rows: Longs | Sequence[int] | slice = slice(None), multiple: int = 1
) -> tuple[Longs, Longs, Longs | None]:
    """Ids, mask and segments of some texts, one a row, zeros behind each.

    Args:
        tokens: at least one text.
        rows: which texts, in which order.
        multiple: the width is the longest text's tokens, rounded up to a multiple of this.

    Returns:
        Each of shape (rows, width), int64; segments are `None` where `tokens` has none.

    >>> rectangle(Tokens(np.array([7, 8, 9], np.int32), np.array([2, 1], np.int32)))[0].tolist()
    [[7, 8], [9, 0]]
    """
    lengths = tokens.lengths[rows]
    places = np.arange(-(-int(lengths.max()) // multiple) * multiple)
    inside = places < lengths[:, None]
    flat = (tokens.starts[:-1][rows][:, None] + places)[inside]
    mask = inside.astype(np.int64)
    return _laid_out(tokens.ids, flat, inside), mask, _laid_out_or_none(tokens.segments, flat, inside)


def _laid_out(values: Ints, flat: Longs, inside: NDArray[np.bool_]) -> Longs:
    found = np.zeros(inside.shape, dtype=np.int64)
    found[inside] = values[flat]
    return found


def _laid_out_or_none(values: Ints | None, flat: Longs, inside: NDArray[np.bool_]) -> Longs | None:
    return None if values is None else _laid_out(values, flat, inside)
