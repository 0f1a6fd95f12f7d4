"""VADER: what a list of words and a few rules make of a text's sentiment, without any training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.data import Example

CUT: Final = 0.05
"""From this compound score on a text is positive, from its negative on negative: the authors' own rule."""
SHARPNESS: Final = 10.0
"""Turns compound scores, -1 to 1, into logits; the fitted temperature takes care of the rest."""


def vader(rows: Sequence[Example]) -> NDArray[np.float32]:
    """Logits of negative, neutral and positive, shape (rows, 3), whose largest is the label by VADER's rule.

    Source: Hutto & Gilbert 2014, VADER: a parsimonious rule-based model for sentiment analysis of social media text.
    """
    from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
        SentimentIntensityAnalyzer,
    )

    analyzer = SentimentIntensityAnalyzer()
    return logits_of_compound([analyzer.polarity_scores(row.text)["compound"] for row in rows])


def logits_of_compound(compound: Sequence[float]) -> NDArray[np.float32]:
    """Three logits a score.

    >>> logits_of_compound([-0.05, 0.0, 0.05]).argmax(axis=1).tolist()
    [0, 1, 2]
    """
    scores = np.array(compound, dtype=np.float64)
    beyond = CUT - 1e-6  # a score at the cut itself is no longer neutral
    columns = (-scores - beyond, np.zeros_like(scores), scores - beyond)
    return (SHARPNESS * np.stack(columns, axis=1)).astype(np.float32)
