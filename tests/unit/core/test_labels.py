"""Which labels are valid, and what holds where several people have spoken."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

import models
from core.errors import LabelRefused
from core.guidelines import QUESTIONS, Task, choices, families, guideline
from core.labels import Label, NewLabel, State, Value, checked, of_items, resolve, said
from tests.builders import NOON, make_scores

POST = "0" * 32
LABELS = Path(models.__file__).parent / "weights" / "labels.json"


def label(by: str, *value: str, task: Task = Task.SENTIMENT, minutes: int = 0) -> Label:
    return Label(minutes, POST, task, value, by, NOON + timedelta(minutes=minutes))


def held(*labels: Label) -> tuple[State, Value]:
    found = resolve(labels)
    return found.state, found.value


@pytest.mark.parametrize("task", Task)
def test_what_can_be_chosen_is_what_the_shipped_model_says(task: Task) -> None:
    assert set(choices(task)) == set(json.loads(LABELS.read_text())[task.value])


@pytest.mark.parametrize("task", Task)
def test_every_choice_has_a_guideline_and_every_task_a_question(task: Task) -> None:
    assert all(len(guideline(task, name)) > 10 for name in choices(task))
    assert QUESTIONS[task].endswith(".")
    assert sorted(name for family in families(task).values() for name in family) == sorted(choices(task))


def test_a_label_that_nobody_knows_has_no_guideline() -> None:
    assert guideline(Task.TOPIC, "Astrology") == ""


@pytest.mark.parametrize(
    ("task", "value", "reason"),
    [
        (Task.SENTIMENT, (), "nothing is chosen"),
        (Task.SENTIMENT, ("angry",), "'angry' is no label of sentiment"),
        (Task.SENTIMENT, ("negative", "neutral"), "takes one label"),
        (Task.TOPIC, ("card_arrival",), "no label of topic"),
        (Task.EMOTION, ("joy", "neutral"), "neutral stands alone"),
        (Task.EMOTION, ("joy", "love", "pride", "relief", "caring", "amusement"), "at most 5"),
    ],
)
def test_what_is_no_label_of_its_task_is_refused_with_the_reason(task: Task, value: Value, reason: str) -> None:
    with pytest.raises(LabelRefused, match=reason):
        checked(NewLabel(POST, task, value, "Ada"))


@pytest.mark.parametrize(("post_id", "by"), [("", "Ada"), (POST.upper() + "G", "Ada"), (POST, " "), (POST, "A\x00")])
def test_a_label_needs_a_post_and_a_person(post_id: str, by: str) -> None:
    with pytest.raises(LabelRefused):
        checked(NewLabel(post_id, Task.SENTIMENT, ("neutral",), by))


def test_emotions_are_kept_once_and_in_one_order() -> None:
    assert checked(NewLabel(POST, Task.EMOTION, ("love", "joy", "love"), "Ada")).value == ("joy", "love")


def test_what_the_model_says_is_read_from_its_scores() -> None:
    scores = make_scores(emotions=(("sadness", 0.6), ("anger", 0.5)))

    assert [said(scores, task) for task in Task] == [
        ("Company | Product News",), ("negative",), ("anger", "sadness"), ("card_not_working",),
    ]  # fmt: skip
    assert said(None, Task.TOPIC) == ()


def test_one_persons_label_holds_until_somebody_differs() -> None:
    assert held(label("Ada", "neutral")) == (State.SETTLED, ("neutral",))
    assert held(label("Ada", "neutral"), label("Ben", "neutral")) == (State.SETTLED, ("neutral",))
    assert held(label("Ada", "neutral"), label("Ben", "negative")) == (State.THIRD, ())


def test_two_of_three_settle_it_and_three_ways_leave_it_open() -> None:
    ada, ben = label("Ada", "neutral"), label("Ben", "negative")

    assert held(ada, ben, label("Cleo", "negative")) == (State.SETTLED, ("negative",))
    assert held(ada, ben, label("Cleo", "positive")) == (State.OPEN, ())


def test_half_is_no_majority() -> None:
    four = [
        label(name, value) for name, value in zip("ABCD", ["neutral", "neutral", "negative", "negative"], strict=True)
    ]

    assert held(*four) == (State.OPEN, ())
    assert held(*four, label("E", "negative")) == (State.SETTLED, ("negative",))


def test_of_emotions_each_is_settled_by_itself() -> None:
    two = [label("Ada", "joy", task=Task.EMOTION), label("Ben", "joy", "love", task=Task.EMOTION)]

    assert held(*two) == (State.THIRD, ())
    assert held(*two, label("Cleo", "love", "pride", task=Task.EMOTION)) == (State.SETTLED, ("joy", "love"))
    assert held(*two, label("Cleo", "fear", task=Task.EMOTION)) == (State.SETTLED, ("joy",))


def test_who_took_part_is_told() -> None:
    assert resolve([label("Ben", "neutral"), label("Ada", "neutral")]).people == ("Ada", "Ben")


def test_labels_are_put_together_by_post_and_task_and_those_undone_left_out() -> None:
    ada, ben = label("Ada", "neutral", minutes=5), label("Ben", "negative", minutes=1)
    gone = Label(9, POST, Task.SENTIMENT, ("positive",), "Cleo", NOON, undone_at=NOON, undone_by="Cleo")
    joy = label("Ada", "joy", task=Task.EMOTION)

    assert of_items([ada, ben, gone, joy]) == {(POST, Task.SENTIMENT): [ben, ada], (POST, Task.EMOTION): [joy]}
