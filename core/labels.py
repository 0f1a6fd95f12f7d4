"""What people say a post is: which labels are valid, and what holds where several people have spoken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from core.errors import LabelRefused
from core.guidelines import Task, choices
from core.posts import Channel
from core.scoring import Scores

__all__ = ["Label", "NewLabel", "Resolution", "SettledLabel", "State", "Task", "checked", "of_items", "resolve", "said"]

MOST_EMOTIONS: Final = 5
"""More feelings than that in one post are a slip of the hand."""
MOST_NAME_CHARS: Final = 200
_POST_ID: Final = re.compile(r"[0-9a-f]{32}")
_NEUTRAL: Final = "neutral"

Value = tuple[str, ...]
"""One label; of emotion one or more, in the order of `choices`."""
Item = tuple[str, Task]
"""A post's id, and what is asked of it."""


@dataclass(frozen=True, slots=True)
class NewLabel:
    """What one person chose for one post."""

    post_id: str
    task: Task
    value: Value
    by: str
    said: Value = ()
    """What the model said, as it stood before the person; empty where it said nothing."""
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One person's label as it is kept. It stands until it is undone, or the same person chooses anew."""

    label_id: int
    post_id: str
    task: Task
    value: Value
    by: str
    at: datetime
    said: Value = ()
    model_version: str = ""
    undone_at: datetime | None = None
    undone_by: str | None = None

    @property
    def stands(self) -> bool:
        return self.undone_at is None

    @property
    def corrects(self) -> bool:
        """It differs from what the model said."""
        return self.value != self.said


class State(StrEnum):
    """How far people have come with one post and task."""

    SETTLED = "settled"
    THIRD = "waits for a third person"
    OPEN = "people do not agree"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What holds for one post and task; `value` is empty unless it is settled."""

    state: State
    value: Value
    people: tuple[str, ...]
    """Who took part, by name."""


@dataclass(frozen=True, slots=True)
class SettledLabel:
    """One post and task with the one value that holds, and what a model learns from."""

    post_id: str
    task: Task
    value: Value
    people: tuple[str, ...]
    """Who took part; one person's label holds as long as nobody differs."""
    labelled_at: datetime
    """Of the newest label that stands."""
    text: str
    channel: Channel
    source: str
    language: str | None
    published_at: datetime
    fingerprint: str | None
    said: Value
    """What the model said before the newest label."""
    model_version: str


def checked(label: NewLabel) -> NewLabel:
    """The label with its value in the order of the choices, each once.

    Raises:
        LabelRefused: names what is wrong with it.

    >>> checked(NewLabel("0" * 32, Task.EMOTION, ("joy", "anger"), "Ada")).value
    ('anger', 'joy')
    """
    known = choices(label.task)
    unknown = [name for name in label.value if name not in known]
    if not _POST_ID.fullmatch(label.post_id):
        raise LabelRefused(f"{label.post_id!r} is no post's id: it has 32 hex digits")
    if not label.by.strip() or len(label.by) > MOST_NAME_CHARS or not label.by.isprintable():
        raise LabelRefused(f"a label needs the name of whoever chose it, of 1 to {MOST_NAME_CHARS} characters")
    if not label.value:
        raise LabelRefused(f"nothing is chosen for {label.task}")
    if unknown:
        raise LabelRefused(f"{unknown[0]!r} is no label of {label.task}")
    value = tuple(name for name in known if name in label.value)
    _check_count(label.task, value)
    return replace(label, value=value)


def _check_count(task: Task, value: Value) -> None:
    match task:
        case Task.EMOTION:
            if _NEUTRAL in value and len(value) > 1:
                raise LabelRefused("neutral stands alone: take it away, or the other emotions")
            if len(value) > MOST_EMOTIONS:
                raise LabelRefused(f"at most {MOST_EMOTIONS} emotions can be chosen, not {len(value)}")
        case Task.TOPIC | Task.SENTIMENT | Task.INTENT:
            if len(value) > 1:
                raise LabelRefused(f"{task} takes one label, not {len(value)}")
        case _:
            assert_never(task)


def said(scores: Scores | None, task: Task) -> Value:
    """What the model says of one task, as a label's value; empty where it was not asked, or named no emotion."""
    if scores is None:
        return ()
    match task:
        case Task.TOPIC:
            return (scores.topic,)
        case Task.SENTIMENT:
            return (scores.sentiment.value,)
        case Task.EMOTION:
            named = {name for name, _ in scores.emotions}
            return tuple(name for name in choices(task) if name in named)
        case Task.INTENT:
            return (scores.intent,)
        case _:
            assert_never(task)


def of_items(labels: Iterable[Label]) -> dict[Item, list[Label]]:
    """Labels that stand, by post and task, the oldest first."""
    found: dict[Item, list[Label]] = {}
    for label in sorted(labels, key=lambda label: (label.at, label.label_id)):
        if label.stands:
            found.setdefault((label.post_id, label.task), []).append(label)
    return found


def resolve(labels: Sequence[Label]) -> Resolution:
    """What holds for one post and task.

    One person's label holds while nobody differs. Where two differ, a third person is asked; from three people on, what
    more than half of them chose holds (of emotions, each one by itself), and where there is none it stays open.

    Args:
        labels: that stand, of one post and task, one a person; at least one.
    """
    people = tuple(sorted(label.by for label in labels))
    values = {label.value for label in labels}
    if len(values) == 1:
        return Resolution(State.SETTLED, values.pop(), people)
    if len(labels) == 2:
        return Resolution(State.THIRD, (), people)
    value = majority(labels[0].task, [label.value for label in labels])
    return Resolution(State.SETTLED if value else State.OPEN, value, people)


def majority(task: Task, values: Sequence[Value]) -> Value:
    """What more than half chose; of emotions, each one by itself. Empty where there is none.

    >>> majority(Task.EMOTION, [("joy",), ("joy", "love"), ("love",)])
    ('joy', 'love')
    """
    counts: Mapping[str, int] = Counter(name for value in values for name in value)
    return tuple(name for name in choices(task) if counts.get(name, 0) * 2 > len(values))
