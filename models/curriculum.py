"""What one epoch after another reads of the training rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from models.batches import Encoded, encode, shuffled
from models.data import Example
from models.swapping import swap_genders


@dataclass(frozen=True, slots=True)
class Curriculum:
    """The encoded rows, and which of them an epoch reads, in what form."""

    encoded: list[Encoded]
    swapped: dict[int, Encoded]
    """Of rows that name a man or a woman: the same text with genders swapped, read in every second epoch."""
    draws: dict[int, float]
    """Of emotion rows: a number in [0, 1) that decides which epochs read it."""
    share: float
    """Of the emotion rows, which an epoch reads; in (0, 1]."""
    variants: dict[int, int]
    """Of rows that are altered copies: which one of its original's."""

    def rows(self, epoch: int) -> list[int]:
        """Every row, but of the emotions' a share and of its copies one, others in each epoch until all were read."""
        left_out = {row for row, draw in self.draws.items() if (draw - epoch * self.share) % 1.0 >= self.share}
        turn = epoch % (1 + max(self.variants.values(), default=0))
        left_out |= {row for row, variant in self.variants.items() if variant != turn}
        return [row for row in range(len(self.encoded)) if row not in left_out]

    def read(self, row: int, epoch: int) -> Encoded:
        """The row as this epoch reads it."""
        return self.swapped.get(row, self.encoded[row]) if (row + epoch) % 2 else self.encoded[row]

    def batches(self, batch_size: int, seed: int, epoch: int) -> list[list[int]]:
        """One epoch's batches of rows; the same for the same seed and epoch."""
        rows = self.rows(epoch)
        placed = shuffled([len(self.encoded[row]) for row in rows], batch_size, seed, epoch)
        return [[rows[place] for place in batch] for batch in placed]


def curriculum(tokenizer: Tokenizer, examples: Sequence[Example], emotion_share: float, seed: int) -> Curriculum:
    """Encode the training rows and decide what each epoch reads."""
    rng = random.Random(f"{seed}/curriculum")
    emotions = [row for row, example in enumerate(examples) if example.task == "emotion"]
    other = {row: swap_genders(examples[row].text) for row in emotions}
    changed = [row for row, text in other.items() if text != examples[row].text]
    return Curriculum(
        encoded=encode(tokenizer, [e.text for e in examples], [e.entity for e in examples]),
        swapped=dict(zip(changed, encode(tokenizer, [other[row] for row in changed]), strict=True)),
        draws={row: rng.random() for row in emotions},
        share=emotion_share,
        variants={row: e.variant for row, e in enumerate(examples) if e.variant is not None},
    )
