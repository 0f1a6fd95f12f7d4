"""Reads a table of text from a CSV, TSV, JSON-lines or Parquet file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import SetupError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")


def read_table(path: Path, *, header: bool = True) -> pd.DataFrame:
    """Read a whole file; without a header the columns are numbered from 0.

    A TSV is read with quoting off, as GoEmotions is published; a CSV with the usual double quotes, separated by what
    its first line holds most of: commas, semicolons or tabs. UTF-8, with or without a mark, else Windows-1252.

    Raises:
        SetupError: no such file, a suffix we do not read, or content that is not what the suffix says.
    """
    import pandas as pd

    if not path.is_file():
        raise SetupError(f"there is no file {path}")
    if not path.stat().st_size:
        raise SetupError(f"{path.name} is empty")
    first_row = 0 if header else None
    try:
        match path.suffix.lower():
            case ".csv":
                return _read_csv(path, first_row)
            case ".tsv":
                return pd.read_csv(path, sep="\t", header=first_row, quoting=csv.QUOTE_NONE, keep_default_na=False)
            case ".jsonl" | ".ndjson":
                return pd.read_json(path, lines=True, dtype=False)
            case ".json":
                return pd.read_json(path, dtype=False)
            case ".parquet":
                return pd.read_parquet(path)
    except (ValueError, OSError, pd.errors.ParserError) as exc:
        raise SetupError(f"{path.name} is not readable as {path.suffix[1:]}: {str(exc).splitlines()[0][:160]}") from exc
    raise SetupError(f"{path.name} is none of {', '.join(SUFFIXES)}")


def _read_csv(path: Path, first_row: int | None) -> pd.DataFrame:
    import pandas as pd

    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    separator = max(",;\t", key=first.count)  # a draw goes to the comma
    return pd.read_csv(io.StringIO(text), sep=separator, header=first_row, keep_default_na=False)


def find_table(folder: Path, stem: str) -> Path:
    """The one file `stem` in the folder, whatever its format.

    Raises:
        SetupError: there is none.
    """
    for suffix in SUFFIXES:
        if (folder / f"{stem}{suffix}").is_file():
            return folder / f"{stem}{suffix}"
    raise SetupError(f"{folder} holds no {stem}.csv, .tsv, .jsonl or .parquet")
