"""Says on which line of a TOML file a value stands; `tomllib`, which reads the values, does not."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

Path = tuple[str | int, ...]
"""Keys, and the places in lists of tables."""

_SKIP: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n', re.DOTALL
)
"""What can hold or hide the end of a statement: strings, comments, brackets, and the end of a line."""


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line, from 1, of the value at a path, or of the nearest thing around it; `None` for the file as a whole.

    Args:
        text: TOML that `tomllib` reads.

    >>> text = "[[receivers]]\\nname = 'a'\\n[[receivers]]\\nname = 'b'\\n[route]\\ngroup_by = [\\n 'entity',\\n 3]"
    >>> places = ("receivers", 1, "name"), ("receivers", 1, "url"), ("route", "group_by", 1), ("x",)
    >>> [line_of(text, place) for place in places]
    [4, 3, 6, None]
    """
    found = dict(_places(text))
    for length in range(len(path), 0, -1):
        if (line := found.get(tuple(path[:length]))) is not None:
            return line
    return None


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Every key and table, the later of two that bear one path last."""
    table: Path = ()
    counts: Counter[Path] = Counter()
    for line, statement in _statements(text):
        if statement.startswith("["):
            is_list = statement.startswith("[[")
            written = statement.strip("[]") if not is_list else statement[2 : statement.index("]]")]
            table = _resolve(_keys(written), counts, is_list)
            yield table, line
        elif "=" in statement:
            yield table + tuple(_keys(statement[: _equals(statement)])), line


def _resolve(keys: Sequence[str], counts: Counter[Path], is_list: bool) -> Path:
    """The path of a table's header: a list of tables that it leads through means the newest of them."""
    path: Path = ()
    for number, key in enumerate(keys):
        path += (key,)
        if is_list and number == len(keys) - 1:
            counts[path] += 1
        if counts[path]:
            path += (counts[path] - 1,)
    return path


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header and each key with its value, without comments, and the line it begins on."""
    begun, depth, position, pieces = 1, 0, 0, []  # type: int, int, int, list[str]
    line = 1
    for match in _SKIP.finditer(text):
        token = match[0]
        pieces.append(text[position : match.start()])
        position = match.end()
        if token == "\n" and depth == 0:
            yield from _finished(begun, pieces)
            begun, pieces = line + 1, []
        elif not token.startswith("#"):
            pieces.append(token)
            depth += (token in "[{") - (token in "]}") if len(token) == 1 else 0
        line += token.count("\n")
    yield from _finished(begun, [*pieces, text[position:]])


def _finished(begun: int, pieces: Sequence[str]) -> Iterator[tuple[int, str]]:
    statement = "".join(pieces).strip()
    if statement:
        yield begun, statement


def _equals(statement: str) -> int:
    """Where the equals sign stands that ends the key; a quoted key may hold others."""
    match = re.match(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'=])*""", statement)
    return match.end() if match is not None else statement.index("=")


def _keys(written: str) -> list[str]:
    """The parts of a dotted key, as TOML reads them."""
    keys: list[str] = []
    inner: object = tomllib.loads(f"{written.strip()} = 0")
    while isinstance(inner, dict):
        ((key, inner),) = inner.items()
        keys.append(key)
    return keys
