"""Altered copies of training rows: which rows, how many, and what of them stays."""

from __future__ import annotations

from models.data import Example
from models.varying import variants

TWEET = Example("twitter_financial_topic", "topic", "Shares rise after strong results in the autumn", (3,), group="a")
OTHER = Example("twitter_financial_topic", "topic", "Oil falls as traders weigh supply from the north", (5,), group="b")
HEADLINE = Example("sentfin", "entity", "Osian Fund slumps as Sebi acts", (0,), entity="Osian Fund", group="c")
COMMENT = Example("goemotions", "emotion", "I am so glad that it works", (0,), group="d")


def test_each_finance_row_gets_its_copies_and_emotions_none() -> None:
    found = variants([TWEET, OTHER, HEADLINE, COMMENT], 3, seed=0)
    assert [e.variant for e in found] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert {(e.dataset, e.task, e.labels) for e in found} == {
        ("twitter_financial_topic", "topic", ()),
        ("sentfin", "entity", ()),
    }
    assert [e.group for e in found[:3]] == ["a", "b", "c"]
    assert variants([TWEET], 0, seed=0) == ()


def test_copies_differ_and_the_seed_decides_them() -> None:
    found = variants([TWEET, OTHER], 8, seed=0)
    assert len({e.text for e in found}) > 12
    assert found == variants([TWEET, OTHER], 8, seed=0)
    assert found != variants([TWEET, OTHER], 8, seed=1)
    assert all(e.text for e in found)


def test_the_words_of_an_entity_stay() -> None:
    for example in variants([HEADLINE], 30, seed=0):
        assert "Osian Fund" in example.text
