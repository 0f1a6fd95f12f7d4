"""Artefacts that a fake classifier is loaded from: whole folders, whose version is a real one, and small."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from core.errors import ModelUnusable
from core.registry import Model
from core.scoring import Scores, Sentiment
from models import golden
from models.artefact import ADAPTER_CONFIG, CALIBRATION, HEADS, LABELS, RECORD, read_description
from models.registering import describe
from tests.builders import NOON
from tests.fakes import FakeClassifier

WEIGHTS: Final = Path(__file__).parents[1] / "models" / "weights"
CONTRARY: Final = "contrary"
"""What an artefact says whose classifier calls what is negative positive."""
OTHER_TOPICS: Final = "other topics"
"""One whose classifier finds earnings everywhere, and is fit."""
BROKEN: Final = "broken"
"""And one that cannot be loaded."""

GOLDEN: Final = {
    "sentiment": [
        ("I am furious, the app is down again", "negative"),
        ("Record quarter, thank you", "positive"),
        ("Quarterly report published", "neutral"),
        ("The worst bank", "negative"),
    ]
}
check = partial(golden.check, golden=GOLDEN)


def make_artefact(folder: Path, name: str, says: str = "") -> Path:
    """An artefact folder with the small files of the shipped one, and `name` where its weights would be."""
    folder.mkdir(parents=True)
    for file in (ADAPTER_CONFIG, CALIBRATION, LABELS, RECORD):
        shutil.copy(WEIGHTS / file, folder / file)
    (folder / HEADS).write_text(json.dumps({"name": name, "says": says}))
    return folder


def make_model(folder: Path, name: str, says: str = "", at: datetime = NOON) -> tuple[Model, bytes]:
    """A candidate for the registry, with its artefact."""
    return describe(make_artefact(folder / name, name, says), at)


class LightClassifier(FakeClassifier):
    """The fake, as an artefact folder describes it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.version = read_description(folder).version
        content = (folder / HEADS).read_bytes()
        # the shipped weights serve too, and say nothing of their own
        said = json.loads(content)["says"] if content.startswith(b'{"name"') else ""
        if said == BROKEN:
            raise ModelUnusable("its weights are damaged")
        self._said = said

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        scores = super().classify(texts)
        if self._said == OTHER_TOPICS:
            return [replace(one, topic="Earnings") for one in scores]
        return [self._turned(one) for one in scores] if self._said == CONTRARY else scores

    def _turned(self, scores: Scores) -> Scores:
        if scores.sentiment is not Sentiment.NEGATIVE:
            return scores
        negative, neutral, positive = scores.sentiment_p
        return replace(scores, sentiment=Sentiment.POSITIVE, sentiment_p=(positive, neutral, negative))
