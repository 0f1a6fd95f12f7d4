"""Reads posts from files: our own JSON lines, StockNet tweets, and complaint narratives of the CFPB.

A file is read by what is in it: `.csv` is the CFPB's export, `.json` a list of objects with a `text`, and each line of
`.jsonl` (or `.jsonl.gz`) either one of our posts or one tweet of StockNet.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import merge
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from core.errors import MalformedItem, SetupError
from core.posts import Channel, Post
from ingest.items import Item

CFPB, STOCKNET = "cfpb", "stocknet"
NARRATIVE: Final = "Consumer complaint narrative"
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of a file: an item of a source, a whole post, or the reason why it is neither."""

    where: str
    """file:line"""
    moment: datetime
    """By which files are merged; a line that cannot be read has that of the line before it."""
    source: str = ""
    item: Item | None = None
    post: Post | None = None
    fault: str = ""
    body: bytes = b""

    @property
    def key(self) -> tuple[str, str]:
        """Equal for one post that stands in several files, or in one file twice."""
        return (self.source, self.item.native_id) if self.item else ("", self.post.post_id if self.post else self.where)


def read_all(
    paths: Sequence[Path], now: datetime, advance: Callable[[int], None] = lambda _: None
) -> Iterator[Reading]:
    """The lines of all files, merged by time; one post that stands in several becomes one, with all its entities.

    Each file must be in the order of time itself, as StockNet's are; else a post may come twice, which does no harm.

    Args:
        now: the time of texts that have none.
        advance: told how many more bytes of the files were read.

    Raises:
        SetupError: a file is missing, or of another kind.
    """
    for path in paths:
        if not path.is_file():
            raise SetupError(f"there is no file {path}")
        if not path.name.endswith((".csv", ".json", ".jsonl", ".jsonl.gz")):
            raise SetupError(f"{path.name} is not a .jsonl, .jsonl.gz, .json or .csv file")
    merged = merge(*(_read(path, now, advance) for path in paths), key=lambda reading: reading.moment)
    for _, together in groupby(merged, key=lambda reading: reading.moment):
        yield from _united(together)


def _united(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Of one moment: equal posts become one."""
    by_key: dict[tuple[str, str], Reading] = {}
    for reading in readings:
        first = by_key.setdefault(reading.key, reading)
        if first is not reading and first.item and reading.item:
            entities = tuple(dict.fromkeys((*first.item.entities, *reading.item.entities)))
            by_key[reading.key] = replace(first, item=replace(first.item, entities=entities))
    yield from by_key.values()


def _read(path: Path, now: datetime, advance: Callable[[int], None]) -> Iterator[Reading]:
    if path.suffix in (".csv", ".json"):
        rows = list(_csv(path) if path.suffix == ".csv" else _json(path, now))
        advance(path.stat().st_size)
        yield from sorted(rows, key=lambda reading: reading.moment)
    else:
        yield from _json_lines(path, advance)


def _json_lines(path: Path, advance: Callable[[int], None]) -> Iterator[Reading]:
    moment = ALWAYS
    for number, line in enumerate(_lines(path, advance), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            reading = _line(where, line)
        except (MalformedItem, OSError, EOFError) as exc:
            yield Reading(where, moment, fault=str(exc), body=line)
        else:
            moment = reading.moment
            yield reading


def _lines(path: Path, advance: Callable[[int], None]) -> Iterator[bytes]:
    """Lines, told of by the bytes of the file that were read for them."""
    told = 0
    with path.open("rb") as raw:
        stream = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        try:
            for number, line in enumerate(stream):
                if number % 500 == 0:
                    advance(raw.tell() - told)
                    told = raw.tell()
                yield line
        except (OSError, EOFError, zlib.error) as exc:
            raise SetupError(f"{path.name} cannot be read to its end: {exc}") from exc
        advance(raw.tell() - told)


def _line(where: str, line: bytes) -> Reading:
    content = _object(line)
    if "post_id" in content:
        try:
            post = Post.model_validate(content)
        except ValidationError as exc:
            fault = exc.errors(include_url=False, include_context=False, include_input=False)[0]
            raise MalformedItem(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from exc
        return Reading(where, post.published_at, post.source, post=post)
    if {"id", "t", "text"} <= content.keys():
        item = _tweet(content)
        return Reading(where, item.published_at, STOCKNET, item=item)
    raise MalformedItem("the line is neither a post of ours nor a tweet of StockNet")


def _object(line: bytes) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise MalformedItem(f"the line is not JSON: {type(exc).__name__}") from exc
    if not isinstance(content, dict):
        raise MalformedItem(f"the line is a {type(content).__name__}, not an object")
    return content


def _tweet(content: dict[str, Any]) -> Item:
    native_id, moment, text = (content[name] for name in ("id", "t", "text"))
    ticker = content.get("ticker", "")
    if not all(isinstance(value, str) for value in (native_id, moment, text, ticker)):
        raise MalformedItem("'id', 't', 'ticker' and 'text' must be strings")
    try:
        published_at = datetime.fromisoformat(moment)
    except ValueError as exc:
        raise MalformedItem(f"'t' {moment[:40]!r} is not a time") from exc
    if published_at.tzinfo is None:
        raise MalformedItem("'t' has no time zone")
    entities = (ticker,) if ticker else ()
    return Item(native_id, unescape(text), published_at, Channel.SOCIAL, entities=entities)


def _csv(path: Path) -> Iterator[Reading]:
    with path.open(encoding="utf-8", errors="replace", newline="") as text:
        rows = csv.DictReader(text)
        if NARRATIVE not in (rows.fieldnames or ()):
            raise SetupError(f"{path.name} has no column {NARRATIVE!r}")
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            try:
                published_at = datetime.strptime(row["Date received"] or "", "%m/%d/%y").replace(tzinfo=UTC)
                item = Item(row["Complaint ID"] or where, row[NARRATIVE] or "", published_at, Channel.CUSTOMER)
            except (ValueError, KeyError) as exc:
                yield Reading(where, ALWAYS, fault=f"the row has no date: {exc}", body=json.dumps(row).encode())
            else:
                yield Reading(where, published_at, CFPB, item=item)


def _json(path: Path, now: datetime) -> Iterator[Reading]:
    try:
        rows = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as exc:
        raise SetupError(f"{path.name} is not JSON") from exc
    if not isinstance(rows, list):
        raise SetupError(f"{path.name} is not a list of objects with a 'text'")
    for number, row in enumerate(rows, 1):
        text = row.get("text") if isinstance(row, dict) else None
        if isinstance(text, str):
            native_id = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
            yield Reading(f"{path.name}:{number}", now, CFPB, item=Item(native_id, text, now, Channel.CUSTOMER))
        else:
            body = json.dumps(row).encode()
            yield Reading(f"{path.name}:{number}", now, fault="the entry has no 'text' that is a string", body=body)
