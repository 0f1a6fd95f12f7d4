"""What is kept of a day."""

from __future__ import annotations

import numpy as np

from core.sketches import BUCKETS, FEATURES, bucket_of, features, pack, sketch, unpack_features, unpack_words
from tests.builders import make_scores
from tests.drifting import MONDAY, make_day


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_a_word_counts_once_a_post_however_often_it_stands_there() -> None:
    made = sketch(MONDAY, "social", ["down down down", "down again"], [make_scores()] * 2, unit((1, 0), (0, 1)))

    assert made.words[bucket_of("down")] == 2
    assert made.words[bucket_of("again")] == 1
    assert made.words.sum() == 3


def test_labels_and_the_top_probability_of_each_head_are_counted() -> None:
    scores = [make_scores(topic_p=0.02), make_scores(topic_p=1.0)]

    made = sketch(MONDAY, "social", ["a bc", "b cd"], scores, unit((1, 0), (0, 1)))

    assert made.labels["topic"] == {"Company | Product News": 2}
    assert made.labels["emotion"] == {"anger": 2}
    assert made.sureness["topic"][0] == 1
    assert made.sureness["topic"][-1] == 1
    assert made.sureness["sentiment"][18] == 2  # 0.9 of the negative ones


def test_the_features_of_two_texts_are_as_close_as_a_gaussian_kernel_of_their_distance() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(50, 384)).astype(np.float32)
    vectors[25:] = vectors[:25] + 0.7 * vectors[25:]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    found = features(vectors)

    squared = ((vectors[:25] - vectors[25:]) ** 2).sum(axis=1)
    assert np.abs((found[:25] * found[25:]).sum(axis=1) - np.exp(-squared / 2)).mean() < 0.06
    assert np.allclose((found**2).sum(axis=1), 1.0)


def test_what_is_stored_has_a_fixed_size_and_comes_back_as_it_was() -> None:
    made = make_day(MONDAY, np.random.default_rng(1), posts=400)

    assert (unpack_words(pack(made.words)) == made.words).all()
    assert np.allclose(unpack_features(pack(made.features)), made.features, atol=1e-4)
    assert len(made.words) == BUCKETS
    assert len(made.features) == FEATURES
    assert len(pack(made.words)) + len(pack(made.features)) < 6_000
