"""Labels as lines of JSON: what an export writes, an import reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.guidelines import Task
from core.labels import Label, NewLabel, SettledLabel, Value
from core.posts import EARLIEST, LATEST


def written(label: Label, text: str, channel: str, language: str | None) -> str:
    """One person's label as a line, with the post's text, for whoever reads the file elsewhere."""
    return _line(
        {
            "post_id": label.post_id,
            "task": label.task.value,
            "value": _plain(label.task, label.value),
            "by": label.by,
            "at": label.at.astimezone(UTC).isoformat(),
            "said": list(label.said),
            "model_version": label.model_version,
            "text": text,
            "channel": channel,
            "language": language,
        }
    )


def written_settled(label: SettledLabel) -> str:
    """What holds for one post and task as a line; it has `people` in place of `by`, and is no line for an import."""
    return _line(
        {
            "post_id": label.post_id,
            "task": label.task.value,
            "value": _plain(label.task, label.value),
            "people": list(label.people),
            "at": label.labelled_at.astimezone(UTC).isoformat(),
            "said": list(label.said),
            "model_version": label.model_version,
            "text": label.text,
            "channel": label.channel.value,
            "source": label.source,
            "language": label.language,
            "published_at": label.published_at.astimezone(UTC).isoformat(),
        }
    )


def read(line: str, by: str | None, now: datetime) -> tuple[NewLabel, datetime]:
    """Read one line; members that an import has no use for are passed over.

    Args:
        by: whose labels these are, where a line does not say.
        now: when they were made, where a line does not say.

    Raises:
        ValueError: says what is wrong with the line.

    >>> label, at = read('{"post_id": "p", "task": "sentiment", "value": "neutral"}', "Ada", datetime.now(UTC))
    >>> label.value, label.by
    (('neutral',), 'Ada')
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    task = _text(content, "task")
    if task not in {one.value for one in Task}:
        raise ValueError(f"task is {task!r}, not one of {', '.join(Task)}")
    name = content.get("by") or by
    if not isinstance(name, str):
        raise ValueError("it does not say by whom; name the person with --by")
    label = NewLabel(
        post_id=_text(content, "post_id"),
        task=Task(task),
        value=_names(content, "value"),
        by=name,
        said=_names(content, "said") if content.get("said") else (),
        model_version=_text(content, "model_version") if content.get("model_version") else "",
    )
    return label, _moment(content, now)


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)


def _plain(task: Task, value: Value) -> str | list[str]:
    return list(value) if task is Task.EMOTION else value[0]


def _text(content: Mapping[str, Any], name: str) -> str:
    found = content.get(name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"it has no {name}")
    if "\x00" in found or not found.isprintable():
        raise ValueError(f"{name} has signs that cannot be printed")
    return found


def _names(content: Mapping[str, Any], name: str) -> Value:
    found = content.get(name)
    several = [found] if isinstance(found, str) else found
    if not isinstance(several, list) or not several or not all(isinstance(one, str) and one for one in several):
        raise ValueError(f"{name} is neither a label nor a list of labels")
    if not all(one.isprintable() for one in several):
        raise ValueError(f"{name} has signs that cannot be printed")
    return tuple(several)


def _moment(content: Mapping[str, Any], now: datetime) -> datetime:
    if content.get("at") is None:
        return now
    try:
        found = datetime.fromisoformat(str(content["at"]))
    except ValueError:
        raise ValueError(f"at is {content['at']!r}, not a time like 2026-01-31T09:30:00Z") from None
    if found.tzinfo is None:
        raise ValueError(f"at is {content['at']!r}, which has no time zone; write it as 2026-01-31T09:30:00Z")
    if not EARLIEST <= found < LATEST:
        raise ValueError(f"at is {content['at']!r}, which is not between {EARLIEST:%Y} and {LATEST:%Y}")
    return found.astimezone(UTC)
