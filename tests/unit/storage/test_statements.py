"""SQL files are read as named statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import statements as module
from storage.statements import parse, statements

FILES = sorted(path.name for path in Path(module.__file__).parent.glob("*.sql"))


def test_a_statement_goes_from_its_name_to_the_next_one() -> None:
    text = "-- the file\n-- name: one\n-- what it does\nSELECT 1;\n\n-- name: two\nSELECT 2\n"

    assert parse(text) == {"one": "-- what it does\nSELECT 1", "two": "SELECT 2"}


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="one"):
        parse("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;")


@pytest.mark.parametrize("file", FILES)
def test_every_file_holds_single_statements(file: str) -> None:
    for name, statement in statements(file).items():
        lines = [line for line in statement.splitlines() if not line.lstrip().startswith("--")]
        assert "".join(lines).strip(), name
        assert ";" not in "".join(line.partition("--")[0] for line in lines), name
