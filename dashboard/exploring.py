"""What the page Explore shows: a view is an address, and says which query answers it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Literal

from core.posts import EARLIEST, LATEST
from core.watched import PAIR, pair_key

DIMENSIONS: Final = ("entity", "topic", "family", "channel", "source")
"""What a post is filtered by and crossed with, in the order of the page."""
TIME: Final = "time"
ROWS: Final = DIMENSIONS
COLUMNS: Final = (TIME, *DIMENSIONS)
MEASURES: Final = ("share", "posts")
FEELINGS: Final = ("negative", "neutral", "positive")
MOST_LOOKED_AT: Final = 10_000
"""Posts that a cross without a rollup looks at, so that it takes 0.1 s at most; `groundswell bench store` times it."""
MOST_CELLS: Final = 12
"""Rows and columns of the heat map, so that a cell has room for its figure."""
MOST_CHARS: Final = 200
"""Of a filter or a search; an address is anybody's to write."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time up to now, and how finely it is shown."""

    length: timedelta
    trend_s: int
    """Of a point of the trend."""
    column_s: int
    """Of a column of the heat map."""


HOUR: Final = timedelta(hours=1)
SPANS: Final[Mapping[str, Span]] = {
    "1h": Span(HOUR, 60, 300),
    "6h": Span(6 * HOUR, 300, 1_800),
    "24h": Span(24 * HOUR, 1_200, 7_200),
    "7d": Span(timedelta(days=7), 10_800, 86_400),
    "30d": Span(timedelta(days=30), 43_200, 3 * 86_400),
}
DEFAULT_SPAN: Final = "24h"


@dataclass(frozen=True, slots=True)
class Window:
    """A view's time, with the lengths of its points and columns."""

    since: datetime
    until: datetime
    trend_s: int
    column_s: int
    origin: datetime
    """A midnight of the viewer's, where days begin."""


@dataclass(frozen=True, slots=True)
class View:
    """What is asked; an empty filter keeps everything."""

    span: str = DEFAULT_SPAN
    since: datetime | None = None
    """With `until`: a time of its own in place of `span`."""
    until: datetime | None = None
    entity: str = ""
    topic: str = ""
    family: str = ""
    channel: str = ""
    source: str = ""
    words: str = ""
    feeling: str = ""
    """Of the posts that are listed; the figures always show all feelings."""
    rows: str = "entity"
    columns: str = TIME
    measure: str = "share"

    @property
    def filters(self) -> dict[str, str]:
        """The dimensions that are narrowed to one key."""
        return {name: getattr(self, name) for name in DIMENSIONS if getattr(self, name)}

    @property
    def series(self) -> tuple[str, str] | None:
        """Dimension and key of the rollup that counts just this; `None` where none does."""
        if self.words:
            return None
        match tuple(self.filters.items()):
            case ():
                return ("total", "")
            case ((dimension, key),):
                return (dimension, key)
            case (("entity", entity), ("topic", topic)):
                return (PAIR, pair_key(entity, topic))
            case _:
                return None

    def to_query(self) -> dict[str, str]:
        """What differs from the page as it opens, for its address."""
        query = {}
        for field in fields(View):
            value = getattr(self, field.name)
            if value != field.default and value is not None:
                query[field.name] = value.isoformat() if isinstance(value, datetime) else value
        return query


def of_query(query: Mapping[str, str]) -> View:
    """The view of an address; what is not one of the page's choices is left at its default.

    >>> of_query({"entity": "HRBL", "span": "7d", "rows": "nonsense"}).to_query()
    {'span': '7d', 'entity': 'HRBL'}
    """

    def chosen(name: str, allowed: tuple[str, ...], default: str) -> str:
        return query[name] if query.get(name) in allowed else default

    since, until = _moment(query.get("since")), _moment(query.get("until"))
    if since is None or until is None or since >= until:
        since = until = None
    free = {name: query.get(name, "")[:MOST_CHARS].replace("\x00", "") for name in (*DIMENSIONS, "words")}
    rows = chosen("rows", ROWS, "entity")
    columns = chosen("columns", COLUMNS, TIME)
    return View(
        span=chosen("span", tuple(SPANS), DEFAULT_SPAN), since=since, until=until, **free,
        feeling=chosen("feeling", FEELINGS, ""), rows=rows, columns=TIME if columns == rows else columns,
        measure=chosen("measure", MEASURES, "share"),
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return moment.astimezone(UTC) if EARLIEST <= moment < LATEST else None


def window(view: View, now: datetime, zone: tzinfo) -> Window:
    """A view's time in whole buckets, so that the same question is asked until the next one begins."""
    if view.since is not None and view.until is not None:
        span = _span_of(view.until - view.since)
        midnight = _midnight(view.until, zone)
        return Window(view.since, view.until, span.trend_s, span.column_s, midnight)
    span = SPANS[view.span]
    until = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    midnight, point = _midnight(until, zone), timedelta(seconds=span.trend_s)
    since = midnight + (until - span.length - midnight) // point * point
    return Window(since, until, span.trend_s, span.column_s, midnight)


def _midnight(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _span_of(length: timedelta) -> Span:
    """The finest that shows so long a time."""
    return next((span for span in SPANS.values() if length <= span.length), SPANS["30d"])


Source = Literal["rollups", "posts"]


@dataclass(frozen=True, slots=True)
class Question:
    """A named query with its parameters."""

    name: str
    params: dict[str, Any]
    source: Source


def trend(view: View, at: Window, since: datetime) -> Question:
    """Posts and feelings by time.

    Args:
        since: from when on posts are looked at where no rollup counts; see `reach`.
    """
    time = {"since": at.since, "until": at.until, "bucket_s": at.trend_s, "origin": at.origin}
    if view.series is not None:
        dimension, key = view.series
        return Question("explore_series", time | {"dimension": dimension, "key": key}, "rollups")
    return Question("explore_trend", time | filters_of(view, since), "posts")


def usual(view: View, at: Window) -> Question | None:
    """The usual share of negative posts; `None` where no rollup counts the view."""
    if view.series is None:
        return None
    dimension, key = view.series
    time = {"since": at.since, "bucket_s": at.trend_s, "origin": at.origin}
    return Question("explore_usual", time | {"dimension": dimension, "key": key}, "rollups")


def grid(view: View, at: Window, since: datetime) -> Question:
    """The heat map's cells; `since` as in `trend`."""
    time = {"since": at.since, "until": at.until, "count": MOST_CELLS}
    by_time = time | {"bucket_s": at.column_s, "origin": at.origin}
    if view.columns == TIME and (part := _counted_by_time(view)) is not None:
        return Question("explore_times", by_time | part, "rollups")
    pair = {view.rows, view.columns} == {"entity", "topic"}
    if pair and not view.filters and not view.words:
        return Question("explore_pairs", time, "rollups")
    asked = by_time | filters_of(view, since) | {"rows": view.rows, "columns": view.columns}
    return Question("explore_cross", asked, "posts")


def _counted_by_time(view: View) -> dict[str, str] | None:
    """Parameters of `explore_times` where a rollup counts the rows under the filters there are."""
    if view.words:
        return None
    match view.rows, tuple(view.filters.items()):
        case rows, ():
            return {"dimension": rows, "part": "key", "entity": "", "topic": ""}
        case "topic", (("entity", entity),):
            return {"dimension": PAIR, "part": "topic", "entity": entity, "topic": ""}
        case "entity", (("topic", topic),):
            return {"dimension": PAIR, "part": "entity", "entity": "", "topic": topic}
        case _:
            return None


def filters_of(view: View, since: datetime) -> dict[str, Any]:
    """Parameters of whatever reads posts."""
    names = (*DIMENSIONS, "words")
    return {name: getattr(view, name) for name in names} | {"since": since, "most": MOST_LOOKED_AT}


def turned(cells: list[dict[str, Any]], view: View) -> list[dict[str, Any]]:
    """Cells of `explore_pairs`, whose rows are entities, as the view asks for them."""
    if view.columns == TIME or (view.rows, view.columns) == ("entity", "topic"):
        return cells
    return [cell | {"row": cell["col"], "col": cell["row"]} for cell in cells]


def narrowed(view: View, cell: Mapping[str, Any], at: Window) -> View:
    """The view that a cell of the heat map opens: its row, and its column or its time."""
    changes: dict[str, Any] = {view.rows: cell["row"]}
    if view.columns == TIME:
        begins, column = cell["at"], timedelta(seconds=at.column_s)
        changes |= {"since": max(begins, at.since), "until": min(begins + column, at.until)}
    else:
        changes |= {view.columns: cell["col"], "columns": TIME}
    # a map of one row would say nothing more
    rows = next((name for name in DIMENSIONS if name not in view.filters and name not in changes), view.rows)
    return replace(view, **changes, rows=rows)
