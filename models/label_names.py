"""Reads other people's label names and ids as our labels, and refuses to guess where two readings are in use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from core.errors import SetupError
from models.data import SENTIMENTS, TWEET_SENTIMENTS

SYNONYMS: Final = {
    "bearish": "negative",
    "bullish": "positive",
    "neg": "negative",
    "neu": "neutral",
    "pos": "positive",
}
TWEETS_FOLDER: Final = "twitter_financial_sentiment"
NO_LABELS: Final = frozenset({"", "nan", "none", "null"})

Map = Mapping[str, str | None]


def read_labels(
    cells: Sequence[Any], names: Sequence[str], *, task: str, path: Path, label_map: Map | None
) -> list[tuple[int, ...] | None]:
    """The label ids of each row.

    Args:
        cells: one a row: a name, an id, or for emotion several of them, as a list or separated by commas.
        names: our labels, in id order.
        task: decides which ids are understood.
        path: the file, whose place may say whose ids they are.
        label_map: their label to ours, or to `None` for rows to leave out; a label it lacks must be one of ours.

    Returns:
        A tuple a row; `None` for a row that the map leaves out.

    Raises:
        SetupError: a label is not ours and not in the map, or ids could mean two things.
    """
    several = task == "emotion"
    rows = [_parts(cell, several) for cell in cells]
    reading = _reading(names, label_map or {})
    if not label_map:
        reading |= _ids(rows, names, task, path)
    unknown = sorted({part for row in rows for part in row if _key(part) not in reading})
    if unknown:
        first = next(number for number, row in enumerate(rows, 1) if any(_key(part) not in reading for part in row))
        shown = ", ".join(repr(part) for part in unknown[:5]) + (" …" if len(unknown) > 5 else "")
        raise SetupError(
            f"{path.name} has {len(unknown)} labels that the {task} head does not know ({shown}; first in row {first});"
            f' say what they mean with --label-map FILE.json, as {{"theirs": "{names[0]}"}}, or null to leave them out'
        )
    return [_ids_of_row(row, reading) for row in rows]


def named_map(name: str, names: Sequence[str]) -> dict[str, str | None] | None:
    """A published order of ids by its name, as a label map; `None` when we know none of that name.

    >>> named_map("negative-neutral-positive", ("negative", "neutral", "positive"))
    {'0': 'negative', '1': 'neutral', '2': 'positive'}
    """
    orders: dict[str, Sequence[str]] = {
        TWEETS_FOLDER: [TWEET_SENTIMENTS[index] for index in sorted(TWEET_SENTIMENTS)],
        "negative-neutral-positive": SENTIMENTS,
        "banking77-alphabetical": sorted(names, key=str.lower),
        "banking77-categories": names,
    }
    order = orders.get(name)
    if order is None or set(order) != set(names):
        return None
    return {str(index): label for index, label in enumerate(order)}


def _ids_of_row(row: Sequence[str], reading: Mapping[str, int | None]) -> tuple[int, ...] | None:
    ids = [reading[_key(part)] for part in row]
    known = sorted({label for label in ids if label is not None})
    return tuple(known) if known or not ids else None


def _parts(cell: Any, several: bool) -> list[str]:
    if isinstance(cell, str) or not isinstance(cell, Iterable):
        text = _text(cell)
        found = re.split(r"[,;|]", text.strip("[]")) if several else [text]
    else:
        found = [_text(part) for part in cell]
    parts = [part.strip().strip("'\"") for part in found]
    if several:
        return [part for part in parts if part.lower() not in NO_LABELS]
    return parts[:1]


def _text(cell: Any) -> str:
    """A number as an integer where it is one: pandas reads a column with a gap as floats."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _key(name: str) -> str:
    """How a name is compared: case, blanks, underscores and punctuation do not count; a sign does."""
    return re.sub(r"[^a-z0-9\-]+", "", name.lower()) if _is_id(name) else re.sub(r"[^a-z0-9]+", "", name.lower())


def _is_id(name: str) -> bool:
    return re.fullmatch(r"-?\d+", name) is not None


def _reading(names: Sequence[str], label_map: Map) -> dict[str, int | None]:
    ours = {_key(name): index for index, name in enumerate(names)}
    ours |= {theirs: ours[name] for theirs, name in SYNONYMS.items() if name in ours}
    reading: dict[str, int | None] = dict(ours)
    for theirs, name in label_map.items():
        if name is not None and _key(name) not in ours:
            raise SetupError(f"the label map sends {theirs!r} to {name!r}, which is none of: {', '.join(names)}")
        reading[_key(theirs)] = None if name is None else ours[_key(name)]
    return reading


def _ids(rows: Sequence[Sequence[str]], names: Sequence[str], task: str, path: Path) -> dict[str, int]:
    """What the ids in the column mean, when it holds only ids.

    Raises:
        SetupError: more than one order is in use for this task.
    """
    found = {part for row in rows for part in row}
    if not found or not all(_is_id(part) for part in found):
        return {}
    if task in ("topic", "emotion"):
        return {str(index): index for index in range(len(names))}
    if task == "intent":
        raise SetupError(
            f"the ids in {path.name} could follow either of two orders of Banking77; say which with --label-map "
            "banking77-alphabetical (activate_my_card is 0) or banking77-categories (card_arrival is 0)"
        )
    if "-1" in found:
        return {"-1": names.index("negative"), "0": names.index("neutral"), "1": names.index("positive")}
    if TWEETS_FOLDER in path.resolve().parts or path.stem.startswith(TWEETS_FOLDER):
        return {str(key): names.index(name) for key, name in TWEET_SENTIMENTS.items()}
    raise SetupError(
        f"the ids in {path.name} could follow either of two orders; say which with --label-map {TWEETS_FOLDER} "
        "(0 bearish, 1 bullish, 2 neutral), --label-map negative-neutral-positive, or a JSON file"
    )
