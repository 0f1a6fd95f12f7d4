"""Reads the training data sets by name from a data folder, and splits off the development part by group."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import SetupError
from models.grouping import group
from models.tables import find_table, read_table

TASKS: Final = ("topic", "sentiment", "emotion", "intent", "entity")
SENTIMENTS: Final = ("negative", "neutral", "positive")
TWEET_SENTIMENTS: Final = {0: "negative", 1: "positive", 2: "neutral"}
"""The ids of twitter_financial_sentiment: bearish, bullish, neutral."""
DEVELOPMENT_SHARE: Final = 0.12
LARGEST_GROUP: Final = 0.01
"""A group with more of a data set than this stays in training: one template must not fill the development set."""
SMALL_GROUP: Final = 20
"""Rows that are never too many, however small the data set."""

POLARITY: Final = {
    "negative": "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse "
    "sadness",
    "neutral": "neutral",
    "positive": "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief",
}
"""GoEmotions' own grouping (Demszky et al. 2020, table 1); its ambiguous four have no polarity."""

Fold = tuple[int, int]
"""(i, k): the i-th of k parts, from 1."""

_DECISION = re.compile(r"""['"](.+?)['"]\s*:\s*['"](negative|neutral|positive)['"]\s*[,}]""")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text. `labels` are ids of the task's labels: one, or for emotion several."""

    dataset: str
    task: str
    text: str
    labels: tuple[int, ...]
    entity: str | None = None
    """Whose sentiment, in the task "entity"."""
    conflict: bool = False
    """Its headline names entities of different sentiment."""
    development: bool = False
    twin: str | None = None
    """For a case of our own: shared by texts that differ only in who speaks."""
    polarity: int | None = None
    """For emotion: the sentiment that all of its emotions share, if they share one; trains the sentiment head too."""
    group: str = ""
    """Name of its near-duplicates; empty for texts of our own."""
    variant: int | None = None
    """Which altered copy of a training row it is; a copy has no label, only a teacher's opinion."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Every example of a data folder, split; `files` are SHA-256 sums by path within the folder."""

    train: tuple[Example, ...]
    development: tuple[Example, ...]
    labels: dict[str, tuple[str, ...]]
    files: dict[str, str]


def read_training_data(folder: Path, seed: int = 0) -> TrainingData:
    """Read the five data sets and split them by near-duplicate group; the split depends on data and seed only.

    Raises:
        SetupError: a data set is missing or not of its published form.
    """
    if not folder.is_dir():
        raise SetupError(f"there is no data folder {folder}")
    labels = _labels(folder)
    examples = [
        *_topics(folder),
        *_tweets(folder),
        *_headlines(folder),
        *_emotions(folder, labels["emotion"]),
        *_intents(folder, labels["intent"]),
    ]
    marked = _split(examples, seed)
    return TrainingData(
        train=tuple(example for example in marked if not example.development),
        development=tuple(example for example in marked if example.development),
        labels=labels,
        files=_sums(folder),
    )


def _labels(folder: Path) -> dict[str, tuple[str, ...]]:
    return {
        "topic": _lines(folder / "twitter_financial_topic" / "classes.txt"),
        "sentiment": SENTIMENTS,
        "emotion": _lines(folder / "goemotions" / "labels.txt"),
        "intent": tuple(json.loads(_read(folder / "banking77" / "categories.json"))),
        "entity": SENTIMENTS,
    }


def _read(path: Path) -> str:
    if not path.is_file():
        raise SetupError(f"the data folder lacks {path.parent.name}/{path.name}")
    return path.read_text(encoding="utf-8")


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(line.strip() for line in _read(path).splitlines() if line.strip())


def _topics(folder: Path) -> Iterable[Example]:
    table = read_table(find_table(folder / "twitter_financial_topic", "train"))
    for text, label in zip(table["text"], table["label"], strict=True):
        yield Example("twitter_financial_topic", "topic", str(text), (int(label),))


def _tweets(folder: Path) -> Iterable[Example]:
    table = read_table(find_table(folder / "twitter_financial_sentiment", "train"))
    for text, label in zip(table["text"], table["label"], strict=True):
        sentiment = SENTIMENTS.index(TWEET_SENTIMENTS[int(label)])
        yield Example("twitter_financial_sentiment", "sentiment", str(text), (sentiment,))


def decisions(cell: str) -> dict[str, str]:
    """Entities and sentiments of one `Decisions` cell, which may hold unescaped apostrophes.

    >>> decisions("{'Osian's Art Fund': 'neutral', 'Sebi': 'negative'}")
    {"Osian's Art Fund": 'neutral', 'Sebi': 'negative'}
    """
    return dict(_DECISION.findall(cell))


def _headlines(folder: Path) -> Iterable[Example]:
    """Each entity of a headline is one example; a headline of one mind is a sentiment example as well."""
    table = read_table(find_table(folder / "sentfin", "train"))
    for title, cell in zip(table["Title"], table["Decisions"], strict=True):
        found = decisions(str(cell))
        minds = set(found.values())
        for entity, sentiment in found.items():
            label = (SENTIMENTS.index(sentiment),)
            yield Example("sentfin", "entity", str(title), label, entity=entity, conflict=len(minds) > 1)
        if len(minds) == 1:
            yield Example("sentfin", "sentiment", str(title), (SENTIMENTS.index(minds.pop()),))


def polarity(names: Iterable[str]) -> int | None:
    """The sentiment id that all of these emotions share; `None` when they differ or one has none.

    >>> polarity(["joy", "love"]), polarity(["joy", "anger"]), polarity(["surprise"])
    (2, None, None)
    """
    found = {next((s for s, emotions in POLARITY.items() if name in emotions.split()), None) for name in names}
    only = found.pop() if len(found) == 1 else None
    return None if only is None else SENTIMENTS.index(only)


def _emotions(folder: Path, names: Sequence[str]) -> Iterable[Example]:
    for part in ("train", "dev"):
        table = read_table(find_table(folder / "goemotions", part), header=False)
        for text, ids in zip(table[0], table[1], strict=True):
            labels = tuple(int(label) for label in str(ids).split(","))
            shared = polarity(names[label] for label in labels)
            yield Example("goemotions", "emotion", str(text), labels, development=part == "dev", polarity=shared)


def _intents(folder: Path, names: Sequence[str]) -> Iterable[Example]:
    ids = {name: index for index, name in enumerate(names)}
    table = read_table(find_table(folder / "banking77", "train"))
    for text, name in zip(table["text"], table["category"], strict=True):
        yield Example("banking77", "intent", str(text), (ids[str(name)],))


def _split(examples: Sequence[Example], seed: int) -> list[Example]:
    """Mark the development examples; drop what would leak.

    A group goes to one side as a whole, over all data sets. GoEmotions brings its own development set: a training
    row in a group with one of its rows is dropped.
    """
    groups = group([example.text for example in examples], seed)
    sizes = Counter(zip((example.dataset for example in examples), groups, strict=True))
    totals = Counter(example.dataset for example in examples)
    limits = {dataset: max(SMALL_GROUP, LARGEST_GROUP * total) for dataset, total in totals.items()}
    large = {name for (dataset, name), size in sizes.items() if size > limits[dataset]}
    given = {name for example, name in zip(examples, groups, strict=True) if example.development}
    marked = []
    for example, name in zip(examples, groups, strict=True):
        if example.dataset == "goemotions":
            if example.development or name not in given:
                marked.append(replace(example, group=name))
        else:
            held_back = name in given or (name not in large and _draw(name, seed) < DEVELOPMENT_SHARE)
            marked.append(replace(example, development=held_back, group=name))
    return marked


def fold_of(example: Example, count: int) -> int | None:
    """Which of `count` parts a training row belongs to, from 1, by its group; `None` for a text of our own.

    >>> fold_of(Example("sentfin", "sentiment", "Gold shines", (2,), group="a1"), 5)
    1
    """
    return 1 + int(count * _draw(example.group, "fold")) if example.group else None


def without(data: TrainingData, fold: Fold | None) -> TrainingData:
    """The same data, less one part of the training rows."""
    if fold is None:
        return data
    part, count = fold
    return replace(data, train=tuple(example for example in data.train if fold_of(example, count) != part))


def _draw(name: str, salt: int | str) -> float:
    """A number in [0, 1) that depends on the group's name and the salt only."""
    return int.from_bytes(hashlib.sha256(f"{salt}/{name}".encode()).digest()[:6]) / 2**48


def _sums(folder: Path) -> dict[str, str]:
    names = ("twitter_financial_topic", "twitter_financial_sentiment", "sentfin", "goemotions", "banking77")
    paths = [find_table(folder / name, "train") for name in names]
    paths.append(find_table(folder / "goemotions", "dev"))
    return {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
