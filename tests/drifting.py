"""Invented days for tests of drift: words as they are spread, vectors around topics, a model that is fairly sure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from core.scoring import Scores, Sentiment
from core.sketches import Sketch, sketch
from tests.builders import make_scores

MONDAY = date(2026, 1, 5)
TOPICS = ("Earnings", "Macro", "Company | Product News", "Stock Movement")
SIZE = 32
"""Of a vector."""
_CENTRES = np.random.default_rng(1).normal(size=(len(TOPICS), SIZE)).astype(np.float32)


def make_day(
    day: date, rng: np.random.Generator, *, channel: str = "social", posts: int = 80, new_word: float = 0.0,
    topics: Sequence[float] = (0.4, 0.3, 0.2, 0.1), sureness: float = 0.9, version: str = "fake-1",
) -> Sketch:  # fmt: skip
    """One day; `new_word` is the share of posts that have a word which nobody used before."""
    # a day has a mood of its own, so that days differ by more than chance
    mood = rng.dirichlet(np.array(topics) * 200 + 0.01)
    chosen = rng.choice(len(TOPICS), size=posts, p=mood)
    texts, scores = [], []
    for topic in chosen:
        words = [f"word{_letters(int(number))}" for number in rng.zipf(1.4, size=10) % 3_000]
        texts.append(" ".join([*words, *(["glumped"] if rng.random() < new_word else [])]))
        scores.append(_scores(int(topic), rng, sureness, version))
    vectors = _CENTRES[chosen] + rng.normal(size=(posts, SIZE)).astype(np.float32)
    return sketch(day, channel, texts, scores, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def make_days(count: int, rng: np.random.Generator, first: date = MONDAY, **changes: object) -> list[Sketch]:
    """`count` days in a row, all drawn alike."""
    return [make_day(first + timedelta(days=n), rng, **changes) for n in range(count)]  # type: ignore[arg-type]


def _scores(topic: int, rng: np.random.Generator, sureness: float, version: str) -> Scores:
    sentiment = list(Sentiment)[int(rng.choice(3, p=(0.3, 0.5, 0.2)))]
    top = float(np.clip(rng.normal(sureness, 0.05), 0.34, 0.99))
    rest = (1 - top) / 2
    return make_scores(
        sentiment,
        sentiment_p=tuple(top if one is sentiment else rest for one in Sentiment),
        topic=TOPICS[topic],
        topic_p=float(np.clip(rng.normal(sureness, 0.05), 0, 1)),
        intent_p=float(rng.uniform(0.3, 0.9)),
        model_version=version,
    )


def _letters(number: int) -> str:
    """A number in letters, since figures are no words."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
