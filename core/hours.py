"""Hours, days and months in which a route speaks or is silent, as Alertmanager's time intervals."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
DAY_MIN: Final = 1_440


@dataclass(frozen=True, slots=True)
class Interval:
    """A moment is in it when every field that is not empty fits; bounds are whole and both count, but a time's end."""

    times: tuple[tuple[int, int], ...] = ()
    """Minutes of the day, 0 to 1,440, start before end, the end not counted."""
    weekdays: tuple[tuple[int, int], ...] = ()
    """Monday is 0."""
    days_of_month: tuple[tuple[int, int], ...] = ()
    """1 to 31; -1 is the last day of the month."""
    months: tuple[tuple[int, int], ...] = ()
    """1 to 12."""
    zone: tzinfo = UTC

    def holds(self, moment: datetime) -> bool:
        """
        >>> office = Interval(times=((9 * 60, 17 * 60),), weekdays=((0, 4),))
        >>> [office.holds(datetime(2026, 3, 2, hour, tzinfo=UTC)) for hour in (8, 9, 16, 17)]  # a Monday
        [False, True, True, False]
        """
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return (
            (not self.times or any(start <= minute < end for start, end in self.times))
            and _within(local.weekday(), self.weekdays)
            and _within(local.month, self.months)
            and self._has_day(local)
        )

    def _has_day(self, local: datetime) -> bool:
        _, days = monthrange(local.year, local.month)
        counted = (tuple(days + 1 + day if day < 0 else day for day in pair) for pair in self.days_of_month)
        return not self.days_of_month or any(first <= local.day <= last for first, last in counted)


def any_holds(intervals: Sequence[Interval], moment: datetime) -> bool:
    """Whether a moment is in one of them."""
    return any(interval.holds(moment) for interval in intervals)


def _within(value: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return not ranges or any(first <= value <= last for first, last in ranges)


def parse_time(text: str) -> int:
    """Minutes of the day.

    >>> parse_time("09:30"), parse_time("24:00")
    (570, 1440)

    Raises:
        ValueError: it is not HH:MM between 00:00 and 24:00.
    """
    hour, colon, minute = text.partition(":")
    is_written = colon and len(text) == 5 and hour.isdecimal() and minute.isdecimal() and text.isascii()
    minutes = int(hour) * 60 + int(minute) if is_written and int(minute) < 60 else -1
    if not 0 <= minutes <= DAY_MIN:
        raise ValueError(f"{text!r} is not a time of day between 00:00 and 24:00")
    return minutes


def parse_range(text: str, names: Sequence[str] = (), first: int = 0) -> tuple[int, int]:
    """A name or a number, or two with a colon between; both ends count.

    >>> parse_range("monday:friday", WEEKDAYS), parse_range("-1"), parse_range("december", MONTHS, first=1)
    ((0, 4), (-1, -1), (12, 12))

    Raises:
        ValueError: it is not one.
    """
    start, _, end = text.strip().lower().partition(":")
    low, high = _number(start, names, first), _number(end or start, names, first)
    if low > high and (low > 0) == (high > 0):
        raise ValueError(f"{text!r} ends before it begins")
    return low, high


def _number(word: str, names: Sequence[str], first: int) -> int:
    if word in names:
        return names.index(word) + first
    try:
        number = int(word)
    except ValueError:
        what = f"one of {', '.join(names)}" if names else "a number"
        raise ValueError(f"{word!r} is not {what}") from None
    if names and not first <= number < first + len(names):
        raise ValueError(f"{word!r} is not one of {', '.join(names)}")
    return number
