"""How much was done, by day: posts that each model scored, labels that people gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import altair as alt
import pandas as pd

from dashboard.charts import Row, Rows, finish
from dashboard.palette import Palette, mixed


def by_day(
    rows: Sequence[Row], since: datetime, until: datetime, palette: Palette, names: Mapping[str, str]
) -> alt.LayerChart:
    """Bars a day, stacked by series.

    Args:
        rows: with `at` (the beginning of a day), `series` and `posts`.
        names: what is shown is called, by "day", "posts" and "series".
    """
    values = pd.DataFrame(stacked(rows))
    series = sorted({row["series"] for row in rows})
    # one hue in steps of light and the order of the legend, so that nobody has to tell hues apart
    steps = [mixed(palette.card, palette.accent, 1 - 0.75 * n / max(1, len(series) - 1)) for n in range(len(series))]
    scale = alt.Scale(domain=series, range=steps)
    time = alt.Scale(domain=[since.isoformat(), until.isoformat()])
    bars = (
        alt.Chart()
        .mark_bar(stroke=palette.text, strokeWidth=0.4, clip=True)
        .encode(
            x=alt.X(
                "from:T", title=None, scale=time,
                axis=alt.Axis(
                    format="%-d %b", labelColor=palette.muted, grid=False, domainColor=palette.border,
                    tickColor=palette.border, labelOverlap=True, labelSeparation=8, tickCount=7,
                ),
            ),
            x2="until:T",
            y=alt.Y(
                "low:Q", title=names["posts"],
                axis=alt.Axis(
                    labelColor=palette.muted, gridColor=palette.grid, domain=False, ticks=False, tickCount=4,
                    tickMinStep=1, labelPadding=6, format=",d",
                ),
            ),
            y2="high:Q",
            color=alt.Color(
                "series:N", scale=scale,
                legend=alt.Legend(
                    title=None, orient="top", labelColor=palette.text, labelFontSize=12, symbolType="square"
                ),
            ),
            tooltip=[
                alt.Tooltip("from:T", title=names["day"], format="%-d %b"),
                alt.Tooltip("series:N", title=names["series"]),
                alt.Tooltip("posts:Q", title=names["posts"], format=","),
            ],
        )
    )  # fmt: skip
    return finish(alt.layer(bars, data=values), palette, 210)


def stacked(rows: Sequence[Row]) -> Rows:
    """One rectangle a day and series, on top of each other in the order of their names."""
    made: Rows = []
    heights: dict[datetime, int] = {}
    for row in sorted(rows, key=lambda row: (row["at"], row["series"])):
        low = heights.get(row["at"], 0)
        high = low + row["posts"]
        heights[row["at"]] = high
        made.append(
            {
                "from": row["at"], "until": row["at"] + timedelta(days=1), "series": row["series"], "low": low,
                "high": high, "posts": row["posts"],
            }
        )  # fmt: skip
    return made
