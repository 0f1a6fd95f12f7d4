"""Reads a drop folder: each line of a `.jsonl` and each row of a `.csv` is an item, written into it by anybody.

A row has `text`, and if it likes `id`, `created_at`, `author`, `url`, `channel` and `entities`; in a CSV, entities are
separated by blanks. Without an id the row's own words are its id, without a time it is of the moment that its file was
last written. A file that is being written is given another ending and renamed at its end; lines may be added later.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from core.errors import MalformedItem, SourceRefused, SourceUnavailable
from core.sources import Source
from ingest.items import Item, Parsed, Rejected
from ingest.sites.asking import Page
from ingest.sites.fields import read_items
from ingest.sites.paged import read_item

MOST_BYTES: Final = 20_000_000
"""Read in one run; the rest of a long file comes with the next one."""
LONGEST_LINE: Final = 1_000_000
QUIET: Final = timedelta(minutes=1)


@dataclass
class _Place:
    """How far each file was read, in bytes; a file that is gone is forgotten."""

    read: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, position: str) -> _Place:
        try:
            held = json.loads(position) if position else {}
            return cls({str(name): int(done) for name, done in held.items()})
        except (ValueError, TypeError, AttributeError):
            return cls()

    def written(self) -> str:
        return json.dumps(self.read, sort_keys=True)


def folder_of(source: Source) -> Path:
    """Where a source's files lie; its address is a path or a file:// URL."""
    parts = urlsplit(source.url)
    return Path(unquote(parts.path if parts.scheme == "file" else source.url)).expanduser()


def read(source: Source, position: str, now: datetime) -> Page:
    """What was added since a position, file by file in the order of their names.

    A last line without an end is read once its file was left alone for a minute.

    Raises:
        SourceRefused: there is no such folder.
        SourceUnavailable: it cannot be read now.
    """
    folder = folder_of(source)
    if not folder.is_dir():
        raise SourceRefused(f"{source.name}: there is no folder {folder.name}")
    before, after = _Place.of(position), _Place()
    items: list[Item] = []
    rejected: list[Rejected] = []
    left = MOST_BYTES
    try:
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path.suffix not in (".csv", ".jsonl") or not path.is_file():
                continue
            start = before.read.get(path.name, 0)
            start = 0 if start > path.stat().st_size else start  # written anew, and shorter
            parsed, end = _read_file(path, start, left, source, now) if left > 0 else (Parsed(()), start)
            items += parsed.items
            rejected += parsed.rejected
            left -= end - start
            after.read[path.name] = end
    except OSError as exc:
        raise SourceUnavailable(f"{source.name}: {folder.name} cannot be read: {exc.strerror}") from exc
    return Page(Parsed(tuple(items), tuple(rejected)), after.written(), is_last=left > 0)


def _read_file(path: Path, start: int, most: int, source: Source, now: datetime) -> tuple[Parsed, int]:
    """The whole lines from a place on, and where they end."""
    with path.open("rb") as file:
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        header = file.readline(LONGEST_LINE) if path.suffix == ".csv" else b""
        file.seek(max(start, len(header)))
        body = file.read(max(most, LONGEST_LINE))
    if len(body) >= LONGEST_LINE or now - written_at < QUIET:
        body = body[: _end_of_rows(body, is_csv=bool(header)) or (len(body) if len(body) >= LONGEST_LINE else 0)]
    if not body:
        return Parsed(()), start
    parsed = parse_csv(header + body, source, written_at) if header else parse_lines(body, source, written_at)
    return parsed, max(start, len(header)) + len(body)


def _end_of_rows(body: bytes, is_csv: bool) -> int:
    """Where the last whole line ends; one inside the quotes of a CSV is no end of a row."""
    end = body.rfind(b"\n") + 1
    while is_csv and end and body.count(b'"', 0, end) % 2:
        end = body.rfind(b"\n", 0, end - 1) + 1
    return end


def parse_lines(body: bytes, source: Source, written_at: datetime) -> Parsed:
    """The items of JSON lines."""

    def offered() -> Iterator[Any]:
        for line in body.splitlines():
            if line.strip():
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    yield line.decode(errors="replace")

    return read_items(offered(), lambda raw: _item(raw, source, written_at))


def parse_csv(body: bytes, source: Source, written_at: datetime) -> Parsed:
    """The items of rows under a header."""
    text = body.decode("utf-8-sig", errors="replace").replace("\0", "")
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as exc:
        return Parsed((), (Rejected(f"the file is not CSV: {exc}", b""),))
    return read_items(
        ({name: value for name, value in row.items() if name and value} for row in rows),
        lambda raw: _item(_split(raw), source, written_at),
    )


def _split(raw: Mapping[str, Any]) -> dict[str, Any]:
    said = raw.get("entities")
    return {**raw, "entities": said.split()} if isinstance(said, str) else dict(raw)


def _item(raw: dict[str, Any], source: Source, written_at: datetime) -> Item:
    if "text" not in raw:
        raise MalformedItem("the row has no 'text'")
    own = json.dumps(raw, sort_keys=True).encode()
    return read_item({"id": hashlib.sha256(own).hexdigest(), "created_at": written_at.isoformat(), **raw}, source)
