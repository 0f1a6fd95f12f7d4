"""Turns texts into padded batches of token ids, sorted by length so that little is padding."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ModelUnusable
from models.text import clean_all
from models.tokens import flatten, rectangle

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

BUCKET_BATCHES = 50
"""Batches sorted together in training: enough for little padding, few enough for mixed batches."""
OVERHEAD_TOKENS = 160
"""What a batch costs on a CPU beside its tokens: with 80 to 160, one thread does 3 % more of the demo's posts than with
batches that are filled one after another, with 400 1 % (256 posts in batches of 1,024 tokens)."""
MASKS = ("[MASK]", "<mask>")
"""What encoders call the token that hides a word."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one text, special tokens included; `segments` is 1 on an entity's tokens."""

    ids: list[int]
    segments: list[int] | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Specials:
    """Token ids of a vocabulary that are no words, and the one that hides a word."""

    ids: tuple[int, ...]
    mask: int


def specials_of(tokenizer: Tokenizer) -> Specials:
    """Raises ModelUnusable: the vocabulary cannot hide a word."""
    mask = next((found for name in MASKS if (found := tokenizer.token_to_id(name)) is not None), None)
    if mask is None:
        raise ModelUnusable("the encoder's vocabulary has no mask token; a masked language model's has")
    return Specials(tuple(sorted(tokenizer.get_added_tokens_decoder())), mask)


def encode(tokenizer: Tokenizer, texts: Sequence[str], entities: Sequence[str | None] | None = None) -> list[Encoded]:
    """Clean and tokenise; a text with an entity becomes the pair (text, entity).

    The entity's closing separator stays in the text's segment, so that pooling sees the entity's words only.
    """
    if entities is None or not any(entities):
        return [Encoded(item.ids) for item in tokenizer.encode_batch_fast(clean_all(texts))]
    cleaned = zip(clean_all(texts), clean_all([entity or "" for entity in entities]), entities, strict=True)
    pairs = [text if entity is None else (text, name or "it") for text, name, entity in cleaned]
    encoded = tokenizer.encode_batch(pairs)
    return [
        Encoded(item.ids, None if entity is None else [int(part == 1) for part in item.sequence_ids])
        for item, entity in zip(encoded, entities, strict=True)
    ]


def pad(items: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor | None]:
    """Token ids, mask and segments, each of shape (n, longest), int64; segments are `None` when no item has any."""
    import torch

    ids, mask, segments = rectangle(flatten(items))
    return torch.from_numpy(ids), torch.from_numpy(mask), None if segments is None else torch.from_numpy(segments)


def hide(ids: Tensor, segments: Tensor | None, share: float, specials: Specials) -> Tensor:
    """Put the mask token in place of a share of the words, drawn by torch's generator; an entity's words stay.

    Args:
        ids: shape (n, t), int64.
        segments: shape (n, t), int64, 1 on an entity's words; or `None`.
        share: in [0, 1).
        specials: of the vocabulary.

    Returns:
        Shape (n, t); special tokens and padding are as they were.
    """
    import torch

    if not share:
        return ids
    hidden = (torch.rand(ids.shape) < share) & ~torch.isin(ids, torch.tensor(specials.ids))
    if segments is not None:
        hidden &= segments == 0
    return torch.where(hidden, specials.mask, ids)


def by_tokens(lengths: Sequence[int], batch_tokens: int, overhead_tokens: int = OVERHEAD_TOKENS) -> list[list[int]]:
    """Indices of one batch after another, longest texts first, each of at most `batch_tokens` padded tokens.

    The cuts are those with the least padding, where one more batch counts as `overhead_tokens` of it.

    Args:
        lengths: each > 0; a text that is longer than `batch_tokens` is a batch of its own.

    >>> [sorted(batch) for batch in by_tokens([3, 9, 4, 10], batch_tokens=20, overhead_tokens=1)]
    [[1, 3], [0, 2]]
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    widths = [lengths[index] for index in order]
    shorter = [place for place, width in enumerate(widths) if place == 0 or width < widths[place - 1]]
    # from the back: the least that the texts from here on cost, and where the first of their batches ends
    least: list[float] = [math.inf] * len(order) + [0]
    ends = [0] * len(order)
    for end in range(len(order), 0, -1):
        if math.isinf(least[end]):
            continue
        # a batch begins where texts become shorter, or is full: between these, a text less would cost no more
        full = bisect_left(range(end - 1), True, key=lambda start: (end - start) * widths[start] <= batch_tokens)
        for start in (full, *shorter[bisect_left(shorter, full + 1) : bisect_left(shorter, end)]):
            cost = least[end] + (end - start) * widths[start] + overhead_tokens
            if cost < least[start]:
                least[start], ends[start] = cost, end
    batches, start = [], 0
    while start < len(order):
        batches.append(order[start : ends[start]])
        start = ends[start]
    return batches


def shuffled(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """One epoch's batches: drawn at random, sorted by length within buckets, in random order again.

    The same seed and epoch give the same batches, so that a resumed run continues the same epoch.
    """
    rng = random.Random(f"{seed}/{epoch}")
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), batch_size * BUCKET_BATCHES):
        bucket = sorted(order[start : start + batch_size * BUCKET_BATCHES], key=lambda i: lengths[i])
        batches += [bucket[at : at + batch_size] for at in range(0, len(bucket), batch_size)]
    rng.shuffle(batches)
    return batches
