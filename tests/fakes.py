"""Stand-ins that fill the ports: each remembers what it was asked, and none reads a clock or rolls dice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.alerting import Notification
from core.errors import GroundswellError
from core.ports import DeadLetter
from core.posts import Post
from core.scoring import FAMILY_OF, EmotionFamily, ScoredPost, Scores, Sentiment
from tests.builders import NOON

ANGRY = ("angry", "furious", "down again", "outage", "locked out", "declined", "unacceptable", "worst")
WORRIED = ("worried", "scared", "afraid", "stolen", "fraud", "missing")
SAD = ("sad", "disappointed", "lost", "sorry to see")
GLAD = ("great", "record", "beats", "thank", "love", "upgrade", "surges", "happy")
TOPICS = {"down again": "Company | Product News", "earnings": "Earnings", "dividend": "Dividend", "rates": "Macro"}
INTENTS = {
    "declined": "declined_card_payment",
    "stolen": "lost_or_stolen_card",
    "locked out": "passcode_forgotten",
    "missing": "balance_not_updated_after_bank_transfer",
}


class FakeClassifier:
    """Judges by keywords: the same text always has the same scores, in no time.

    >>> FakeClassifier().classify(["I am furious, the app is down again"])[0].sentiment.value
    'negative'
    >>> FakeClassifier().classify(["Quarterly report published"])[0].family.value
    'neutral'
    """

    version = "fake-1"

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        """The texts of every call, in order."""

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        self.batches.append(list(texts))
        return [self._judge(text) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts are alike as far as they share words: each word has a place of its own, by its hash."""
        vectors = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in set(re.findall(r"[a-z]{3,}", text.lower())):
                vectors[row, int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % 512] = 1.0
        unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit

    def _judge(self, text: str) -> Scores:
        lower = text.lower()
        sentiment, sentiment_p, emotion = _feeling(lower)
        # a little spread, so that not all posts of a chart stand on one line
        confidence = 0.55 + hashlib.sha256(lower.encode()).digest()[0] / 255 * 0.4
        return Scores(
            model_version=self.version,
            topic=_first(TOPICS, lower, "Company | Product News"),
            topic_p=confidence,
            sentiment=sentiment,
            sentiment_p=sentiment_p,
            emotions=() if emotion == "neutral" else ((emotion, confidence),),
            family=FAMILY_OF.get(emotion, EmotionFamily.NEUTRAL),
            intent=_first(INTENTS, lower, "card_not_working"),
            intent_p=confidence,
        )


def _feeling(lower: str) -> tuple[Sentiment, tuple[float, float, float], str]:
    for words, emotion in ((ANGRY, "anger"), (WORRIED, "fear"), (SAD, "disappointment")):
        if any(word in lower for word in words):
            return Sentiment.NEGATIVE, (0.9, 0.07, 0.03), emotion
    if any(word in lower for word in GLAD):
        return Sentiment.POSITIVE, (0.03, 0.07, 0.9), "joy"
    return Sentiment.NEUTRAL, (0.1, 0.8, 0.1), "neutral"


def _first(table: dict[str, str], lower: str, otherwise: str) -> str:
    return next((label for word, label in table.items() if word in lower), otherwise)


class ManualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


class Failing:
    """Raises each of its errors once, in order, and then lets calls through; `fail()` stands at a fake's door."""

    def __init__(self, *errors: GroundswellError) -> None:
        self.errors = list(errors)

    def fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


class RecordingNotifier:
    """Remembers what it was told to deliver; an error given to it is raised, once, in place of a delivery."""

    def __init__(self, *errors: GroundswellError) -> None:
        self.delivered: list[Notification] = []
        self._door = Failing(*errors)

    def notify(self, notification: Notification) -> None:
        self._door.fail()
        self.delivered.append(notification)


class RecordingPublisher:
    """Remembers what it was told to publish; an error given to it is raised, once, in place of a publication."""

    def __init__(self, *errors: GroundswellError) -> None:
        self.posts: list[Post] = []
        self.scored: list[ScoredPost] = []
        self.dead: list[DeadLetter] = []
        self.calls: list[str] = []
        """The names of the methods that succeeded, in order."""
        self._door = Failing(*errors)

    def publish(self, posts: Sequence[Post]) -> None:
        self._record("publish", lambda: self.posts.extend(posts))

    def publish_scored(self, posts: Sequence[ScoredPost]) -> None:
        self._record("publish_scored", lambda: self.scored.extend(posts))

    def publish_dead(self, letters: Sequence[DeadLetter]) -> None:
        self._record("publish_dead", lambda: self.dead.extend(letters))

    def _record(self, name: str, keep: Callable[[], None]) -> None:
        self._door.fail()
        keep()
        self.calls.append(name)
