"""Spans of time as people write them in a configuration: "30s", "5m", "1h30m", "2d"."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer

UNITS_S: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Seconds of each unit, the longest first."""
_WRITTEN = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_duration(text: str) -> timedelta:
    """Read a span as Prometheus writes them: whole numbers with w, d, h, m or s, the longest unit first; "0" is none.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    >>> parse_duration("90")
    Traceback (most recent call last):
        ...
    ValueError: '90' is not a duration: write 30s, 5m, 1h30m or 2d

    Raises:
        ValueError: it is not of this form, or longer than a hundred years.
    """
    written = text.strip()
    found = _WRITTEN.fullmatch(written)
    if written != "0" and (not written or found is None):
        raise ValueError(f"{text!r} is not a duration: write 30s, 5m, 1h30m or 2d")
    numbers = found.groups() if found is not None else ()
    total_s = sum(int(number or 0) * unit_s for number, unit_s in zip(numbers, UNITS_S.values(), strict=False))
    if total_s > 36_525 * UNITS_S["d"]:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return timedelta(seconds=total_s)


def format_duration(span: timedelta) -> str:
    """Write a span in the units it fills, whole seconds at most.

    >>> [format_duration(timedelta(seconds=s)) for s in (0, 59, 5400, 180_000)]
    ['0s', '59s', '1h30m', '2d2h']
    """
    left_s, parts = int(span.total_seconds()), []
    for unit, unit_s in UNITS_S.items():
        count, left_s = divmod(left_s, unit_s)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _read(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("a duration is written in quotes, with its unit: 30s, 5m, 1h30m or 2d")
    return parse_duration(value)


Duration = Annotated[timedelta, BeforeValidator(_read), PlainSerializer(format_duration, return_type=str)]
"""For pydantic models: read from and written as text."""
