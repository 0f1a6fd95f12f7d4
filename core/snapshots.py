"""What a retraining learns from: the settled labels of one moment, each marked as new or known, to learn or to test.

A label that is held back is held back for ever: which side it is on depends on its text's group of near-duplicates
alone. So what was tested on once is never trained on later, and grows into a test set of one's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

TASKS: Final = ("topic", "sentiment", "emotion", "intent")
"""Heads that people can correct."""
HELD_BACK: Final = 0.3
"""Share of the labels, by groups of near-duplicates, that is tested on and never trained on."""
ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said of a post."""

    by: str
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One settled label: a post, a task, and the value that people came to."""

    post_id: str
    task: str
    value: tuple[str, ...]
    """One label; of emotions any number."""
    text: str
    channel: str
    language: str | None
    labelled_at: datetime
    votes: tuple[Vote, ...]
    is_new: bool
    """It was settled after the champion learnt."""
    held_back: bool


def is_held_back(group: str) -> bool:
    """Whether a group of near-duplicates is tested on; it depends on the group's name alone.

    >>> sum(is_held_back(str(name)) for name in range(10_000))
    3004
    """
    return int.from_bytes(hashlib.sha256(f"held back/{group}".encode()).digest()[:6]) / 2**48 < HELD_BACK


def snapshot_id(rows: Sequence[Row], champion: str, plan: Mapping[str, Any]) -> str:
    """Names what a run computes: the same labels, champion and plan have the same name, and so the same folder.

    Args:
        rows: in any order.
        champion: version of the model that is trained on.
        plan: everything else that decides the outcome; JSON.

    Returns:
        Twelve hexadecimal digits.
    """
    lines = sorted(json.dumps(as_json(row), sort_keys=True, ensure_ascii=False) for row in rows)
    content = json.dumps([champion, plan, lines], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:ID_DIGITS]


def as_json(row: Row) -> dict[str, Any]:
    """One line of a snapshot's file."""
    return asdict(row) | {"labelled_at": row.labelled_at.isoformat()}


def row_of(raw: Any) -> Row:
    """Read one line of a snapshot's file.

    Raises:
        ValueError: it is not of that form; says which field, and shows no text.
    """
    if not isinstance(raw, dict):
        raise ValueError("it is no object")
    try:
        row = Row(
            post_id=_text(raw, "post_id"),
            task=_text(raw, "task"),
            value=_names(raw["value"], "value"),
            text=_text(raw, "text"),
            channel=_text(raw, "channel"),
            language=raw["language"],
            labelled_at=datetime.fromisoformat(raw["labelled_at"]),
            votes=tuple(Vote(_text(vote, "by"), _names(vote["value"], "votes")) for vote in raw["votes"]),
            is_new=bool(raw["is_new"]),
            held_back=bool(raw["held_back"]),
        )
    except KeyError as exc:
        raise ValueError(f"it lacks {exc.args[0]}") from exc
    except TypeError as exc:
        raise ValueError("a field is of another type") from exc
    if row.task not in TASKS:
        raise ValueError(f"its task is none of {', '.join(TASKS)}")
    if row.task != "emotion" and len(row.value) != 1:
        raise ValueError(f"a {row.task} has one label, and it has {len(row.value)}")
    return row


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"its {name} is empty")
    return value


def _names(raw: Any, name: str) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
        raise ValueError(f"its {name} is no list of names")
    return tuple(raw)
