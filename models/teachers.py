"""Which artefacts teach which heads, and that none of them has seen a development row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SetupError
from models import artefact
from models.data import Fold


@dataclass(frozen=True, slots=True)
class Teacher:
    """An artefact, and the heads that it teaches."""

    folder: Path
    tasks: tuple[str, ...]


def parse_teacher(value: str) -> Teacher:
    """Read FOLDER, or FOLDER:task,task for some of its heads.

    Raises:
        SetupError: it has no such heads.
        ModelUnusable: it is no artefact.
    """
    name, _, listed = value.partition(":")
    has = tuple(artefact.read_description(Path(name)).labels)
    tasks = tuple(task.strip() for task in listed.split(",")) if listed else has
    if not set(tasks) <= set(has):
        raise SetupError(
            f"the teacher {name} has heads for {', '.join(has)}; not for {', '.join(set(tasks) - set(has))}"
        )
    return Teacher(Path(name), tasks)


def describe(teachers: Sequence[Teacher]) -> list[dict[str, Any]]:
    """For the training record: what each teacher is and scores, without where it lies."""
    found = []
    for teacher in teachers:
        record = artefact.read_json(teacher.folder, artefact.RECORD)
        version = artefact.read_description(teacher.folder).version
        kept = {key: record[key] for key in ("encoder", "settings", "steps", "minutes", "development") if key in record}
        found.append({"version": version, "teaches": list(teacher.tasks)} | kept)
    return found


def fold_left_out(teacher: Teacher) -> Fold | None:
    """The part of the training rows that the teacher was not trained on."""
    fold = artefact.read_json(teacher.folder, artefact.RECORD)["settings"].get("fold")
    return None if fold is None else (int(fold[0]), int(fold[1]))


def check_split(teacher: Teacher, data_files: Mapping[str, str], seed: int) -> None:
    """Raises SetupError: the teacher was trained on other data, or on another split of it."""
    record = artefact.read_json(teacher.folder, artefact.RECORD)
    if record["data_sha256"] != data_files or record["settings"]["seed"] != seed:
        raise SetupError(
            f"the teacher {teacher.folder} was trained on another split; it may have seen development rows"
        )
