"""Brings labels from a file of JSON lines, and writes them to one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from core.errors import SetupError
from core.label_lines import read, written, written_settled
from core.labels import NewLabel
from core.learning_ports import LabelStore

LINES_AT_ONCE: Final = 500
LONGEST_LINE: Final = 1_000_000
"""Bytes; what is longer is no label."""


@dataclass(slots=True)
class Brought:
    """What became of a file's lines: lines = added + known + faults, blank ones aside."""

    lines: int = 0
    added: int = 0
    known: int = 0
    """Were there before."""
    faults: list[tuple[int, str]] = field(default_factory=list)
    """Line number, from 1, and what is wrong there."""


def bring(
    store: LabelStore,
    path: Path,
    by: str | None,
    bringer: str,
    now: datetime,
    fault: Callable[[int, str], None],
) -> Brought:
    """Import a file's labels, a part at a time; a bad line is told and keeps no other one out.

    Doing it again, or going on after it broke off, changes nothing that was brought before.

    Args:
        by: whose labels they are, where a line does not say.
        bringer: who imports them, for the audit log.
        fault: told a line's number, from 1, and what is wrong there.

    Raises:
        SetupError: the file cannot be read.
        DatabaseUnavailable: what was brought until then stays.
    """
    done = Brought()
    try:
        with path.open("rb") as file:
            numbered = enumerate(file, start=1)
            while part := list(islice(numbered, LINES_AT_ONCE)):
                _bring_part(store, part, by, bringer, now, done, fault)
    except OSError as exc:
        raise SetupError(f"{path} cannot be read: {exc.strerror}") from exc
    return done


def write(store: LabelStore, path: Path, settled: bool, since: datetime | None) -> int:
    """Export labels: each person's, or the settled ones; how many. The file is whole or not there.

    Raises:
        SetupError: the file cannot be written.
        DatabaseUnavailable: nothing was written.
    """
    lines = (written_settled(label) for label in store.settled(since)) if settled else _all_lines(store, since)
    unfinished = path.with_name(path.name + ".part")
    count = 0
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(line + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as exc:
        raise SetupError(f"{path} cannot be written: {exc.strerror}") from exc
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _all_lines(store: LabelStore, since: datetime | None) -> Iterator[str]:
    after = 0
    while page := store.page(after, LINES_AT_ONCE):
        after = page[-1][0].label_id
        for label, text, channel, language in page:
            if since is None or label.at >= since:
                yield written(label, text, channel, language)


def _bring_part(
    store: LabelStore,
    part: list[tuple[int, bytes]],
    by: str | None,
    bringer: str,
    now: datetime,
    done: Brought,
    fault: Callable[[int, str], None],
) -> None:
    faults: list[tuple[int, str]] = []
    good: list[tuple[int, tuple[NewLabel, datetime]]] = []
    for number, line in part:
        if line.strip():
            done.lines += 1
            try:
                good.append((number, read(_text(line), by, now)))
            except ValueError as exc:
                faults.append((number, str(exc)))
    answers = store.add_all([label for _, label in good], bringer, now)
    for (number, _), answer in zip(good, answers, strict=True):
        if answer.refused:
            faults.append((number, answer.refused))
        done.added += answer.is_new
        done.known += not answer.is_new and not answer.refused
    for number, what in sorted(faults):
        done.faults.append((number, what))
        fault(number, what)


def _text(line: bytes) -> str:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"it is longer than {LONGEST_LINE:,} bytes")
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
