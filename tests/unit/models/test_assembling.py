"""Scores say what the arrays say."""

from __future__ import annotations

import numpy as np

from core.scoring import EmotionFamily, Scores, Sentiment
from models.assembling import assemble

LABELS = {
    "topic": ("Macro", "Markets"),
    "sentiment": ("negative", "neutral", "positive"),
    "emotion": ("anger", "joy", "neutral"),
    "intent": ("card_arrival", "lost_card"),
}
ROWS = {
    "topic": np.array([[0.25, 0.75], [0.9, 0.1]]),
    "sentiment": np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]]),
    "emotion": np.array([[0.6, 0.3, 0.8], [0.1, 0.2, 0.1]]),
    "intent": np.array([[0.5, 0.5], [0.2, 0.8]]),
}


def test_each_row_becomes_its_scores() -> None:
    assert assemble(ROWS, LABELS, (0.5, 0.25, 0.5), "v1") == [
        Scores(
            model_version="v1", topic="Markets", topic_p=0.75, sentiment=Sentiment.NEGATIVE,
            sentiment_p=(0.7, 0.2, 0.1), emotions=(("neutral", 0.8), ("anger", 0.6), ("joy", 0.3)),
            family=EmotionFamily.NEUTRAL, intent="card_arrival", intent_p=0.5,
        ),
        Scores(
            model_version="v1", topic="Macro", topic_p=0.9, sentiment=Sentiment.POSITIVE,
            sentiment_p=(0.1, 0.2, 0.7), emotions=(), family=EmotionFamily.JOY, intent="lost_card", intent_p=0.8,
        ),
    ]  # fmt: skip


def test_no_rows_are_no_scores() -> None:
    assert assemble({task: rows[:0] for task, rows in ROWS.items()}, LABELS, (0.5, 0.25, 0.5), "v1") == []
