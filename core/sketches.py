"""What is kept of one day's posts of one channel, so that days can be compared when the posts themselves are gone.

A sketch has a fixed size, whatever the day held: a mean of features of the sentence vectors, counts of hashed words,
counts of labels and a histogram of how sure the model was. Sketches of several days add up.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.scoring import Scores

Floats = NDArray[np.float64]

BUCKETS: Final = 2_048
"""Of hashed words. Some five thousand distinct words a week share them: a word in 1 % of the posts still stands out."""
FEATURES: Final = 256
WIDTH: Final = 1.0
"""Of the Gaussian kernel, as a distance of unit vectors: unrelated texts are 1.2 to 1.4 apart."""
BINS: Final = 20
HEADS: Final = ("topic", "sentiment", "emotion", "intent")
"""Whose labels are counted; of emotions, the families."""
SURE_HEADS: Final = ("topic", "sentiment", "intent")
"""Whose most probable label has a probability."""
NAMED_SHARE: Final = 0.01
NAMED_WORDS: Final = 300
"""Words in at least 1 % of a day's posts are kept by name, the most frequent first, so that a person is told which."""

_NOT_WORDS: Final = re.compile(r"https?://\S+|www\.\S+|@\w+")
_WORD: Final = re.compile(r"\$?[a-z][a-z'’_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """One day of one channel."""

    day: date
    """Of publication, in UTC."""
    channel: str
    model_version: str
    """Whose labels these are."""
    posts: int
    """Original posts that were judged and are in the sample."""
    words: NDArray[np.uint32]
    """Shape (BUCKETS,): in how many posts a word of the bucket stands."""
    features: Floats
    """Shape (FEATURES,): sum over the posts."""
    labels: Mapping[str, Mapping[str, int]]
    """By head and label: posts."""
    sureness: Mapping[str, tuple[int, ...]]
    """By head: posts by the probability of their most probable label, in BINS equal steps from 0 to 1."""
    named: Mapping[str, int]
    """Posts by word, of the day's frequent words."""


def sketch(
    day: date, channel: str, texts: Sequence[str], scores: Sequence[Scores], vectors: NDArray[np.float32]
) -> Sketch:
    """Make one of a day's posts.

    Args:
        texts: n > 0 texts.
        scores: n, all of one model.
        vectors: shape (n, size), of length 1 each: `core.ports.Embedder` makes them.
    """
    words = np.zeros(BUCKETS, np.uint32)
    counted: Counter[str] = Counter()
    for text in texts:
        found = words_of(text)
        counted.update(found)
        words[list({bucket_of(word) for word in found})] += 1
    least = max(2.0, NAMED_SHARE * len(texts))
    named = {word: count for word, count in counted.most_common(NAMED_WORDS) if count >= least}
    labels = {head: dict(sorted(Counter(_label(head, one) for one in scores).items())) for head in HEADS}
    sureness = {head: _histogram([_sureness(head, one) for one in scores]) for head in SURE_HEADS}
    return Sketch(
        day, channel, scores[0].model_version, len(texts), words, features(vectors).sum(axis=0), labels, sureness, named
    )


def words_of(text: str) -> set[str]:
    """The words of a text, cashtags among them, without links, handles and figures.

    >>> sorted(words_of("RT @desk: $ACME isn't up 3%, see https://t.co/x"))
    ['$acme', "isn't", 'rt', 'see', 'up']
    """
    return set(_WORD.findall(_NOT_WORDS.sub(" ", text.lower())))


@lru_cache(maxsize=65_536)
def bucket_of(word: str) -> int:
    """The bucket of a word; the same on every machine and in every version."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest()) % BUCKETS


def features(vectors: NDArray[np.float32]) -> Floats:
    """Random Fourier features: the distance of two texts' means is their distance under a Gaussian kernel.

    So two days' means are as far apart as their distributions are (maximum mean discrepancy), not only their centres.

    Args:
        vectors: shape (n, size).

    Returns:
        Shape (n, FEATURES), each row of length about 1.

    Source: Rahimi & Recht 2007, Random Features for Large-Scale Kernel Machines; Gretton et al. 2012, A Kernel
    Two-Sample Test. Signs stand in for normal directions: over hundreds of coordinates their sums are normal too.
    """
    angles = vectors.astype(np.float64) @ _directions(vectors.shape[1]).T
    found: Floats = np.concatenate([np.cos(angles), np.sin(angles)], axis=1) / np.sqrt(FEATURES // 2)
    return found


@lru_cache(maxsize=4)
def _directions(size: int) -> Floats:
    """Shape (FEATURES / 2, size); drawn from SHA-256, so that a sketch of last year compares with one of today."""
    wanted = FEATURES // 2 * size
    bytes_ = b"".join(hashlib.sha256(f"drift {number}".encode()).digest() for number in range(-(-wanted // 256)))
    bits = np.unpackbits(np.frombuffer(bytes_, np.uint8))[:wanted]
    signs = 2.0 * bits.astype(np.float64).reshape(FEATURES // 2, size) - 1.0
    found: Floats = signs / WIDTH
    return found


def _label(head: str, scores: Scores) -> str:
    match head:
        case "topic":
            return scores.topic
        case "sentiment":
            return scores.sentiment.value
        case "emotion":
            return scores.family.value
        case _:
            return scores.intent


def _sureness(head: str, scores: Scores) -> float:
    match head:
        case "topic":
            return scores.topic_p
        case "sentiment":
            return max(scores.sentiment_p)
        case _:
            return scores.intent_p


def _histogram(values: Sequence[float]) -> tuple[int, ...]:
    counts, _ = np.histogram(np.clip(values, 0.0, 1.0), BINS, (0.0, 1.0))
    return tuple(int(count) for count in counts)


def pack(array: NDArray[np.uint32] | Floats) -> bytes:
    """An array of a sketch, as it is stored: a few kilobytes at most.

    >>> int(unpack_words(pack(np.arange(BUCKETS, dtype=np.uint32)))[-1])
    2047
    """
    return zlib.compress(array.astype("<u4" if array.dtype == np.uint32 else "<f4").tobytes(), 6)


def unpack_words(data: bytes) -> NDArray[np.uint32]:
    """Raises ValueError or zlib.error: the bytes are not what `pack` wrote."""
    return np.frombuffer(zlib.decompress(data), "<u4").astype(np.uint32).reshape(BUCKETS)


def unpack_features(data: bytes) -> Floats:
    """Raises ValueError or zlib.error: the bytes are not what `pack` wrote."""
    return np.frombuffer(zlib.decompress(data), "<f4").astype(np.float64).reshape(FEATURES)
