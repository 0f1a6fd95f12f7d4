"""Which words of a text moved its label: each is left out in turn, and the probabilities are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.classifier import TransformerClassifier
from models.text import clean

MAX_WORDS: Final = 96
"""The model reads about as many tokens; what stands behind them moves nothing."""


@dataclass(frozen=True, slots=True)
class WordWeight:
    """One word of the cleaned text, in its place."""

    word: str
    weight: float
    """How much of the label's probability is lost without the word, -1 to 1; negative when it spoke against it."""
    toward: str
    """The label that loses most without the word: what it speaks for."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The most probable label of one head, and what each word did to it, in the order of the text."""

    task: str
    label: str
    probability: float
    words: tuple[WordWeight, ...]

    def strongest(self, count: int) -> tuple[WordWeight, ...]:
        """The words that speak most for the label, strongest first."""
        return tuple(sorted(self.words, key=lambda word: -word.weight)[:count])


def explain(classifier: TransformerClassifier, text: str, task: str) -> Explanation:
    """Explain one head's label of one text; costs one pass over as many texts as it has words.

    Args:
        classifier: loaded.
        text: cleaned here; words behind the first 96 are not looked at.
        task: topic, sentiment, emotion or intent.

    Returns:
        An explanation with one entry a word; none for a text that is empty once cleaned.

    Raises:
        ModelUnusable: the device fails.

    Source: occlusion, as Zeiler & Fergus 2014, sec. 4.2; Li et al. 2016, Understanding Neural Networks through
    Representation Erasure.
    """
    words = clean(text).split()[:MAX_WORDS]
    variants = [" ".join(words), *(" ".join(words[:i] + words[i + 1 :]) for i in range(len(words)))]
    probabilities = classifier.probabilities(task, variants)
    names = classifier.labels[task]
    best = int(probabilities[0].argmax())
    lost = probabilities[0] - probabilities[1:]
    weights = tuple(
        WordWeight(word, float(row[best]), names[int(np.argmax(row))]) for word, row in zip(words, lost, strict=True)
    )
    return Explanation(task, names[best], float(probabilities[0, best]), weights)
