"""Groups of near-duplicate texts, so that no group stands on both sides of a split."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 48
ROWS = 3
"""16 bands of 3 rows: a pair with Jaccard 0.7 is a candidate with probability 0.999, one with 0.3 with 0.35."""
SAME = 0.6
"""Jaccard similarity of word pairs from which two texts are one; two templates that share half stay apart."""

_PRIME = np.uint64((1 << 31) - 1)
_NOT_WORDS = re.compile(r"https?://\S+|[@$#]\w+|\d+|[^a-z]+")


def words_of(text: str) -> tuple[str, ...]:
    """What a repost, a new link, another ticker or another figure leaves unchanged."""
    return tuple(_NOT_WORDS.sub(" ", text.lower()).split())


def group(texts: Sequence[str], seed: int = 0) -> list[str]:
    """Name each text's group of near-duplicates.

    Args:
        texts: any number of raw texts; order decides nothing but the order of the result.
        seed: of the MinHash permutations.

    Returns:
        One stable name a text: a hash of the smallest fingerprint in its group.

    Source: Broder 1997, On the resemblance and containment of documents; candidates are verified exactly.
    """
    distinct = sorted({words_of(text) for text in texts})
    parents = list(range(len(distinct)))
    shingles = [_shingles(words) for words in distinct]
    for one, other in _candidates(shingles, seed):
        if _root(parents, one) != _root(parents, other) and _jaccard(shingles[one], shingles[other]) >= SAME:
            low, high = sorted((_root(parents, one), _root(parents, other)))
            parents[high] = low
    names = {words: _name(distinct[_root(parents, index)]) for index, words in enumerate(distinct)}
    return [names[words_of(text)] for text in texts]


def _name(words: tuple[str, ...]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _shingles(words: tuple[str, ...]) -> frozenset[int]:
    """Hashes of the pairs of neighbouring words; empty for fewer than four words, which then match only exactly."""
    if len(words) < 4:
        return frozenset()
    pairs = (f"{first} {second}" for first, second in pairwise(words))
    return frozenset(
        int.from_bytes(hashlib.blake2b(pair.encode(), digest_size=4).digest()) % int(_PRIME) for pair in pairs
    )


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def _candidates(shingles: Sequence[frozenset[int]], seed: int) -> Iterator[tuple[int, int]]:
    """Pairs that share a band of their MinHash signatures; neighbours in a bucket only, the union does the rest."""
    rng = np.random.default_rng(seed)
    scale = rng.integers(1, int(_PRIME), PERMUTATIONS, dtype=np.uint64)
    shift = rng.integers(0, int(_PRIME), PERMUTATIONS, dtype=np.uint64)
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for index, hashes in enumerate(shingles):
        if hashes:
            signature = _signature(hashes, scale, shift)
            for band in range(0, PERMUTATIONS, ROWS):
                buckets[band, signature[band : band + ROWS].tobytes()].append(index)
    for members in buckets.values():
        yield from pairwise(members)
        yield from ((members[0], member) for member in members[2:])


def _signature(hashes: frozenset[int], scale: NDArray[np.uint64], shift: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = np.fromiter(hashes, dtype=np.uint64, count=len(hashes))
    permuted: NDArray[np.uint64] = (values[:, None] * scale[None, :] + shift[None, :]) % _PRIME
    smallest: NDArray[np.uint64] = permuted.min(axis=0)
    return smallest


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index
