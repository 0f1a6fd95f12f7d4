"""Which texts say the same in nearly the same words: a repost, a bot's variation, one agency's story in two papers.

Two texts are near-duplicates when their pairs of neighbouring words overlap by 0.7 or more (Jaccard), short ones by
0.85, and they name the same figures and cashtags: "up 3%" and "up 5%" are two pieces of news, and two customers who
complain in nine words, of which eight are the same, are two customers. Candidates are found by MinHash and bands, which
a database can look up, and are then compared exactly. The figures are part of every band, so that a thousand posts of
one template ("TICKER closes at 31.20") are no candidates for each other.

Source: Broder 1997, On the resemblance and containment of documents; Leskovec et al. 2014, Mining of Massive Datasets,
ch. 3 (bands).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAME: Final = 0.7
"""Least overlap of texts of at least `LONG` pairs."""
LONG: Final = 12
SAME_SHORT: Final = 0.85
"""Least overlap of shorter ones: a word more at an end, and no other word in its place."""
LEAST_WORDS: Final = 6
"""Shorter texts are the same only when their fingerprints are (core.posts)."""
MOST_WORDS: Final = 400
"""An article that is the same so far is the same."""
BANDS: Final = 20
ROWS: Final = 4
"""A pair that overlaps by 0.7 shares a band with probability 0.996, by 0.8 with 0.99997, by 0.3 with 0.15."""

_PRIME: Final = np.uint64((1 << 31) - 1)
_CUT_OFF = re.compile(r"\.{2,}$|\S*…$")
_TRIMMINGS = re.compile(r"https?://\S+|@\w+|\brt\b")
_NOT_WORDS = re.compile(r"[^\w$%]+")
_FIGURE = re.compile(r"\$[a-z]{1,6}\b|\d[\w%]*")


@dataclass(frozen=True, slots=True)
class Mark:
    """What of a text is compared."""

    pairs: frozenset[int]
    """Hashes of neighbouring words, below 2^31 - 1."""
    figures: frozenset[str]
    bands: tuple[int, ...]
    """Signed 64-bit numbers, one a band; two marks that share one are candidates."""

    def overlap(self, other: Mark) -> float:
        """Jaccard similarity of the pairs, 0 to 1."""
        return len(self.pairs & other.pairs) / len(self.pairs | other.pairs)

    def is_same(self, other: Mark) -> bool:
        """Whether two texts are near-duplicates; by the figures first, which is cheap."""
        return self.figures == other.figures and self.overlap(other) >= least_overlap(len(self.pairs), len(other.pairs))


def least_overlap(pairs: int, others: int) -> float:
    """How much two texts of so many pairs must overlap to be the same.

    >>> least_overlap(30, 12), least_overlap(30, 11)
    (0.7, 0.85)
    """
    return SAME if min(pairs, others) >= LONG else SAME_SHORT


@lru_cache(maxsize=4096)
def mark(text: str) -> Mark | None:
    """What of a text is compared; `None` when it is too short.

    >>> one = mark("RT @desk: Harborline says its app is down for customers in the north https://t.co/x")
    >>> other = mark("Harborline says its app is down for customers in the north")
    >>> one is not None and other is not None and one.is_same(other)
    True
    >>> mark("so angry about this bank")
    """
    said = text.lower()
    if "…" in said or ".." in said:
        said = _CUT_OFF.sub(" ", said)
    words = _NOT_WORDS.sub(" ", _TRIMMINGS.sub(" ", said)).split()[:MOST_WORDS]
    if len(words) < LEAST_WORDS:
        return None
    pairs = _hashes([f"{first} {second}" for first, second in pairwise(words)])
    figures = frozenset([word for word in words if not word.isalpha() and _FIGURE.fullmatch(word)])
    figured = _hashed(" ".join(sorted(figures))) if figures else 0
    return Mark(frozenset(pairs.tolist()), figures, _bands(pairs, figured))


def _bands(pairs: NDArray[np.uint64], figures: int) -> tuple[int, ...]:
    scale, shift, weights, salt = _permutations()
    # products stay below 2^62
    signature = ((pairs[:, None] * scale + shift) % _PRIME).min(axis=0).reshape(BANDS, ROWS)
    mixed = signature @ weights + salt + np.uint64(figures << 17)
    mixed ^= mixed >> np.uint64(32)
    return tuple(mixed.astype(np.int64).tolist())


def _hashed(text: str) -> int:
    return int(_hashes([text])[0])


def _hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Shape (texts,), each below `_PRIME`."""
    digests = b"".join([hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts])
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64) % _PRIME


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]:
    """The same in every process and version: what is stored stays comparable."""
    scale, shift = _hashes([f"permutation {n}" for n in range(2 * BANDS * ROWS)]).reshape(2, BANDS * ROWS)
    weights = np.array([_hashed(f"row {n}") << 32 | 1 for n in range(ROWS)], np.uint64)
    salt = np.array([_hashed(f"band {n}") << 33 for n in range(BANDS)], np.uint64)
    return np.maximum(scale, np.uint64(1)), shift, weights, salt


@dataclass(slots=True)
class Index:
    """Texts by their bands, in the order in which they were added."""

    marks: list[tuple[str, Mark]] = field(default_factory=list)
    _first: dict[int, int] = field(default_factory=dict)
    """By band, the place of the first text that has it."""
    _others: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The places of the others, where there are any."""

    def add(self, name: str, one: Mark) -> None:
        """Names may be anything; each is added once."""
        place = len(self.marks)
        for band in one.bands:
            if self._first.setdefault(band, place) != place:
                self._others[band].append(place)
        self.marks.append((name, one))

    def same(self, one: Mark) -> Iterator[str]:
        """The names of near-duplicates, the first that was added first."""
        shared = self._first.keys() & one.bands  # nearly always none
        near = sorted({self._first[band] for band in shared}.union(*(self._others.get(band, ()) for band in shared)))
        return (self.marks[index][0] for index in near if self.marks[index][1].is_same(one))


def pairs_of(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Every pair of near-duplicates that the bands find, by the texts' places, the smaller first."""
    index = Index()
    for place, text in enumerate(texts):
        one = mark(text)
        if one is not None:
            yield from ((int(name), place) for name in index.same(one))
            index.add(str(place), one)


def all_bands(texts: Iterable[str]) -> tuple[int, ...]:
    """The bands of all texts that have any, each once."""
    return tuple({band for text in texts if (one := mark(text)) is not None for band in one.bands})
