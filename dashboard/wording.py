"""How numbers, ages and times are written, so that every page writes them alike."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Final

from dashboard.words import say

NOTHING = "–"
_MARKDOWN: Final = re.compile(r"[\\`*_{}\[\]()<>#+!|~:$-]")


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
    return NOTHING if length is None else say("time.min", minutes=length)


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
        return say("time.seconds", n=round(seconds)) if round(seconds) < 60 else say("time.minutes", n=1)
    if seconds < 3_600:
        return say("time.minutes", n=int(seconds // 60))
    if seconds < 86_400:
        return say("time.hours", n=int(seconds // 3_600))
    return say("time.days", n=int(seconds // 86_400))


def clock(moment: datetime, zone: tzinfo, now: datetime, *, seconds: bool = False) -> str:
    """A local time of day; with its date when that is not today's."""
    local = moment.astimezone(zone)
    text = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if local.date() == now.astimezone(zone).date():
        return text
    return say("time.clock", day=local.day, month=say(f"time.month_{local.month}"), clock=text)


def date(moment: datetime, zone: tzinfo) -> str:
    """A local date with its day of the week and its zone."""
    local = moment.astimezone(zone)
    return say(
        "time.today", weekday=say(f"time.weekday_{local.weekday()}"), day=local.day, year=local.year,
        month=say(f"time.month_{local.month}"), zone=f"{local:%Z}",
    )  # fmt: skip


def label(name: str) -> str:
    """A model's label as words.

    >>> label("card_not_working")
    'card not working'
    """
    return name.replace("_", " ")


def plain(text: str) -> str:
    """A word from outside for the label of a widget, which Streamlit reads as Markdown.

    >>> print(plain("M&A | [x](y)"))
    M&A \\| \\[x\\]\\(y\\)
    """
    return _MARKDOWN.sub(r"\\\g<0>", text)
