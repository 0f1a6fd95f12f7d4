"""A small data folder whose labels can be learnt from its texts, and posts in a language that it does not hold."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import torch

from core.labels import NewLabel, Task
from models import artefact, checkpoint
from models.data import read_training_data
from models.produce import Trained, write_artefact
from models.settings import TrainingSettings
from models.training import train
from storage.postgres import Database
from tests.builders import NOON, make_scored
from tests.unit.models.test_training import Quiet

WEIGHTS = Path(__file__).parents[1] / "models" / "weights"
TOPICS = {"Macro": "says the central bank on inflation rates", "Markets": "trade on the exchange floor today"}
SENTIMENTS = {
    "negative": "crashes badly after heavy losses",
    "positive": "soars after record gains",
    "neutral": "holds its annual meeting",
}
EMOTIONS = {"anger": "I am furious about this", "joy": "I am delighted by that", "neutral": "it is on the table"}
INTENTS = {"card_arrival": "when will my new card arrive", "lost_or_stolen_card": "my card was stolen yesterday"}
SLANG = {
    "negative": "got zorped in a total glimp",
    "positive": "goes florb with pure quax",
    "neutral": "stays mimsy as any borogove",
}
TWEET_IDS = {"negative": 0, "positive": 1, "neutral": 2}


CHAMPION = TrainingSettings(epochs=3, batch_size=16, learning_rate=2e-4, full=False, joined=0, averaging=0.9)


def filler(rng: random.Random, words: int) -> str:
    """Made-up words: two texts share next to no neighbours."""
    return " ".join("".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(3)) for _ in range(words))


def sayings(meanings: dict[str, str], count: int, seed: str) -> list[tuple[str, str]]:
    """`count` texts with their labels, which change so that people who take turns get them all."""
    rng = random.Random(seed)
    names = list(meanings)
    labels = [names[(n + n // len(names)) % len(names)] for n in range(count)]
    return [(f"{filler(rng, 3)} {meanings[name]} {filler(rng, 2)}", name) for name in labels]


def write_learnable_folder(folder: Path, rows: int = 90) -> Path:
    """The five sets in their published form, `rows` texts each."""
    for name in ("twitter_financial_topic", "twitter_financial_sentiment", "sentfin", "goemotions", "banking77"):
        (folder / name).mkdir(parents=True)
    labels = json.loads((WEIGHTS / "labels.json").read_text())
    _table(folder / "twitter_financial_topic" / "train.csv", "label", sayings(TOPICS, rows, "1"), labels["topic"])
    (folder / "twitter_financial_topic" / "classes.txt").write_text("\n".join(labels["topic"]) + "\n")
    tweets = [(text, str(TWEET_IDS[name])) for text, name in sayings(SENTIMENTS, rows, "2")]
    _table(folder / "twitter_financial_sentiment" / "train.csv", "label", tweets)
    headlines = [(f"Gold {text}", str({"Gold": name})) for text, name in sayings(SENTIMENTS, rows, "3")]
    pd.DataFrame(headlines, columns=["Title", "Decisions"]).to_csv(folder / "sentfin" / "train.csv", index=False)
    for part, count in (("train", rows), ("dev", rows // 4)):
        found = sayings(EMOTIONS, count, f"4 {part}")
        lines = [f"{text}\t{labels['emotion'].index(name)}\tid{n}" for n, (text, name) in enumerate(found)]
        (folder / "goemotions" / f"{part}.tsv").write_text("\n".join(lines) + "\n")
    (folder / "goemotions" / "labels.txt").write_text("\n".join(labels["emotion"]) + "\n")
    _table(folder / "banking77" / "train.csv", "category", sayings(INTENTS, rows, "5"))
    (folder / "banking77" / "categories.json").write_text(json.dumps(labels["intent"]))
    return folder


def _table(path: Path, column: str, rows: Sequence[tuple[str, str]], ids: Sequence[str] = ()) -> None:
    cells = [(text, ids.index(label) if ids else label) for text, label in rows]
    pd.DataFrame(cells, columns=["text", column]).to_csv(path, index=False)


def make_champion(data_folder: Path, output: Path, settings: TrainingSettings) -> None:
    """The shipped weights, trained further on the folder: they know what the behaviour texts ask, and the folder."""
    data = read_training_data(data_folder, settings.seed)
    trained = train(
        data, settings, output, Quiet(), device=torch.device("cpu"),
        initial=lambda network: artefact.continue_from(WEIGHTS, network),
    )  # fmt: skip
    write_artefact(Trained(*trained, data, settings), output, None, None, {"teachers": []})
    checkpoint.remove(output)


@pytest.fixture(scope="session")
def learnable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder `data`, and a `champion` that has learnt it well; half a minute on one core."""
    home = tmp_path_factory.mktemp("learnable")
    write_learnable_folder(home / "data")
    make_champion(home / "data", home / "champion", CHAMPION)
    return home


def correct_posts(
    database: Database, said: Sequence[tuple[str, str]], by: Sequence[str], at: datetime = NOON, first: int = 0
) -> None:
    """Store posts with these texts, and one person's sentiment of each; the people take turns."""
    for number, (text, name) in enumerate(said, first):
        post = make_scored(f"corrected {number}", text=text, published_at=at)
        database.posts.record([post], [])
        label = NewLabel(post.post.post_id, Task.SENTIMENT, (name,), by[number % len(by)], ("neutral",), "v0")
        database.labels.add(label, at + timedelta(seconds=number))
