"""The start-up check of a model: whether it is fit to score, by texts whose labels any fit model gets right mostly."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from core.errors import ModelUnusable
from core.ports import Classifier
from core.scoring import Scores

FILE: Final = Path(__file__).with_suffix(".toml")
LEAST_RIGHT: Final = 0.75
"""Of all golden texts. The shipped weights get 24 of 24 right; with random heads 2 or 3, and with noise as large as
the encoder's weights 1."""
LEAST_RIGHT_OF_A_HEAD: Final = 0.5

Golden = Mapping[str, Sequence[tuple[str, str]]]
"""By head, texts with their labels; of emotion, the family."""


def golden_texts() -> Golden:
    """Those that ship."""
    heads = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {head: [(text, label) for text, label in lines] for head, lines in heads.items()}


def check(classifier: Classifier, golden: Golden | None = None) -> None:
    """Ask a model the golden texts.

    Raises:
        ModelUnusable: an answer is missing, a probability is no number from 0 to 1, or too few labels are right. Says
            which and how many.
    """
    heads = golden_texts() if golden is None else golden
    texts = [text for lines in heads.values() for text, _ in lines]
    answers = classifier.classify(texts)
    if len(answers) != len(texts):
        raise ModelUnusable(f"it gives {len(answers)} answers for {len(texts)} golden texts")
    for text, scores in zip(texts, answers, strict=True):
        if scores.model_version != classifier.version:
            raise ModelUnusable(f"its scores bear the version {scores.model_version}, not {classifier.version}")
        if not _is_sound(scores):
            raise ModelUnusable(f"its probabilities for the golden text {text!r} are not numbers from 0 to 1")
    given = iter(answers)
    wrong = {
        head: [text for text, label in lines if _label(head, next(given)) != label] for head, lines in heads.items()
    }
    for head, texts_wrong in wrong.items():
        if len(texts_wrong) > (1 - LEAST_RIGHT_OF_A_HEAD) * len(heads[head]):
            right = len(heads[head]) - len(texts_wrong)
            raise ModelUnusable(
                f"it gets {right} of {len(heads[head])} golden texts right for {head}; wrong is {texts_wrong[0]!r}"
            )
    right = len(texts) - sum(map(len, wrong.values()))
    if right < LEAST_RIGHT * len(texts):
        raise ModelUnusable(f"it gets {right} of {len(texts)} golden texts right, and {LEAST_RIGHT:.0%} are needed")


def _label(head: str, scores: Scores) -> str:
    return str(scores.family) if head == "emotion" else str(getattr(scores, head))


def _is_sound(scores: Scores) -> bool:
    single = (scores.topic_p, scores.intent_p, *(p for _, p in scores.emotions))
    all_of_them = (*single, *scores.sentiment_p)
    return all(math.isfinite(p) and 0.0 <= p <= 1.0 for p in all_of_them) and (
        abs(sum(scores.sentiment_p) - 1.0) < 1e-3
    )
