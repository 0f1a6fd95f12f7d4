"""What two artefacts say of the same frozen texts, set by set and slice by slice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.calibration import emotion_probabilities, softmax
from core.evaluation import Bools, Floats, calibration_error, membership
from core.gate import Pair
from core.paired import LEAST_SLICE, Answers, Comparison, Score, compare, compare_likelihoods, pooled, single
from models import artefact
from models.data import Example
from models.development import CrossFitted, Logits, cross_fit, development_logits
from models.encoder import load_tokenizer
from models.grouping import group, words_of

LEAST_CHANCE: Final = 0.001
"""What a model holds for less likely counts as this much, so that one label, perhaps a wrong one, decides nothing."""
SHORT_WORDS: Final = 8
LONG_WORDS: Final = 20
SLICES: Final[Mapping[str, Callable[[Example], bool]]] = {
    f"up to {SHORT_WORDS} words": lambda e: len(words_of(e.text)) <= SHORT_WORDS,
    f"{LONG_WORDS} words or more": lambda e: len(words_of(e.text)) >= LONG_WORDS,
    "with a cashtag": lambda e: re.search(r"\$[A-Za-z]", e.text) is not None,
    "with a figure": lambda e: re.search(r"\d", e.text) is not None,
    "with a question": lambda e: "?" in e.text,
    "with a link": lambda e: "http" in e.text,
    "whose entities disagree": lambda e: e.conflict,
}
"""By what is seen in a text, never by its label: a model that trades one label for another moves those."""
NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("twitter_financial_topic", "topic"): "topic, finance tweets",
    ("twitter_financial_sentiment", "sentiment"): "sentiment, finance tweets",
    ("sentfin", "sentiment"): "sentiment, headlines",
    ("sentfin", "entity"): "entity, headlines",
    ("goemotions", "emotion"): "emotion, Reddit comments",
    ("banking77", "intent"): "intent, bank customers",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What both models say in service of n texts of one task that people labelled."""

    answers: Answers
    champion: Floats
    """Log-likelihoods, shape (n,), as `Asked.likelihoods` gives them."""
    candidate: Floats


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both models on the same texts."""

    frozen: tuple[Comparison, ...]
    slices: tuple[Comparison, ...]
    calibration: tuple[Pair, ...]
    """Expected calibration error by head, cross-fitted."""
    new_labels: Comparison | None
    """Macro-F1 on all new labels that were held back, each task weighted by its texts."""
    new_likelihood: Comparison | None
    """The log-likelihood on the same ones."""
    new_by_task: tuple[Comparison, ...]


class Asked:
    """One artefact, loaded to be asked about texts of its heads."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelUnusable."""
        self.description = artefact.read_description(folder)
        self._network = artefact.load_network(folder, self.description)
        self._tokenizer = load_tokenizer(self.description.max_tokens, self.description.encoder)

    def logits(self, examples: Sequence[Example]) -> dict[str, tuple[list[Example], Logits]]:
        """By task, its examples and their logits; tasks without examples are missing."""
        found = development_logits(self._network, self._tokenizer, examples) if examples else {}
        return {task: (rows, values) for task, (rows, values) in found.items() if rows}

    def named(self, task: str, logits: Logits) -> Bools:
        """The labels that it names, calibrated as it is in service; shape (n, k)."""
        if task != "emotion":
            return single(logits.argmax(axis=1), logits.shape[1])
        calibration = self.description.calibration
        return emotion_probabilities(logits, calibration) >= np.array(calibration.thresholds)

    def likelihoods(self, task: str, logits: Logits, truth: Bools) -> Floats:
        """Logarithm of the probability that it gives to what is true, calibrated as it is in service.

        Args:
            logits: shape (n, k).
            truth: shape (n, k); of emotions every one is a decision by itself.

        Returns:
            In nats, shape (n,).
        """
        calibration = self.description.calibration
        found: Floats
        if task == "emotion":
            chances = emotion_probabilities(logits, calibration)
            found = np.log(np.where(truth, chances, 1 - chances).clip(LEAST_CHANCE)).sum(axis=1)
        else:
            found = np.log(softmax(logits, calibration.temperatures[task])[truth].clip(LEAST_CHANCE))
        return found


def side_by_side(
    champion: Path,
    candidate: Path,
    development: Sequence[Example],
    known: Sequence[Example],
    new: Sequence[Example],
    seed: int = 0,
) -> SideBySide:
    """Measure both.

    Args:
        champion: an artefact folder.
        candidate: another of the same labels.
        development: frozen rows of the training data.
        known: held-back labels from before the champion; frozen as well.
        new: held-back labels that are new.
        seed: of the bootstraps.

    Raises:
        ModelUnusable: an artefact cannot be loaded.
    """
    rng = np.random.default_rng(seed)
    pair = Asked(champion), Asked(candidate)
    frozen, slices, errors = _development(pair, development, rng)
    frozen += [
        compare(f"{task}, labels of before", judged.answers, Score.MACRO_F1, rng)
        for task, judged in _labelled(pair, known).items()
        if len(judged.answers) >= LEAST_SLICE
    ]
    of_new = _labelled(pair, new)
    every = list(of_new.values())
    return SideBySide(
        tuple(frozen),
        tuple(slices),
        tuple(errors),
        pooled("new labels", [one.answers for one in every], Score.MACRO_F1, rng) if every else None,
        _likelihood(every, rng) if every else None,
        tuple(compare(task, judged.answers, Score.MACRO_F1, rng) for task, judged in of_new.items()),
    )


def _development(
    pair: tuple[Asked, Asked], examples: Sequence[Example], rng: np.random.Generator
) -> tuple[list[Comparison], list[Comparison], list[Pair]]:
    frozen: list[Comparison] = []
    slices: list[Comparison] = []
    errors: list[Pair] = []
    ours, theirs = (asked.logits(examples) for asked in pair)
    for task, (rows, _) in ours.items():
        folds = [int(name, 16) % 2 for name in group([example.text for example in rows])]
        old, young = (cross_fit(task, rows, logits[task][1], folds) for logits in (ours, theirs))
        answers = Answers(old.truth, old.named, young.named)
        first = Answers(old.truth, _first(old), _first(young))
        errors.append(Pair(task, _error(task, old), _error(task, young)))
        for name, places in _sets(task, rows):
            frozen.append(compare(name, answers.of(places), Score.MACRO_F1, rng))
            for what, holds in SLICES.items():
                chosen = [place for place in places if holds(rows[place])]
                if len(chosen) >= LEAST_SLICE:
                    slices.append(compare(f"{name}, {what}", first.of(chosen), Score.ACCURACY, rng))
    return frozen, slices, errors


def _first(found: CrossFitted) -> Bools:
    """The most probable label of each text: which others are named hangs on thresholds, and those on chance."""
    return single(found.probabilities.argmax(axis=1), found.probabilities.shape[1])


def _sets(task: str, rows: Sequence[Example]) -> Iterator[tuple[str, list[int]]]:
    """The frozen sets of a head, by name, with the places of their rows."""
    for name in sorted({row.dataset for row in rows}):
        yield NAMES.get((name, task), f"{task}, {name}"), [at for at, row in enumerate(rows) if row.dataset == name]


def _labelled(pair: tuple[Asked, Asked], examples: Sequence[Example]) -> dict[str, Judged]:
    """By task, what both say of texts that people labelled."""
    ours, theirs = (asked.logits(examples) for asked in pair)
    found: dict[str, Judged] = {}
    for task, (rows, logits) in ours.items():
        both = tuple(zip(pair, (logits, theirs[task][1]), strict=True))
        truth = membership([row.labels for row in rows], logits.shape[1])
        old, young = (asked.likelihoods(task, said, truth) for asked, said in both)
        found[task] = Judged(Answers(truth, *(asked.named(task, said) for asked, said in both)), old, young)
    return found


def _likelihood(judged: Sequence[Judged], rng: np.random.Generator) -> Comparison:
    """Of all tasks together, each weighted by its texts."""
    champion, candidate = zip(*((one.champion, one.candidate) for one in judged), strict=True)
    return compare_likelihoods("new labels", np.concatenate(champion), np.concatenate(candidate), rng)


def _error(task: str, found: CrossFitted) -> float:
    if task == "emotion":
        return calibration_error(found.probabilities.ravel(), found.truth.ravel())
    right: Bools = np.asarray((found.truth & found.named).any(axis=1))
    return calibration_error(found.probabilities.max(axis=1), right)
