"""Reads a labelled file that the model has never seen, whatever its format, columns and label names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import SetupError
from models.data import decisions
from models.label_names import Map, read_labels
from models.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

TEXT_COLUMNS: Final = ("text", "tweet", "title", "headline", "sentence", "comment", "content", "message", "utterance")
LABEL_COLUMNS: Final = ("label", "labels", "category", "class", "target")
ENTITY_COLUMNS: Final = ("entity", "ticker", "company", "target_entity", "aspect")
ENTITY_SENTIMENTS: Final = ("decisions",)
"""Columns that hold a dictionary from entity to sentiment, as SEntFiN does."""


@dataclass(slots=True)
class Labelled:
    """Texts and their true labels, row by row."""

    texts: list[str] = field(default_factory=list)
    labels: list[tuple[int, ...]] = field(default_factory=list)
    entities: list[str] | None = None
    conflict: list[bool] | None = None
    """For entities: its text names entities of different sentiment."""
    left_out: int = 0
    """Rows that the label map leaves out."""


def read_labelled(
    path: Path,
    task: str,
    labels: Mapping[str, Sequence[str]],
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    entity_column: str | None = None,
    label_map: Map | None = None,
) -> Labelled:
    """Read a file for one task.

    Args:
        path: CSV, TSV, JSON lines or Parquet; a column may be named by its number from 0, for a file without header.
        task: topic, sentiment, emotion, intent or entity.
        labels: our labels by task.
        text_column: of the texts; found by its usual names when left out.
        label_column: of the labels; the same.
        entity_column: of the entity, for "entity", unless the label column holds dictionaries.
        label_map: see `models.label_names.read_labels`.

    Raises:
        SetupError: no such file or column, an unknown label, or no row left.
    """
    named = [name for name in (text_column, label_column, entity_column) if name is not None]
    numbered = bool(named) and all(name.isdigit() for name in named)
    table = _read(path, numbered)
    texts = [_text(text) for text in table[_column(table, text_column, TEXT_COLUMNS, "text", path)]]
    usual = (*LABEL_COLUMNS, *(("sentiment", *ENTITY_SENTIMENTS) if task == "entity" else (task, f"{task}s")))
    cells = list(table[_column(table, label_column, usual, "label", path)])
    entities: list[str] | None = None
    if task == "entity" and cells and decisions(str(cells[0])):
        texts, entities, cells = _one_row_an_entity(texts, cells)
    elif task == "entity":
        entities = [_text(name) for name in table[_column(table, entity_column, ENTITY_COLUMNS, "entity", path)]]
    ids = read_labels(cells, labels[task], task=task, path=path, label_map=label_map)
    return _kept(texts, ids, entities, path)


def _read(path: Path, numbered: bool) -> pd.DataFrame:
    """A TSV without a header, as GoEmotions is published, is known by ids in its first line."""
    table = read_table(path, header=not numbered)
    if numbered or path.suffix.lower() != ".tsv" or not any(_all_digits(str(name)) for name in table.columns):
        return table
    table = read_table(path, header=False)
    return table.rename(columns={0: "text", 1: "label"})


def _text(cell: object) -> str:
    """A missing value is no text, and not the text "nan"."""
    return "" if cell is None or cell != cell else str(cell)


def _all_digits(name: str) -> bool:
    return all(part.strip().isdigit() for part in name.split(","))


def _column(table: pd.DataFrame, asked: str | None, usual: Sequence[str], what: str, path: Path) -> str | int:
    present: list[str | int] = list(table.columns)
    if asked is not None:
        for name in present:
            if str(name) == asked:
                return name
        raise SetupError(f"{path.name} has no column {asked!r}; it has {_listed(present)}")
    for candidate in usual:
        for name in present:
            if str(name).lower() == candidate:
                return name
    raise SetupError(
        f"{path.name} has no usual {what} column; name it with --{what}-column, one of {_listed(present)}; "
        "in a file without a header line columns are numbered from 0"
    )


def _listed(columns: Sequence[str | int]) -> str:
    return ", ".join(str(name)[:40] for name in columns[:12]) + (" …" if len(columns) > 12 else "")


def _one_row_an_entity(texts: Sequence[str], cells: Sequence[object]) -> tuple[list[str], list[str], list[str]]:
    rows = [(text, *pair) for text, cell in zip(texts, cells, strict=True) for pair in decisions(str(cell)).items()]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def _kept(
    texts: Sequence[str], ids: Sequence[tuple[int, ...] | None], entities: Sequence[str] | None, path: Path
) -> Labelled:
    kept = [row for row, labels in enumerate(ids) if labels is not None]
    if not kept:
        raise SetupError(f"{path.name} has no row to measure on")
    found = Labelled([texts[row] for row in kept], [ids[row] or () for row in kept], left_out=len(ids) - len(kept))
    if entities is not None:
        found.entities = [entities[row] for row in kept]
        minds: dict[str, set[tuple[int, ...]]] = {}
        for text, labels in zip(found.texts, found.labels, strict=True):
            minds.setdefault(text, set()).add(labels)
        found.conflict = [len(minds[text]) > 1 for text in found.texts]
    return found
