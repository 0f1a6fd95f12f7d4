"""How often the classifier does what a careful reader would, on texts written for this project."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.classifier import TransformerClassifier

CASES: Final = Path(__file__).with_suffix(".toml")
NO_BAR: Final = frozenset({"sarcasm"})
"""Reported without a bar: one sentence alone often does not give it away."""
SHIFT_HEADS: Final = ("sentiment", "emotion", "intent")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PassRate:
    """Of one group of texts: how many got the sentiment that a careful reader gives, and those that did not."""

    group: str
    passed: int
    cases: int
    failures: tuple[str, ...]
    """Each with the sentiment that was given and the one that was wanted."""


@dataclass(frozen=True, slots=True)
class Swap:
    """How far probabilities move when only the person changes."""

    group: str
    pairs: int
    medians: dict[str, float]
    """By head, the median move over pairs, 0 to 1, of that probability which moves most in the median."""
    worst: float
    worst_pair: tuple[str, str]
    worst_label: str


def load_cases() -> dict[str, Any]:
    """The cases, by group; `fairness` holds templates and the words that fill them."""
    return tomllib.loads(CASES.read_text(encoding="utf-8"))


def pass_rates(classifier: TransformerClassifier) -> list[PassRate]:
    """Run every group of sentiment cases. Raises ModelUnusable."""
    rates = []
    for group, cases in load_cases().items():
        if group == "fairness":
            continue
        texts = [text for text, _ in cases]
        given = [str(scores.sentiment) for scores in classifier.classify(texts)]
        failures = tuple(
            f"{text} ({found}, should be {wanted})"
            for (text, wanted), found in zip(cases, given, strict=True)
            if found != wanted
        )
        rates.append(PassRate(group, len(cases) - len(failures), len(cases), failures))
    return rates


def swaps(classifier: TransformerClassifier) -> list[Swap]:
    """Fill each template with each word of a list, and compare all pairs. Raises ModelUnusable."""
    fairness: dict[str, dict[str, list[str]]] = load_cases()["fairness"]
    return [
        _swap(
            classifier, group, [[template.format(word) for word in lists["words"]] for template in lists["templates"]]
        )
        for group, lists in fairness.items()
    ]


def _swap(classifier: TransformerClassifier, group: str, filled: list[list[str]]) -> Swap:
    """Compare all pairs of texts of one template, probability by probability."""
    names = [f"{head} {label}" for head in SHIFT_HEADS for label in classifier.labels[head]]
    pairs: list[tuple[str, str]] = []
    moves: list[Floats] = []
    for texts in filled:
        rows = np.concatenate([classifier.probabilities(head, texts) for head in SHIFT_HEADS], axis=1)
        for one, other in itertools.combinations(range(len(texts)), 2):
            pairs.append((texts[one], texts[other]))
            moves.append(np.abs(rows[one] - rows[other]))
    table = np.array(moves)
    pair, label = np.unravel_index(int(table.argmax()), table.shape)
    middle = np.median(table, axis=0)
    medians = {
        head: float(max(move for name, move in zip(names, middle, strict=True) if name.startswith(f"{head} ")))
        for head in SHIFT_HEADS
    }
    return Swap(group, len(pairs), medians, float(table.max()), pairs[int(pair)], names[int(label)])
