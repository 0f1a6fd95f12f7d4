"""Labels that people settled, as training rows beside the data sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from core.errors import SetupError
from core.snapshots import Row
from models.data import Example, polarity

DATASET: Final = "labels"


def examples_of(rows: Iterable[Row], labels: Mapping[str, Sequence[str]]) -> tuple[Example, ...]:
    """One example a row, in their order.

    Raises:
        SetupError: a label is none of the model's; validation names those before.
    """
    return tuple(_example(row, labels[row.task]) for row in rows)


def _example(row: Row, names: Sequence[str]) -> Example:
    try:
        ids = tuple(names.index(name) for name in row.value)
    except ValueError:
        raise SetupError(f"the label of {row.task} for post {row.post_id} is none that the model knows") from None
    shared = polarity(row.value) if row.task == "emotion" else None
    return Example(DATASET, row.task, row.text, ids, polarity=shared)


def label_shares(examples: Iterable[Example], labels: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """By task, the share of its rows that bear each label; of emotions a row has several."""
    rows: Counter[str] = Counter()
    counts: dict[str, Counter[int]] = {task: Counter() for task in labels}
    for example in examples:
        rows[example.task] += 1
        counts[example.task].update(example.labels)
    return {
        task: {name: counts[task][index] / max(rows[task], 1) for index, name in enumerate(names)}
        for task, names in labels.items()
    }
