"""Joins headlines of different sentiment into one that names both entities: the entity head has to look at each."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from models.data import Example

JOINTS: Final = ("; ", ", ", ", while ", " as ", " but ", ". ", ", and ")
ATTEMPTS: Final = 3
"""Draws an example; headlines that name the same entity are not joined."""
LONGEST_CHARS: Final = 90
"""Of each half: two long headlines make no likely one."""


def joined_headlines(examples: Sequence[Example], count: int, seed: int) -> tuple[Example, ...]:
    """Make `count` entity examples from training headlines that name one entity each.

    Each joins two headlines of different sentiment, and asks for the entity of either half alike often. It is of the
    data set "joined", in conflict, and for training only.
    """
    rng = random.Random(f"{seed}/joined")
    by_label: dict[int, list[Example]] = defaultdict(list)
    for example in _of_one_entity(examples):
        by_label[example.labels[0]].append(example)
    found: list[Example] = []
    for _ in range(count * ATTEMPTS if len(by_label) > 1 else 0):
        if len(found) == count:
            break
        one, other = (rng.choice(by_label[label]) for label in rng.sample(sorted(by_label), 2))
        if one.entity == other.entity or one.entity is None or other.entity is None:
            continue
        text = one.text.rstrip(" .;") + rng.choice(JOINTS) + other.text
        asked = one if len(found) % 2 else other
        found.append(Example("joined", "entity", text, asked.labels, entity=asked.entity, conflict=True))
    return tuple(found)


def _of_one_entity(examples: Sequence[Example]) -> list[Example]:
    rows = [example for example in examples if example.dataset == "sentfin" and example.task == "entity"]
    named = Counter(example.text for example in rows)
    return [e for e in rows if named[e.text] == 1 and len(e.text) <= LONGEST_CHARS and not e.development]
