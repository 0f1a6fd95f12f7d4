"""Alters training rows, so that a teacher can tell a student what it thinks of texts near to them."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import torch

from models.data import Example
from models.encoder import load_encoder, load_tokenizer
from models.text import clean

VARIED: Final = ("twitter_financial_topic", "twitter_financial_sentiment", "sentfin", "banking77")
"""Emotion rows are as many as all others together; copies of those would drown them."""
REWORDED: Final = 0.2
"""Share of the words that give way to one that the encoder reads alike."""
DROPPED: Final = 0.1
SPLICED: Final = 0.25
"""Of the copies that name no entity: the first half of one text and the second half of another."""
NEAR: Final = 8
"""Nearest words that one is drawn from."""
CHUNK: Final = 2_048

_WORD = re.compile(r"[a-z]{2,}")


def variants(examples: Sequence[Example], count: int, seed: int) -> tuple[Example, ...]:
    """Make `count` altered copies of each row of a finance or banking set.

    Words give way to near ones or are left out, or two texts are spliced; an entity's words stay. A copy's label may
    be another than its original's: it has none.

    Args:
        examples: training rows.
        count: copies of each; they are numbered from 0.
        seed: decides the copies.

    Source: Jiao et al. 2020, TinyBERT, sec. 3.3, with the encoder's own word vectors; Tang et al. 2019, sec. 3.3.
    """
    rng = random.Random(f"{seed}/variants")
    rows = [e for e in examples if e.dataset in VARIED] if count else []
    peers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in rows:
        peers[example.dataset, example.task].append(example.text)
    near = _near_words() if rows else {}
    return tuple(
        replace(example, text=_alter(example, peers, near, rng), labels=(), conflict=False, variant=number)
        for number in range(count)
        for example in rows
    )


def _alter(
    example: Example,
    peers: Mapping[tuple[str, str], Sequence[str]],
    near: Mapping[str, Sequence[str]],
    rng: random.Random,
) -> str:
    words = clean(example.text).split()
    if example.entity is None and rng.random() < SPLICED:
        other = clean(rng.choice(peers[example.dataset, example.task])).split()
        words = words[: -(-len(words) // 2)] + other[len(other) // 2 :]
    kept = set(clean(example.entity or "").lower().split())
    altered = []
    for word in words:
        draw = rng.random()
        if word.lower() in kept or draw >= DROPPED + REWORDED:
            altered.append(word)
        elif draw < REWORDED:
            altered.append(rng.choice(near.get(word.lower(), [word])))
    return " ".join(altered or words)


@lru_cache(maxsize=1)
def _near_words() -> dict[str, list[str]]:
    """By word of the encoder's vocabulary: those with the nearest input vectors, by cosine."""
    vocabulary = load_tokenizer(16).get_vocab()
    words = sorted(word for word in vocabulary if _WORD.fullmatch(word))
    with torch.inference_mode():
        embedding = load_encoder().get_input_embeddings()
        rows = embedding(torch.tensor([vocabulary[word] for word in words]))
        vectors = torch.nn.functional.normalize(rows, dim=1)
        found: dict[str, list[str]] = {}
        for start in range(0, len(words), CHUNK):
            nearest = (vectors[start : start + CHUNK] @ vectors.T).topk(1 + NEAR, dim=1).indices.tolist()
            for place, columns in enumerate(nearest):
                word = words[start + place]
                found[word] = [words[column] for column in columns if words[column] != word][:NEAR]
    return found
