"""The start-up check: what a model must answer before it scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.errors import ModelUnusable
from core.scoring import Scores
from models.artefact import read_description
from models.golden import check, golden_texts
from tests.fakes import FakeClassifier
from tests.light_models import GOLDEN, WEIGHTS


class Changed(FakeClassifier):
    """The fake, with something wrong about its answers."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self._changes = changes

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        return [replace(scores, **self._changes) for scores in super().classify(texts)]


class Short(FakeClassifier):
    def classify(self, texts: Sequence[str]) -> list[Scores]:
        return super().classify(texts)[:-1]


def test_a_model_that_answers_rightly_is_fit() -> None:
    check(FakeClassifier(), GOLDEN)


@pytest.mark.parametrize(
    ("classifier", "fault"),
    [
        (Changed(topic_p=float("nan")), "are not numbers from 0 to 1"),
        (Changed(intent_p=float("inf")), "are not numbers from 0 to 1"),
        (Changed(topic_p=1.01), "are not numbers from 0 to 1"),
        (Changed(sentiment_p=(0.5, 0.5, 0.5)), "are not numbers from 0 to 1"),
        (Changed(emotions=(("anger", -0.1),)), "are not numbers from 0 to 1"),
        (Changed(model_version="other"), "bear the version other"),
        (Short(), "3 answers for 4"),
    ],
)
def test_answers_that_are_none_are_found(classifier: FakeClassifier, fault: str) -> None:
    with pytest.raises(ModelUnusable, match=fault):
        check(classifier, GOLDEN)


def test_a_head_that_is_mostly_wrong_and_a_model_that_is_wrong_too_often_are_found() -> None:
    right = [(str(number), "neutral") for number in range(6)]
    wrong = [(str(number), "positive") for number in range(6)]
    with pytest.raises(ModelUnusable, match="2 of 6 golden texts right for sentiment; wrong is '0'"):
        check(FakeClassifier(), {"sentiment": wrong[:4] + right[:2]})
    check(FakeClassifier(), {"sentiment": wrong[:1] + right[:3]})
    with pytest.raises(ModelUnusable, match="5 of 8 golden texts right, and 75% are needed"):
        check(FakeClassifier(), {"sentiment": wrong[:2] + right[:2], "emotion": wrong[:1] + right[:3]})


def test_the_golden_texts_ask_for_labels_that_the_shipped_weights_know() -> None:
    labels = read_description(WEIGHTS).labels
    golden = golden_texts()
    assert set(golden) == {"sentiment", "topic", "emotion", "intent"}
    for head in ("sentiment", "topic", "intent"):
        assert {label for _, label in golden[head]} <= set(labels[head])
    assert sum(map(len, golden.values())) >= 20
