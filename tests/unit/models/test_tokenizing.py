"""Threads and child processes give the tokens that one call gives; a child that dies is told, and replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelUnusable
from models.batches import encode
from models.encoder import load_tokenizer, tokenizer_file
from models.tokenizing import Processes, Threads
from models.tokens import flatten

CHUNKS = [["gold rises", "so &amp; sooooo \U0001f680"], ["silver"], ["oil falls " * 40, "tin"], ["lead"]]


@pytest.fixture
def children() -> Iterator[Processes]:
    some = Processes(2, tokenizer_file(), 32)
    yield some
    some.close()


def test_threads_and_processes_agree_with_one_call(children: Processes) -> None:
    tokenizer = load_tokenizer(32)
    expected = [flatten(encode(tokenizer, chunk)) for chunk in CHUNKS]
    for found in (list(children(CHUNKS)), list(Threads(tokenizer)(CHUNKS))):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.ids, other.ids)
            np.testing.assert_array_equal(one.lengths, other.lengths)


def test_children_start_again_after_they_were_ended(children: Processes) -> None:
    before = list(children(CHUNKS))
    children.close()
    after = list(children(CHUNKS))
    assert [one.ids.tolist() for one in before] == [one.ids.tolist() for one in after]


def test_a_child_that_cannot_load_says_why(tmp_path: Path) -> None:
    some = Processes(1, tmp_path / "none.json", 32)
    with pytest.raises(ModelUnusable, match=r"none\.json"):
        list(some([["gold"]]))
    some.close()
