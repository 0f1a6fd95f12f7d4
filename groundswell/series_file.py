"""A series of counts in a CSV file with the columns timestamp and value."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from core.errors import SetupError
from core.surges import Bucket

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CountSeries:
    """Rows in the order of the file, which is that of time."""

    stamps: tuple[str, ...]
    """As they are written; empty where the file has none."""
    times: tuple[datetime, ...]
    """In UTC; a row without a time follows the one above by the interval."""
    values: tuple[int, ...]
    interval: timedelta
    """The median distance of two rows."""

    def buckets(self) -> list[Bucket]:
        """One bucket a row. Where rows are further apart than an hour, they are taken as hours: no rhythm is learnt."""
        if self.interval <= HOUR:
            return [Bucket(time, value) for time, value in zip(self.times, self.values, strict=True)]
        rows = (round((time - self.times[0]) / self.interval) for time in self.times)
        return [Bucket(self.times[0] + row * HOUR, value) for row, value in zip(rows, self.values, strict=True)]

    @property
    def bucket_length(self) -> timedelta:
        return min(self.interval, HOUR)


def read_series(path: Path) -> CountSeries:
    """Read a file.

    Raises:
        SetupError: it cannot be read, or a row is not what it should be; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise SetupError(f"{path} cannot be read: {exc}") from exc
    try:
        return parse_series(text)
    except ValueError as exc:
        raise SetupError(f"{path}, {exc}") from exc


def parse_series(text: str) -> CountSeries:
    """Parse the text of a file.

    Raises:
        ValueError: says the line and what is wrong there.

    >>> parse_series("timestamp,value\\n2026-01-31 09:00:00,4\\n2026-01-31 09:05:00,7\\n").interval
    datetime.timedelta(seconds=300)
    """
    reader = csv.reader(io.StringIO(text))
    header = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in ("timestamp", "value") if name not in header]
    if missing:
        raise ValueError(f"line 1: there is no column {' and no column '.join(missing)}")
    time_at, value_at = header.index("timestamp"), header.index("value")
    stamps: list[str] = []
    found: list[datetime | None] = []
    values: list[int] = []
    last: datetime | None = None
    for row in reader:
        if not row:
            continue
        if len(row) <= max(time_at, value_at):
            raise ValueError(f"line {reader.line_num}: it has {len(row)} of {len(header)} columns")
        stamps.append(row[time_at].strip())
        values.append(_count(row[value_at].strip(), reader.line_num))
        time = _moment(stamps[-1], reader.line_num)
        if time is not None and last is not None and time < last:
            raise ValueError(f"line {reader.line_num}: {stamps[-1]} is before the rows above; sort the rows by time")
        found.append(time)
        last = time or last
    if not values:
        raise ValueError("line 2: there are no rows")
    interval = _interval(found)
    return CountSeries(tuple(stamps), _filled(found, interval), tuple(values), interval)


def _count(written: str, line: int) -> int:
    try:
        value = float(written)
    except ValueError:
        raise ValueError(f"line {line}: the value {written!r} is not a number") from None
    if not 0 <= value < 1e15 or value != int(value):
        raise ValueError(f"line {line}: the value {written!r} is not a count (a whole number from 0 on)")
    return int(value)


def _moment(written: str, line: int) -> datetime | None:
    if not written:
        return None
    try:
        time = datetime.fromisoformat(written)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"line {line}: {written!r} is not a time like 2026-01-31 09:30:00") from None


def _interval(times: Sequence[datetime | None]) -> timedelta:
    """The median distance of neighbours that have a time; five minutes where there are none."""
    steps = [(b - a).total_seconds() for a, b in pairwise(times) if a is not None and b is not None and b > a]
    return timedelta(seconds=max(1, round(statistics.median(steps)))) if steps else timedelta(minutes=5)


def _filled(times: Sequence[datetime | None], interval: timedelta) -> tuple[datetime, ...]:
    """A row without a time follows the one above; those before the first that has one precede it."""
    known = ((n, time) for n, time in enumerate(times) if time is not None)
    place, anchor = next(known, (0, datetime(1970, 1, 1, tzinfo=UTC)))
    filled: list[datetime] = []
    for time in times:
        follows = filled[-1] + interval if filled else anchor - place * interval
        filled.append(time or follows)
    return tuple(filled)
