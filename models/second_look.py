"""What is to be expected of a labelled text: what the champion says, and what the nearest training texts bear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.label_noise import Opinion
from core.snapshots import Row
from models.classifier import TransformerClassifier
from models.data import Example

NEIGHBOURS: Final = 8
MOST_COMPARED: Final = 4_000
"""Training texts of one task that a text is compared with."""
CHUNK: Final = 512


def opinions(classifier: TransformerClassifier, rows: Sequence[Row], base: Sequence[Example]) -> dict[int, Opinion]:
    """An opinion on each row, by its place; a task without training texts has none.

    Likeness is the cosine of the published encoder's vectors, so that what the champion learnt wrongly does not decide
    which texts are near.

    Args:
        classifier: the champion.
        rows: labelled.
        base: training rows; of each task the first `MOST_COMPARED` count.

    Raises:
        ModelUnusable: the device fails.
    """
    found: dict[int, Opinion] = {}
    for task in sorted({row.task for row in rows}):
        places = [place for place, row in enumerate(rows) if row.task == task]
        known = [example for example in base if example.task == task][:MOST_COMPARED]
        if known:
            found |= _of_task(classifier, task, {place: rows[place].text for place in places}, known)
    return found


def _of_task(
    classifier: TransformerClassifier, task: str, texts: Mapping[int, str], known: Sequence[Example]
) -> dict[int, Opinion]:
    names = classifier.labels[task]
    asked = list(texts.values())
    probabilities = classifier.probabilities(task, asked)
    nearest = _nearest(_vectors(classifier, asked), _vectors(classifier, [example.text for example in known]))
    found = {}
    for place, row, near in zip(texts, probabilities, nearest, strict=True):
        best = int(row.argmax())
        support = float(np.mean([best in known[index].labels for index in near]))
        found[place] = Opinion(names[best], float(row[best]), support)
    return found


def _vectors(classifier: TransformerClassifier, texts: Sequence[str]) -> NDArray[np.float32]:
    parts = [classifier.embed(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]
    return np.concatenate(parts)


def _nearest(asked: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places of the nearest known vectors, shape (n, NEIGHBOURS) or fewer columns where fewer are known."""
    return np.argsort(-(asked @ known.T), axis=1, kind="stable")[:, :NEIGHBOURS]
