"""Charts of the page Explore: a heat map whose cells can be clicked, and the share of negative posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts import FONT, Row, Rows, finish
from dashboard.exploring import FEELINGS, TIME, Window
from dashboard.palette import Palette, mixed

CELL: Final = "cell"
"""The selection of the heat map: row and column of the cell that was clicked."""
DAY_S: Final = 86_400
CELL_PX: Final = 30
STRONGEST: Final = 0.5
"""How much of its colour the strongest cell has: a figure on it is still read (WCAG 2.2, 1.4.3), in both themes."""


def heat(
    cells: Sequence[Row], columns: str, measure: str, column_s: int, palette: Palette, names: Mapping[str, str]
) -> alt.LayerChart:
    """Rows by columns, the strongest colour where most is negative, or where most posts are; each cell with its figure.

    Args:
        cells: as the queries `explore_times`, `explore_pairs` and `explore_cross` give them.
        columns: what a column is; of time, how many seconds it has is `column_s`.
        measure: "share" of negative among judged posts, or "posts".
        names: what the figures are called, by "share", "posts", "row" and "column".
    """
    values = pd.DataFrame(heat_rows(cells))
    tone = palette.negative if measure == "share" else palette.accent
    scale = alt.Scale(
        domainMin=0, interpolate="rgb", range=[palette.card, mixed(palette.card, tone, STRONGEST)], nice=False,
        **({"domainMax": 1.0} if measure == "share" else {"type": "sqrt"}),
    )  # fmt: skip
    day = column_s >= DAY_S
    of_time: dict[str, Any] = {"labelExpr": f"timeFormat(toDate(datum.value), '{'%-d %b' if day else '%H:%M'}')"}
    common: dict[str, Any] = {"labelColor": palette.text, "labelFontSize": 12, "domain": False, "ticks": False}
    base = alt.Chart().encode(
        x=alt.X(
            "col:O", title=None, sort=alt.EncodingSortField("col_rank", op="min"),
            axis=alt.Axis(
                orient="top", labelAngle=0 if columns == TIME else -28, labelLimit=130, labelPadding=6,
                **common, **(of_time if columns == TIME else {}),
            ),
        ),
        y=alt.Y(
            "row:N", title=None, sort=alt.EncodingSortField("row_rank", op="min"),
            axis=alt.Axis(labelLimit=150, labelPadding=8, **common),
        ),
        tooltip=[
            alt.Tooltip("row:N", title=names["row"]),
            alt.Tooltip("when:T", title=names["column"], format="%-d %b %H:%M") if columns == TIME
            else alt.Tooltip("col:N", title=names["column"]),
            alt.Tooltip("posts:Q", title=names["posts"], format=","),
            alt.Tooltip("share:Q", title=names["share"], format=".0%"),
        ],
    )  # fmt: skip
    clicked = alt.selection_point(name=CELL, fields=["row", "col"], on="click", clear=False, toggle=False)
    boxes = base.mark_rect(cornerRadius=3, stroke=palette.card, strokeWidth=2, cursor="pointer").encode(
        color=alt.Color(f"{measure}:Q", scale=scale, legend=None)
    )
    figure = alt.Text("share:Q", format=".0%") if measure == "share" else alt.Text("posts:Q", format=",")
    figures = base.mark_text(font=FONT, fontSize=12, color=palette.text, cursor="pointer").encode(text=figure)
    height = CELL_PX * max(1, values["row"].nunique() if len(values) else 1) + 8
    return finish(alt.layer(boxes.add_params(clicked), figures, data=values), palette, height)


def heat_rows(cells: Sequence[Row]) -> Rows:
    """The cells with their shares, rows and columns in the order of their posts, columns of time in theirs."""
    rows, cols = _ranks(cells, "row"), _ranks(cells, "col")
    made: Rows = []
    for cell in cells:
        judged = sum(cell[name] for name in FEELINGS)
        of_time = cell["at"] is not None
        made.append(
            {
                "row": cell["row"],
                "row_rank": rows[cell["row"]],
                "col": cell["at"].isoformat() if of_time else cell["col"],
                "when": cell["at"],
                "col_rank": cell["at"].timestamp() if of_time else cols[cell["col"]],
                "posts": cell["posts"],
                "share": cell["negative"] / judged if judged else None,
            }
        )
    return made


def _ranks(cells: Sequence[Row], side: str) -> dict[Any, int]:
    posts: dict[Any, int] = {}
    for cell in cells:
        posts[cell[side]] = posts.get(cell[side], 0) + cell["posts"]
    return {key: rank for rank, key in enumerate(sorted(posts, key=lambda key: (-posts[key], str(key))))}


def share_trend(
    rows: Sequence[Row], usual: Sequence[Row], at: Window, palette: Palette, names: Mapping[str, str]
) -> alt.LayerChart:
    """The share of negative posts by time, over the band in which it usually lies.

    Args:
        rows: as `filled` gives them.
        usual: as the query `explore_usual` gives it; none draws no band.
        names: what the figures are called, by "share", "posts" and "usual".
    """
    values = pd.DataFrame(trend_rows(rows, usual))
    axis = alt.Axis(
        format=time_format(at), labelColor=palette.muted, grid=False, domainColor=palette.border,
        tickColor=palette.border, labelOverlap=True, labelSeparation=8, tickCount=6,
    )  # fmt: skip
    percent = alt.Axis(
        format=".0%", labelColor=palette.muted, gridColor=palette.grid, domain=False, ticks=False, tickCount=4,
        labelPadding=6, titleColor=palette.muted,
    )  # fmt: skip
    x = alt.X("at:T", title=None, axis=axis)
    band = (
        alt.Chart()
        .transform_filter("isValid(datum.low)")
        .mark_area(aria=False, color=palette.neutral, opacity=0.35, interpolate="step-after")
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    )
    base = alt.Chart().encode(
        x=x,
        y=alt.Y("share:Q", title=names["share"], axis=percent, scale=alt.Scale(domainMin=0, nice=True)),
        tooltip=[
            alt.Tooltip("at:T", title="", format="%-d %b %H:%M"),
            alt.Tooltip("share:Q", title=names["share"], format=".0%"),
            alt.Tooltip("judged:Q", title=names["posts"], format=","),
            alt.Tooltip("band:N", title=names["usual"]),
        ],
    )
    line = base.mark_line(color=palette.negative, strokeWidth=2, invalid="break-paths-show-domains")
    points = base.transform_filter("isValid(datum.share)").mark_point(
        color=palette.negative, filled=True, size=26, opacity=1
    )
    return finish(alt.layer(band, line, points, data=values), palette, 190)


def trend_rows(rows: Sequence[Row], usual: Sequence[Row]) -> Rows:
    """Shares with the usual band of their hour (UTC); a point of which no post was judged has none."""
    bands = {row["hour"]: (row["low"], row["high"]) for row in usual}
    made: Rows = []
    for row in rows:
        judged = sum(row[name] for name in FEELINGS)
        low, high = bands.get(row["at"].hour, (None, None))
        made.append(
            {
                "at": row["at"],
                "judged": judged,
                "share": row["negative"] / judged if judged else None,
                "low": low,
                "high": high,
                "band": "–" if low is None else f"{100 * low:.0f}–{100 * high:.0f}%",
            }
        )
    return made


def filled(rows: Sequence[Row], at: Window) -> Rows:
    """Every point of a window, those without posts as zeros, oldest first."""
    point = timedelta(seconds=at.trend_s)
    moment = at.origin + (at.since - at.origin) // point * point
    known = {row["at"]: row for row in rows}
    made: Rows = []
    while moment < at.until:
        row = known.get(moment, {})
        made.append({"at": moment, **{name: row.get(name, 0) for name in ("posts", *FEELINGS)}})
        moment += point
    return made


def time_format(at: Window) -> str:
    """How a point in time is written on an axis: hours within two days, else the day."""
    return "%H:%M" if at.until - at.since <= timedelta(days=2) else "%-d %b"


def cell_of(selected: Mapping[str, Any], columns: str) -> dict[str, Any]:
    """The cell that was clicked, as `exploring.narrowed` takes it. Raises KeyError, ValueError: it is none."""
    row, col = str(selected["row"]), str(selected["col"])
    if columns != TIME:
        return {"row": row, "col": col, "at": None}
    return {"row": row, "col": None, "at": datetime.fromisoformat(col)}
