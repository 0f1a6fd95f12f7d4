"""Batches hold every text once, keep to their size, and are the same for the same seed."""

from __future__ import annotations

import random

import torch

from models.batches import Encoded, by_tokens, encode, hide, pad, shuffled, specials_of
from models.encoder import load_tokenizer

LENGTHS = [random.Random(5).randint(2, 96) for _ in range(1_000)]


def test_batches_by_tokens_hold_every_text_once_and_keep_to_the_limit() -> None:
    batches = by_tokens(LENGTHS, batch_tokens=512)
    assert sorted(index for batch in batches for index in batch) == list(range(1_000))
    assert all(len(batch) * max(LENGTHS[i] for i in batch) <= 512 for batch in batches)


def cheapest(lengths: list[int], batch_tokens: int, overhead_tokens: int) -> float:
    """What the best of all cuts costs, each of them tried."""
    longest_first = sorted(lengths, reverse=True)
    least = [0.0]
    for end in range(1, len(lengths) + 1):
        fits = [i for i in range(end) if (end - i) * longest_first[i] <= batch_tokens or i == end - 1]
        least.append(min(least[i] + (end - i) * longest_first[i] + overhead_tokens for i in fits))
    return least[-1]


def test_no_other_cut_has_less_padding() -> None:
    rng = random.Random(1)
    for _ in range(200):
        lengths = [rng.randint(1, rng.choice([5, 40, 300])) for _ in range(rng.randint(0, 80))]
        limit, overhead = rng.choice([20, 128, 1_024]), rng.choice([0, 5, 160, 1_024])
        batches = by_tokens(lengths, limit, overhead)
        cost = sum(len(batch) * max(lengths[i] for i in batch) + overhead for batch in batches)
        assert cost == cheapest(lengths, limit, overhead), (lengths, limit, overhead)


def test_a_text_longer_than_the_limit_is_a_batch_of_its_own() -> None:
    assert by_tokens([900, 3], batch_tokens=512) == [[0], [1]]


def test_no_texts_are_no_batches() -> None:
    assert by_tokens([], batch_tokens=512) == []


def test_an_epoch_holds_every_text_once_with_little_padding() -> None:
    batches = shuffled(LENGTHS, 16, seed=0, epoch=0)
    assert sorted(index for batch in batches for index in batch) == list(range(1_000))
    padded = sum(len(batch) * max(LENGTHS[i] for i in batch) for batch in batches)
    assert padded < 1.2 * sum(LENGTHS)


def test_an_epoch_is_the_same_for_the_same_seed_and_differs_from_the_next() -> None:
    assert shuffled(LENGTHS, 16, 3, 1) == shuffled(LENGTHS, 16, 3, 1) != shuffled(LENGTHS, 16, 3, 2)


def test_only_the_words_of_the_entity_are_marked() -> None:
    (item,) = encode(load_tokenizer(96), ["Gold shines; Silver dull"], ["Silver"])
    assert item.segments is not None
    assert sum(item.segments) == 1
    assert item.segments[-1] == 0  # the closing separator


def test_a_long_text_is_cut_and_its_entity_is_not() -> None:
    (item,) = encode(load_tokenizer(32), ["gold " * 200], ["Silver"])
    assert len(item) == 32
    assert item.segments is not None
    assert sum(item.segments) == 1


def test_padding_is_masked() -> None:
    ids, mask, segments = pad([Encoded([101, 7, 102]), Encoded([101, 102])])
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert ids[1, 2] == 0
    assert segments is None


def test_words_are_hidden_and_nothing_else() -> None:
    specials = specials_of(load_tokenizer(96))
    ids, mask, segments = pad(encode(load_tokenizer(96), ["gold falls", "silver"], ["gold", None]))
    hidden = hide(ids, segments, 0.999999, specials)
    assert (hidden == specials.mask).sum() == 3  # "gold falls" and "silver", not the entity
    assert (hidden[mask == 0] == ids[mask == 0]).all()
    torch.testing.assert_close(hide(ids, segments, 0.0, specials), ids)
