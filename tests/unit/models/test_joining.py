"""A joined headline names two entities of different sentiment, and asks for one of them."""

from __future__ import annotations

from dataclasses import replace

from models.data import Example
from models.joining import joined_headlines


def headline(entity: str, label: int, **changes: bool) -> Example:
    return replace(Example("sentfin", "entity", f"{entity} in the news.", (label,), entity=entity), **changes)


ROWS = [headline(f"Firm{n}", n % 3) for n in range(30)]


def test_each_joins_two_sentiments_and_keeps_the_label_of_the_entity_that_is_asked_for() -> None:
    labels = {example.entity: example.labels for example in ROWS}
    found = joined_headlines(ROWS, 40, seed=0)
    assert len(found) == 40
    for example in found:
        named = [entity for entity in labels if f"{entity} " in example.text]
        assert len(named) == 2
        assert example.entity in named
        assert example.labels == labels[example.entity]
        assert labels[named[0]] != labels[named[1]]


def test_both_halves_are_asked_for() -> None:
    asked_first = [example.text.startswith(str(example.entity)) for example in joined_headlines(ROWS, 40, seed=0)]
    assert asked_first.count(True) == asked_first.count(False)


def test_development_rows_and_headlines_of_several_entities_are_left_alone() -> None:
    held_back = [headline(f"Firm{n}", n % 3, development=True) for n in range(30)]
    twice = [replace(example, entity="Gold") for example in ROWS]
    assert joined_headlines(held_back, 5, seed=0) == ()
    assert joined_headlines([*ROWS, *twice], 5, seed=0) == ()


def test_one_sentiment_alone_cannot_be_joined() -> None:
    assert joined_headlines([headline(f"Firm{n}", 1) for n in range(9)], 5, seed=0) == ()


def test_the_same_seed_gives_the_same_ones() -> None:
    assert joined_headlines(ROWS, 9, seed=4) == joined_headlines(ROWS, 9, seed=4) != joined_headlines(ROWS, 9, seed=5)
