"""What is to be expected of a labelled text: what the champion says, and what the nearest texts bear."""

from __future__ import annotations

from collections.abc import Sequence
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
Floats = NDArray[np.float32]


def opinions(classifier: TransformerClassifier, rows: Sequence[Row], base: Sequence[Example]) -> dict[int, Opinion]:
    """An opinion on each row, by its place; a task without training texts has none.

    Near texts are sought among the training rows and the other labelled rows. So where the language is new, those in
    the new language speak for each other, and where it is the old one, the training rows outnumber whoever flipped
    labels. Likeness is the cosine of the published encoder's vectors: what the champion learnt wrongly does not decide
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
            of_task = _of_task(classifier, task, [rows[place] for place in places], known)
            found |= dict(zip(places, of_task, strict=True))
    return found


def _of_task(
    classifier: TransformerClassifier, task: str, rows: Sequence[Row], base: Sequence[Example]
) -> list[Opinion]:
    names = classifier.labels[task]
    texts = [row.text for row in rows]
    bear = [row.value for row in rows] + [tuple(names[label] for label in example.labels) for example in base]
    asked = _vectors(classifier, texts)
    nearest = _nearest(asked, np.concatenate([asked, _vectors(classifier, [example.text for example in base])]))
    found = []
    for row, near in zip(classifier.probabilities(task, texts), nearest, strict=True):
        label = names[int(row.argmax())]
        found.append(Opinion(label, float(row.max()), float(np.mean([label in bear[index] for index in near]))))
    return found


def _vectors(classifier: TransformerClassifier, texts: Sequence[str]) -> Floats:
    parts = [classifier.embed(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]
    return np.concatenate(parts)


def _nearest(asked: Floats, known: Floats) -> NDArray[np.int64]:
    """Places of the nearest known vectors, shape (n, NEIGHBOURS) or fewer columns where fewer are known.

    Row n of `asked` is row n of `known`, too, and is never its own neighbour.
    """
    likeness = asked @ known.T
    likeness[np.arange(len(asked)), np.arange(len(asked))] = -np.inf
    return np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]
