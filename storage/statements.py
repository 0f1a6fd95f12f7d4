"""Reads named SQL statements from the .sql files beside this module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_NAME = re.compile(r"^-- name:[ \t]*(\w+)[ \t]*$", re.MULTILINE)


QUERIES: Final = ("queries.sql", "explore.sql")
"""The files of what `Database.read` knows."""


@cache
def queries() -> Mapping[str, str]:
    """Every named query of the pages. Raises ValueError: a name stands twice."""
    return MappingProxyType(parse("\n".join(_text(file) for file in QUERIES)))


@cache
def statements(file: str) -> Mapping[str, str]:
    """The statements of one file by name; parameters are written as %(this)s, so a literal percent sign as %%."""
    return MappingProxyType(parse(_text(file)))


def _text(file: str) -> str:
    return Path(__file__).with_name(file).read_text(encoding="utf-8")


def parse(text: str) -> dict[str, str]:
    """Each statement starts at its "-- name: …" line and ends before the next one.

    Raises:
        ValueError: a name stands twice.

    >>> parse("-- name: answer\\nSELECT 42;")
    {'answer': 'SELECT 42'}
    """
    _, *parts = _NAME.split(text)
    found: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in found:
            raise ValueError(f"two statements are named {name!r}")
        found[name] = body.strip().rstrip(";")
    return found
