"""`groundswell bench labels`: the label queue's own choice beside a random one, at equal counts of labels.

People are the data set's labels. The learner is the frozen encoder with a logistic regression, so that a curve takes
minutes; what it says of the whole classifier is which choice teaches more, not how much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import SetupError
from core.guidelines import Task
from core.label_queue import Candidate, Known, rank
from core.labels import said
from core.posts import Channel, Post, fingerprint, post_id_of
from core.scoring import EmotionFamily, ScoredPost, Scores, Sentiment

if TYPE_CHECKING:
    from models.data import Example

QUEUE: Final = "queue"
RANDOM: Final = "random"
POOL: Final = 2_120
"""Posts that the queue looks at, as many as storage.label_queue finds: 1,000 new ones and 20 of each of 56 slots."""
STRENGTH: Final = 3.0
"""Of the regression, as in models.baselines."""
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
DATASETS: Final = {
    Task.TOPIC: "twitter_financial_topic",
    Task.SENTIMENT: "twitter_financial_sentiment",
    Task.INTENT: "banking77",
}
CHANNELS: Final = {Task.TOPIC: Channel.SOCIAL, Task.SENTIMENT: Channel.SOCIAL, Task.INTENT: Channel.CUSTOMER}

Say = Callable[[str], None]
Scored = tuple[NDArray[np.float64], float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a curve is."""

    start: int = 300
    """Labels drawn at random, the same for both."""
    batch: int = 50
    """Labels between two models."""
    most: int = 1_500
    seeds: int = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """Macro-F1 on the development part, by number of labels, one row a seed."""

    task: str
    counts: tuple[int, ...]
    scores: dict[str, tuple[tuple[float, ...], ...]]
    """By way of choosing, by seed; as long as `counts`."""

    def mean(self, way: str) -> tuple[float, ...]:
        return tuple(float(value) for value in np.mean(self.scores[way], axis=0))

    def gain(self) -> tuple[tuple[float, float, float], ...]:
        """By count: how much better the queue's choice is, over seeds the mean, least and most."""
        differences = np.array(self.scores[QUEUE]) - np.array(self.scores[RANDOM])
        return tuple((float(d.mean()), float(d.min()), float(d.max())) for d in differences.T)

    def saved(self) -> tuple[float, ...]:
        """By seed: the share of random's labels that the queue did without for the score that all of random's gave.

        Labels of the start are left out, since both have them. Negative where the queue needed more: it is then counted
        as if it had needed one batch beyond the last.
        """
        return tuple(self._saved(a, b) for a, b in zip(self.scores[QUEUE], self.scores[RANDOM], strict=True))

    def _saved(self, queue: Sequence[float], random: Sequence[float]) -> float:
        start, last = self.counts[0], self.counts[-1]
        goal = random[-1]
        needed = last + (last - self.counts[-2])
        for place in range(1, len(queue)):
            if queue[place] >= goal:
                low, high = queue[place - 1], queue[place]
                part = 1.0 if high <= low else (goal - low) / (high - low)
                step = self.counts[place] - self.counts[place - 1]
                needed = self.counts[place - 1] + min(1.0, max(0.0, part)) * step
                break
        return 1 - (needed - start) / (last - start)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "mean": {way: self.mean(way) for way in self.scores},
            "gain": self.gain(),
            "labels_saved": self.saved(),
        }


@dataclass(frozen=True, slots=True)
class Material:
    """Texts with their labels, and their vectors."""

    task: Task
    names: tuple[str, ...]
    texts: tuple[str, ...]
    truth: NDArray[np.int64]
    vectors: NDArray[np.float32]
    held_truth: NDArray[np.int64]
    held_vectors: NDArray[np.float32]


def read(folder: Path, task: Task, say: Say) -> Material:
    """The task's data set, split by near-duplicate group as for the classifier, through the frozen encoder.

    Raises:
        SetupError: the folder lacks a data set, or the task is not one of DATASETS.
        ModelUnusable: the encoder cannot be loaded.
    """
    if task not in DATASETS:
        raise SetupError(f"bench labels knows {', '.join(DATASETS)}, not {task}")
    import torch

    from models.data import read_training_data
    from models.development import BATCH_TOKENS
    from models.embedding import SentenceEncoder
    from models.encoder import load_tokenizer

    say("reading the data sets")
    data = read_training_data(folder)
    train, held = ([one for one in part if one.dataset == DATASETS[task]] for part in (data.train, data.development))
    encoder = SentenceEncoder(load_tokenizer(96), torch.device("cpu"), torch.float32, BATCH_TOKENS)
    say(f"embedding {len(train) + len(held):,} texts")
    return Material(
        task=task,
        names=data.labels[task.value],
        texts=tuple(one.text for one in train),
        truth=_truth(train),
        vectors=encoder.embed([one.text for one in train]),
        held_truth=_truth(held),
        held_vectors=encoder.embed([one.text for one in held]),
    )


def measure(material: Material, plan: Plan, say: Say) -> Curve:
    """Grow a labelled set in both ways from the same start, seed by seed.

    Raises:
        SetupError: there are fewer texts than the plan wants labels.
    """
    if plan.most > len(material.texts):
        raise SetupError(f"there are {len(material.texts):,} texts to label, fewer than {plan.most:,}")
    counts = tuple(range(plan.start, plan.most + 1, plan.batch))
    posts = _posts(material)
    found: dict[str, list[tuple[float, ...]]] = {QUEUE: [], RANDOM: []}
    for seed in range(plan.seeds):
        for way in found:
            found[way].append(_grow(material, posts, way, counts, np.random.default_rng(seed)))
            say(f"{material.task}, seed {seed}, {way}: macro-F1 {found[way][-1][-1]:.3f} with {counts[-1]:,} labels")
    return Curve(material.task.value, counts, {way: tuple(rows) for way, rows in found.items()})


def _grow(
    material: Material, posts: Sequence[Post], way: str, counts: Sequence[int], rng: np.random.Generator
) -> tuple[float, ...]:
    order = rng.permutation(len(posts))
    labelled = [int(row) for row in order[: counts[0]]]
    scores, before = [], None
    for place, count in enumerate(counts):
        left = np.setdiff1d(np.arange(len(posts)), labelled)
        pool = rng.permutation(left)[:POOL]
        probabilities, score = _learn(material, labelled, pool)
        scores.append(score)
        if place + 1 == len(counts):
            break
        wanted = counts[place + 1] - count
        if way == RANDOM:
            labelled += [int(row) for row in pool[:wanted]]
        else:
            # what the model before said of the same posts: "disagreeing with the last model"
            earlier = None if before is None else _learn(material, before, pool)[0]
            before = list(labelled)
            labelled += _choose(material, posts, labelled, pool, probabilities, earlier, wanted)
    return tuple(scores)


def _learn(material: Material, labelled: Sequence[int], pool: NDArray[np.int64]) -> Scored:
    """Probabilities of the pool, and macro-F1 on what is held back."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    model = LogisticRegression(C=STRENGTH, max_iter=500)
    model.fit(material.vectors[labelled], material.truth[labelled])
    probabilities = np.zeros((len(pool), len(material.names)))
    if len(pool):
        probabilities[:, model.classes_] = model.predict_proba(material.vectors[pool])
    predicted = model.predict(material.held_vectors)
    return probabilities, float(f1_score(material.held_truth, predicted, average="macro", zero_division=0.0))


def _choose(
    material: Material,
    posts: Sequence[Post],
    labelled: Sequence[int],
    pool: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    earlier: NDArray[np.float64] | None,
    count: int,
) -> list[int]:
    """What the product's own ranking asks about."""
    rows = {posts[row].post_id: int(row) for row in pool}
    candidates = [Candidate(_scored(posts[row], material, p)) for row, p in zip(pool, probabilities, strict=True)]
    disputed = {}
    if earlier is not None:
        for candidate, p in zip(candidates, earlier, strict=True):
            other = material.names[int(p.argmax())]
            if said(candidate.post.scores, material.task) != (other,):
                disputed[candidate.post.post.post_id, material.task] = other
    totals = np.bincount(material.truth[list(labelled)], minlength=len(material.names))
    counts = {(material.task, name): int(total) for name, total in zip(material.names, totals, strict=True)}
    items = rank(candidates, Known(disputed, counts=counts), count, [material.task])
    chosen = [rows[item.post.post.post_id] for item in items]
    spare = (int(row) for row in pool if int(row) not in set(chosen))
    return chosen + [next(spare) for _ in range(count - len(chosen))]


_BLANK: Final = Scores("", "", 0.0, Sentiment.NEUTRAL, (0.0, 1.0, 0.0), (), EmotionFamily.NEUTRAL, "", 0.0)


def _scored(post: Post, material: Material, p: NDArray[np.float64]) -> ScoredPost:
    best = int(p.argmax())
    match material.task:
        case Task.TOPIC:
            scores = replace(_BLANK, topic=material.names[best], topic_p=float(p[best]))
        case Task.INTENT:
            scores = replace(_BLANK, intent=material.names[best], intent_p=float(p[best]))
        case _:
            triple = (float(p[0]), float(p[1]), float(p[2]))
            scores = replace(_BLANK, sentiment=Sentiment(material.names[best]), sentiment_p=triple)
    return ScoredPost(post, scores, fingerprint=fingerprint(post.text))


def _posts(material: Material) -> list[Post]:
    facts = {"source": "bench", "channel": CHANNELS[material.task], "published_at": NOW, "fetched_at": NOW}
    return [
        Post.model_validate({"post_id": post_id_of("bench", str(number)), "text": text} | facts)
        for number, text in enumerate(material.texts)
    ]


def _truth(rows: Sequence[Example]) -> NDArray[np.int64]:
    return np.array([one.labels[0] for one in rows], dtype=np.int64)
