"""A label as a line of JSON: what is written is read, and what is wrong is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.guidelines import Task
from core.label_lines import read, written
from core.labels import Label
from tests.builders import NOON

POST = "ab" * 16
LINE = {"post_id": POST, "task": "sentiment", "value": "negative", "by": "Ada", "at": "2026-03-02T12:00:00+00:00"}
LABEL = Label(7, POST, Task.EMOTION, ("anger", "fear"), "Ada", NOON, ("neutral",), "gw-1")


@pytest.mark.parametrize("label", [LABEL, replace(LABEL, task=Task.TOPIC, value=("Macro",), said=(), model_version="")])
def test_what_is_written_is_read(label: Label) -> None:
    line = written(label, "Zürich „sagt“ nein\nzweimal", "news", None)

    found, at = read(line, None, datetime.now(UTC))

    assert "\n" not in line
    assert (found.post_id, found.task, found.value, found.by, at) == (
        label.post_id, label.task, label.value, label.by, label.at,
    )  # fmt: skip
    assert (found.said, found.model_version) == (label.said, label.model_version)


def test_what_a_line_does_not_say_is_taken_from_whoever_brings_it() -> None:
    line = json.dumps({name: LINE[name] for name in ("post_id", "task", "value")})

    found, at = read(line, "Ben", NOON)

    assert (found.by, at) == ("Ben", NOON)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        (json.dumps(LINE | {"task": "mood"}), "task is 'mood', not one of topic, sentiment, emotion, intent"),
        (json.dumps(LINE | {"post_id": ""}), "it has no post_id"),
        (json.dumps(LINE | {"post_id": 5}), "it has no post_id"),
        (json.dumps(LINE | {"value": []}), "value is neither a label nor a list"),
        (json.dumps(LINE | {"value": [1]}), "value is neither a label nor a list"),
        (json.dumps(LINE | {"value": "a\x00"}), "cannot be printed"),
        (json.dumps(LINE | {"by": ""}), "by whom"),
        (json.dumps(LINE | {"said": {"a": 1}}), "said is neither"),
        (json.dumps(LINE | {"at": "yesterday"}), "not a time"),
        (json.dumps(LINE | {"at": "2026-03-02T12:00:00"}), "no time zone"),
        (json.dumps(LINE | {"at": "1970-01-01T00:00:00Z"}), "not between 1990 and 2100"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read(line, None, NOON)
