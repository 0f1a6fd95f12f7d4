"""Each epoch reads every row but emotions', of which it reads a share, another one each time."""

from __future__ import annotations

from models.curriculum import curriculum
from models.data import Example
from models.encoder import load_tokenizer

ROWS = [Example("goemotions", "emotion", f"She is number {n}", (0,)) for n in range(200)]
ROWS += [Example("banking77", "intent", f"She wants card {n}", (0,)) for n in range(50)]
READING = curriculum(load_tokenizer(24), ROWS, emotion_share=0.5, seed=0)


def test_half_of_the_emotions_are_read_in_one_epoch_and_the_other_half_in_the_next() -> None:
    first, second = set(READING.rows(0)), set(READING.rows(1))
    assert first | second == set(range(250))
    assert first & second == set(range(200, 250))
    assert 70 <= len(first) - 50 <= 130


def test_all_are_read_where_the_share_is_whole() -> None:
    whole = curriculum(load_tokenizer(24), ROWS, emotion_share=1.0, seed=0)
    assert whole.rows(0) == whole.rows(3) == list(range(250))


def test_batches_hold_the_rows_of_the_epoch_once() -> None:
    for epoch in range(3):
        assert sorted(row for batch in READING.batches(16, 0, epoch) for row in batch) == READING.rows(epoch)


def test_an_emotion_is_read_of_either_gender_in_turn_and_an_intent_as_it_is_written() -> None:
    assert READING.read(0, 0) != READING.read(0, 1)
    assert READING.read(0, 0) == READING.read(0, 2)
    assert READING.read(220, 0) == READING.read(220, 1)


def test_each_epoch_reads_one_of_the_altered_copies() -> None:
    copies = [Example("banking77", "intent", f"card {n}", (), variant=n % 3) for n in range(30)]
    reading = curriculum(load_tokenizer(24), [*ROWS[200:], *copies], emotion_share=1.0, seed=0)
    for epoch in range(4):
        assert reading.rows(epoch) == [*range(50), *(50 + n for n in range(30) if n % 3 == epoch % 3)]
