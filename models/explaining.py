"""Which words of a text moved its label: each is left out in turn, and the probabilities are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.classifier import TransformerClassifier
from models.text import clean

MAX_WORDS: Final = 96
"""The model reads about as many tokens; what stands behind them moves nothing."""
MOST_LABELS: Final = 5


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
    labels: tuple[tuple[str, float], ...] = ()
    """The most probable labels with their probabilities, that one first; at most `MOST_LABELS`."""

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
    words, variants = _without_each(text)
    return _explanation(classifier, task, words, classifier.probabilities(task, variants))


def explain_all(classifier: TransformerClassifier, text: str) -> dict[str, Explanation]:
    """As `explain`, what every head says, by head; costs as much as `explain` for one. Raises ModelUnusable."""
    words, variants = _without_each(text)
    return {
        task: _explanation(classifier, task, words, rows)
        for task, rows in classifier.all_probabilities(variants).items()
    }


def _without_each(text: str) -> tuple[list[str], list[str]]:
    """Its words, and the texts to compare: whole, then without each word in turn."""
    words = clean(text).split()[:MAX_WORDS]
    return words, [" ".join(words), *(" ".join(words[:i] + words[i + 1 :]) for i in range(len(words)))]


def _explanation(
    classifier: TransformerClassifier, task: str, words: list[str], probabilities: NDArray[np.float64]
) -> Explanation:
    names = classifier.labels[task]
    order = np.argsort(-probabilities[0], kind="stable")
    best = int(order[0])
    lost = probabilities[0] - probabilities[1:]
    weights = tuple(
        WordWeight(word, float(row[best]), names[int(np.argmax(row))]) for word, row in zip(words, lost, strict=True)
    )
    others = tuple((names[int(column)], float(probabilities[0, column])) for column in order[:MOST_LABELS])
    return Explanation(task, names[best], float(probabilities[0, best]), weights, others)
