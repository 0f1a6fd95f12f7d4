"""A snapshot's rows survive their file, and its name says what is learnt from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from core.snapshots import Vote, as_json, is_held_back, row_of, snapshot_id
from tests.unit.core.rows import make_row, make_rows


def test_a_row_comes_back_from_its_line() -> None:
    row = make_row(votes=(Vote("ann", ("negative",)), Vote("bob", ("positive",))), language=None)
    assert row_of(json.loads(json.dumps(as_json(row)))) == row


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": " "}, "text is empty"),
        ({"task": "mood"}, "task is none of"),
        ({"value": []}, "one label, and it has 0"),
        ({"value": ["negative", "neutral"]}, "one label, and it has 2"),
        ({"value": "negative"}, "value is no list"),
        ({"votes": [{"by": "", "value": ["negative"]}]}, "by is empty"),
        ({"votes": 3}, "another type"),
        ({"labelled_at": "soon"}, "soon"),
    ],
)
def test_what_is_no_label_is_said_so(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        row_of(as_json(make_row()) | change)


def test_a_line_that_lacks_a_field_or_is_no_object_is_said_so() -> None:
    line = as_json(make_row())
    del line["channel"]
    with pytest.raises(ValueError, match="lacks channel"):
        row_of(line)
    with pytest.raises(ValueError, match="no object"):
        row_of(None)


def test_several_emotions_are_one_label() -> None:
    line = as_json(make_row()) | {"task": "emotion", "value": ["anger", "fear"]}
    assert row_of(line).value == ("anger", "fear")


def test_the_same_labels_champion_and_plan_have_the_same_name_in_any_order() -> None:
    rows = make_rows(5)
    name = snapshot_id(rows, "v1", {"epochs": 2})
    assert snapshot_id(rows[::-1], "v1", {"epochs": 2}) == name
    assert len(name) == 12
    others = [
        snapshot_id(rows[:4], "v1", {"epochs": 2}),
        snapshot_id([*rows[:4], replace(rows[4], value=("positive",))], "v1", {"epochs": 2}),
        snapshot_id(rows, "v2", {"epochs": 2}),
        snapshot_id(rows, "v1", {"epochs": 3}),
    ]
    assert len({name, *others}) == 5


def test_three_tenths_of_the_groups_are_held_back_for_ever() -> None:
    held = [is_held_back(f"group {n}") for n in range(2_000)]
    assert 0.27 < sum(held) / 2_000 < 0.33
    assert held == [is_held_back(f"group {n}") for n in range(2_000)]
