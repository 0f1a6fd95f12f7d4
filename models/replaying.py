"""Which rows of the old training data are read again beside new ones, so that nothing is forgotten.

Source: Robins 1995 (rehearsal); Rolnick et al. 2019, Experience Replay for Continual Learning.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from models.data import Example


def replayed(examples: Sequence[Example], count: int, seed: str) -> tuple[Example, ...]:
    """`count` rows, of each data set and task as large a share as it has; another seed draws others.

    Returns:
        In the order of `examples`; all of them where `count` is larger.
    """
    if count >= len(examples):
        return tuple(examples)
    parts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, example in enumerate(examples):
        parts[example.dataset, example.task].append(row)
    rng = random.Random(f"{seed}/replay")
    kept: list[int] = []
    for name in sorted(parts):
        rows = parts[name]
        kept += rng.sample(rows, min(len(rows), max(1, round(count * len(rows) / len(examples)))))
    return tuple(examples[row] for row in sorted(kept))


def beside(examples: Sequence[Example], learnt: Sequence[Example], each: int, seed: str) -> tuple[Example, ...]:
    """Old rows of the tasks that are learnt, `each` for every new row, drawn as `replayed` draws them.

    A head that hears of a thousand old rows and of as many readings of new ones learns that every second text is of
    the new language.
    """
    found: tuple[Example, ...] = ()
    for task, count in sorted(Counter(one.task for one in learnt).items()):
        of_task = [one for one in examples if one.task == task]
        found += replayed(of_task, each * count, f"{seed}/beside/{task}")
    return found
