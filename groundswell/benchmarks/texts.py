"""What benchmarks read: the demo's posts, or a file of texts."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from core.errors import SetupError


def read_texts(file: Path | None, column: str, most: int) -> list[str]:
    """The first `most` texts that are not empty.

    Args:
        file: CSV, TSV, JSON lines or Parquet; `None` for the demo's posts, written for this project.
        column: of the texts, in a file.
        most: > 0.

    Raises:
        SetupError: the file cannot be read, has no such column, or holds too few texts to measure with.
    """
    texts = [text for text in (_demo() if file is None else _of_file(file, column)) if text.strip()][:most]
    if len(texts) < 16:
        raise SetupError(f"{file or 'the demo'} holds {len(texts)} texts; a measurement needs at least 16")
    return texts


def _of_file(file: Path, column: str) -> list[str]:
    from models.tables import read_table

    table = read_table(file)
    if column not in table.columns:
        raise SetupError(f"{file.name} has no column {column}; it has {', '.join(map(str, table.columns))}")
    return [str(text) for text in table[column]]


def _demo() -> list[str]:
    lines = files("groundswell.demo").joinpath("story.jsonl").read_text(encoding="utf-8").splitlines()
    posts = [json.loads(line) for line in lines]
    return [" ".join(filter(None, (post.get("title"), post.get("text")))) for post in posts]
