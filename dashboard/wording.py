"""How numbers, ages and times are written, so that every page writes them alike."""

from __future__ import annotations

from datetime import datetime, tzinfo

NOTHING = "–"


def count(number: float | None) -> str:
    """A whole number with separators.

    >>> count(12480), count(None)
    ('12,480', '–')
    """
    return NOTHING if number is None else f"{number:,.0f}"


def share(part: float | None) -> str:
    """A fraction as percent.

    >>> share(0.314), share(None)
    ('31%', '–')
    """
    return NOTHING if part is None else f"{100 * part:.0f}%"


def minutes(length: float | None) -> str:
    """A length of time in minutes.

    >>> minutes(0.44), minutes(90), minutes(None)
    ('0.4 min', '90.0 min', '–')
    """
    return NOTHING if length is None else f"{length:,.1f} min"


def times(factor: float) -> str:
    """How many times as much.

    >>> times(7.94), times(23.2)
    ('7.9×', '23×')
    """
    return f"{factor:.1f}×" if factor < 10 else f"{factor:,.0f}×"


def span(seconds: float) -> str:
    """A length of time in its largest unit; a negative one, from a clock that runs ahead, is no time at all.

    >>> span(4.4), span(125), span(7300), span(200_000)
    ('4 s', '2 min', '2 h', '2 d')
    """
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{seconds:.0f} s" if round(seconds) < 60 else "1 min"
    if seconds < 3_600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86_400:
        return f"{seconds // 3_600:.0f} h"
    return f"{seconds // 86_400:,.0f} d"


def clock(moment: datetime, zone: tzinfo, now: datetime, *, seconds: bool = False) -> str:
    """A local time of day; with its date when that is not today's."""
    local = moment.astimezone(zone)
    text = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    return text if local.date() == now.astimezone(zone).date() else f"{local.day} {local:%b} {text}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> plural(1, "draft"), plural(3, "person", "people")
    ('1 draft', '3 people')
    """
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def label(name: str) -> str:
    """A model's label as words.

    >>> label("card_not_working")
    'card not working'
    """
    return name.replace("_", " ")
