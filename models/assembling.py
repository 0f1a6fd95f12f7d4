"""Turns arrays of probabilities into one `Scores` a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.calibration import named_emotions
from core.scoring import FAMILY_OF, EmotionFamily, Scores, Sentiment

Floats = NDArray[np.float64]
Labels = Mapping[str, Sequence[str]]
T = TypeVar("T", bound=str)


def assemble(
    probabilities: Mapping[str, Floats], labels: Labels, thresholds: Sequence[float], version: str
) -> list[Scores]:
    """Whole columns at a time: what Python does for each text is one tuple or two, and the value itself.

    Args:
        probabilities: of topic, sentiment, emotion and intent, each of shape (n, labels of the task); n may be 0.
        labels: by task, in the order of the columns.
        thresholds: by emotion, from where it is named.
        version: of the weights.

    Returns:
        n scores, in the order of the rows.
    """
    topics, topic_p = _best(probabilities["topic"], labels["topic"])
    intents, intent_p = _best(probabilities["intent"], labels["intent"])
    moods = [Sentiment(name) for name in labels["sentiment"]]
    sentiments, _ = _best(probabilities["sentiment"], moods)
    emotion = probabilities["emotion"]
    families = [FAMILY_OF.get(name, EmotionFamily.NEUTRAL) for name in labels["emotion"]]
    return list(
        map(
            Scores,
            repeat(version),
            topics,
            topic_p,
            sentiments,
            zip(*probabilities["sentiment"].T.tolist(), strict=True),
            _named(emotion, labels["emotion"], thresholds),
            [families[column] for column in emotion.argmax(axis=1).tolist()],
            intents,
            intent_p,
        )
    )


def _best(rows: Floats, names: Sequence[T]) -> tuple[list[T], list[float]]:
    """The name of each row's greatest probability, and that."""
    columns = rows.argmax(axis=1)
    return [names[column] for column in columns.tolist()], rows[np.arange(len(rows)), columns].tolist()


def _named(rows: Floats, names: Sequence[str], thresholds: Sequence[float]) -> list[tuple[tuple[str, float], ...]]:
    return [
        tuple([(names[column], row[column]) for column in columns])
        for row, columns in zip(rows.tolist(), named_emotions(rows, thresholds), strict=True)
    ]
