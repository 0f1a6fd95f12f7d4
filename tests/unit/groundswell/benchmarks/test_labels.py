"""The comparison of two ways to choose what is labelled: its arithmetic, and that both start alike and end alike."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import SetupError
from core.guidelines import Task, choices
from groundswell.benchmarks.labels import QUEUE, RANDOM, Curve, Material, Plan, measure

COUNTS = (100, 200, 300, 400)


def curve(queue: tuple[float, ...], random: tuple[float, ...]) -> Curve:
    return Curve("topic", COUNTS, {QUEUE: (queue,), RANDOM: (random,)})


@pytest.mark.parametrize(
    ("queue", "saved"),
    [
        # 0.7 is reached halfway between 200 and 300: 150 of random's 300 further labels were enough
        ((0.4, 0.6, 0.8, 0.9), 0.5),
        ((0.4, 0.5, 0.6, 0.7), 0.0),
        # never: counted as one batch more than the last, 400 of 300
        ((0.4, 0.5, 0.5, 0.6), -1 / 3),
    ],
)
def test_labels_saved_are_those_that_the_queue_did_without(queue: tuple[float, ...], saved: float) -> None:
    (found,) = curve(queue, (0.4, 0.5, 0.6, 0.7)).saved()

    assert found == pytest.approx(saved)


def test_the_gain_is_paired_by_seed() -> None:
    two = Curve("topic", COUNTS, {QUEUE: ((0.5,) * 4, (0.7,) * 4), RANDOM: ((0.4,) * 4, (0.8,) * 4)})

    assert two.gain()[0] == pytest.approx((0.0, -0.1, 0.1))


def clusters(texts: int) -> Material:
    """Three sentiments in two dimensions, one of them rare."""
    rng = np.random.default_rng(0)
    truth = rng.choice(3, size=texts + 300, p=[0.05, 0.65, 0.3])
    vectors = (np.array([[0, 0], [1, 0], [0, 1]])[truth] + rng.normal(0, 0.35, (len(truth), 2))).astype(np.float32)
    return Material(
        Task.SENTIMENT, choices(Task.SENTIMENT), tuple(f"Text number {n} says something" for n in range(texts)),
        truth[:texts], vectors[:texts], truth[texts:], vectors[texts:],
    )  # fmt: skip


def test_both_ways_start_from_the_same_labels_and_grow_alike() -> None:
    found = measure(clusters(600), Plan(start=40, batch=20, most=120, seeds=2), lambda _: None)

    assert found.counts == (40, 60, 80, 100, 120)
    for queue, random in zip(found.scores[QUEUE], found.scores[RANDOM], strict=True):
        assert queue[0] == random[0]
        assert queue != random
    assert all(0 < score <= 1 for way in found.scores.values() for row in way for score in row)


def test_when_every_text_is_labelled_the_way_makes_no_difference() -> None:
    found = measure(clusters(80), Plan(start=40, batch=20, most=80, seeds=1), lambda _: None)

    (queue,), (random,) = found.scores[QUEUE], found.scores[RANDOM]
    assert queue[-1] == pytest.approx(random[-1], abs=1e-6)


def test_more_labels_than_texts_are_refused() -> None:
    with pytest.raises(SetupError, match="80 texts to label, fewer than 100"):
        measure(clusters(80), Plan(start=40, batch=20, most=100, seeds=1), lambda _: None)
