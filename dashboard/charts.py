"""Charts: rows and a palette in, an Altair chart out; no clock, no state.

The rows stay apart from the specification, which depends on the palette alone, so that a refresh moves the marks of
the chart that is on the page and does not draw it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import altair as alt
import pandas as pd

from core.scoring import DISTRESS, EmotionFamily
from dashboard.figures import SENTIMENTS
from dashboard.palette import Palette
from dashboard.words import name_of, say

FONT: Final = '"Source Sans", "Source Sans Pro", sans-serif'
ROWS: Final = "rows"
UNJUDGED: Final = "unjudged"
"""Posts that repeat another, or that the model could not read."""
BAR_PX: Final = 26
"""Height of one bar with its gap."""

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]


def volume(
    rows: Sequence[Row], bucket_s: int, usual: float | None, palette: Palette, *, time: str = "%H:%M", height: int = 260
) -> alt.LayerChart:
    """Posts by time, stacked by sentiment, with a line at the usual level.

    Args:
        rows: as `figures.fill` gives them.
        usual: posts that a bucket usually holds; `None` draws no line.
        time: how a moment is written on the axis.
    """
    domain = [say(f"sentiment.{name}") for name in (*SENTIMENTS, UNJUDGED)]
    scale = alt.Scale(domain=domain, range=[palette.negative, palette.neutral, palette.positive, palette.unjudged])
    bars = (
        alt.Chart()
        .mark_bar(stroke=palette.card, strokeWidth=0.6, clip=True)
        .encode(
            x=alt.X("from:T", title=None, axis=_time_axis(palette, time)),
            x2="until:T",
            y=alt.Y("low:Q", title=say("column.posts"), axis=_count_axis(palette)),
            y2="high:Q",
            color=alt.Color("sentiment:N", scale=scale, legend=_legend(palette, narrow_columns=2)),
            tooltip=[
                alt.Tooltip("from:T", title=say("chart.from"), format="%H:%M"),
                alt.Tooltip("sentiment:N", title=say("sentiment.label")),
                alt.Tooltip("posts:Q", title=say("column.posts")),
                alt.Tooltip("all:Q", title=say("chart.of_all")),
            ],
        )
    )
    line = (
        alt.Chart()
        .mark_rule(aria=False, color=palette.text, strokeDash=[5, 4], strokeWidth=1.2)
        .encode(y="max(usual):Q")
    )
    values = pd.DataFrame([rectangle | {"usual": usual} for rectangle in stack(rows, bucket_s)])
    return finish(alt.layer(bars, line, data=values), palette, height)


def stack(rows: Sequence[Row], bucket_s: int) -> Rows:
    """One rectangle a bucket and sentiment, on top of each other; what was not judged lies on top.

    >>> from datetime import UTC
    >>> row = {"at": datetime(2026, 3, 2, tzinfo=UTC), "posts": 6, "negative": 2, "neutral": 1, "positive": 0}
    >>> [(r["sentiment"], r["low"], r["high"]) for r in stack([row], 60)][-2:]
    [('positive', 3, 3), ('repeat or not judged', 3, 6)]
    """
    rectangles = []
    for row in rows:
        low = 0
        judged = sum(row[name] for name in SENTIMENTS)
        counts = [*((name, row[name]) for name in SENTIMENTS), (UNJUDGED, row["posts"] - judged)]
        for name, posts in counts:
            rectangles.append(
                {
                    "from": row["at"],
                    "until": row["at"] + timedelta(seconds=bucket_s),
                    "sentiment": say(f"sentiment.{name}"),
                    "low": low,
                    "high": low + posts,
                    "posts": posts,
                    "all": row["posts"],
                }
            )
            low += posts
    return rectangles


def diverging(rows: Sequence[Row], palette: Palette, bars: int = 8) -> alt.LayerChart:
    """Negative posts to the left, positive to the right, one bar a key, in the order of the rows.

    Args:
        rows: as the query `feeling` gives them.
        bars: how many keys there is room for; more rows than that are left out.
    """
    domain = [say("sentiment.negative"), say("sentiment.positive")]
    scale = alt.Scale(domain=domain, range=[palette.negative, palette.positive])
    base = alt.Chart().encode(
        y=alt.Y(
            "key:N",
            title=None,
            sort=alt.EncodingSortField("rank", op="min", order="ascending"),
            axis=alt.Axis(
                labelColor=palette.text, labelLimit=130, labelFontSize=12, domain=False, ticks=False, labelPadding=6
            ),
        ),
        tooltip=[
            alt.Tooltip("key:N", title=say("chart.about")),
            alt.Tooltip("side:N", title=say("sentiment.label")),
            alt.Tooltip("posts:Q", title=say("column.posts")),
            alt.Tooltip("share:Q", title=say("chart.of_judged"), format=".0%"),
            alt.Tooltip("neutral:Q", title=say("chart.neutral")),
        ],
    )
    marks = base.mark_bar(cornerRadius=2, height={"band": 0.62}).encode(
        x=alt.X(
            "signed:Q",
            title=say("chart.sides"),
            scale=alt.Scale(nice=False, padding=34),
            axis=_count_axis(palette, labelExpr="format(abs(datum.value), ',')", tickMinStep=1),
        ),
        color=alt.Color("side:N", scale=scale, legend=None),
    )
    text = base.transform_filter("datum.posts > 0")
    left = text.transform_filter("datum.signed < 0").mark_text(
        align="right", dx=-4, fontSize=11, font=FONT, color=palette.muted
    )
    right = text.transform_filter("datum.signed > 0").mark_text(
        align="left", dx=4, fontSize=11, font=FONT, color=palette.muted
    )
    labels = [side.encode(x="signed:Q", text=alt.Text("posts:Q", format=",")) for side in (left, right)]
    zero = alt.Chart().mark_rule(aria=False, color=palette.muted, strokeWidth=1).encode(x=alt.datum(0))
    return finish(alt.layer(marks, *labels, zero, data=pd.DataFrame(sides(rows[:bars]))), palette, BAR_PX * bars + 44)


def sides(rows: Sequence[Row]) -> Rows:
    """Two rows a key; `signed` is below zero for negative."""
    result = []
    for rank, row in enumerate(rows):
        judged = sum(row[name] for name in SENTIMENTS)
        for side, sign in (("negative", -1), ("positive", 1)):
            result.append(
                {
                    "key": row["key"],
                    "rank": rank,
                    "side": say(f"sentiment.{side}"),
                    "posts": row[side],
                    "signed": sign * row[side],
                    "neutral": row["neutral"],
                    "share": row[side] / judged if judged else 0.0,
                }
            )
    return result


def emotions(rows: Sequence[Row], palette: Palette) -> alt.LayerChart:
    """Share of each family of emotions among judged posts; distress apart by colour and by place."""
    base = alt.Chart().encode(
        y=alt.Y(
            "family:N",
            title=None,
            sort=alt.EncodingSortField("rank", op="min", order="ascending"),
            axis=alt.Axis(labelColor=palette.text, labelFontSize=12, domain=False, ticks=False, labelPadding=6),
        ),
        tooltip=[
            alt.Tooltip("family:N", title=say("now.emotions")),
            alt.Tooltip("posts:Q", format=",", title=say("column.posts")),
            alt.Tooltip("share:Q", format=".0%", title=say("chart.of_judged")),
        ],
    )
    tones = [say(f"tone.{tone}") for tone in ("distress", "warmth", "other")]
    scale = alt.Scale(domain=tones, range=[palette.negative, palette.positive, palette.neutral])
    room = alt.Scale(domainMin=0, nice=False, range=[0, alt.ExprRef("width - 40")])  # for the labels behind the bars
    bars = base.mark_bar(cornerRadius=2, height={"band": 0.62}).encode(
        x=alt.X("share:Q", scale=room, title=None, axis=None),
        color=alt.Color("tone:N", scale=scale, legend=_legend(palette)),
    )
    labels = base.mark_text(align="left", dx=5, fontSize=12, font=FONT, color=palette.text).encode(
        x=alt.X("share:Q", scale=room), text=alt.Text("share:Q", format=".0%")
    )
    return finish(alt.layer(bars, labels, data=pd.DataFrame(families(rows))), palette, 260)


def families(rows: Sequence[Row]) -> Rows:
    """Every family in a fixed order, distress first; those that nobody showed as 0."""
    posts = {row["key"]: sum(row[name] for name in SENTIMENTS) for row in rows}
    total = sum(posts.values())
    order = sorted(EmotionFamily, key=lambda family: family not in DISTRESS)
    return [
        {
            "family": name_of("emotion", family.value),
            "rank": rank,
            "posts": posts.get(family.value, 0),
            "share": posts.get(family.value, 0) / total if total else 0.0,
            "tone": say(f"tone.{_tone(family)}"),
        }
        for rank, family in enumerate(order)
    ]


def _tone(family: EmotionFamily) -> str:
    if family in DISTRESS:
        return "distress"
    return "warmth" if family in (EmotionFamily.JOY, EmotionFamily.CARE) else "other"


def timeline(
    rows: Sequence[Row], usual_a_minute: float, marks: Sequence[tuple[datetime, str]], palette: Palette
) -> alt.LayerChart:
    """Negative posts by minute beside the usual level, with named moments.

    Args:
        rows: as `figures.fill` gives them, of one series, by minute.
        usual_a_minute: negative posts that a minute usually brings.
        marks: moments and what happened then.
    """
    minute = timedelta(minutes=1)
    values: Rows = [
        {"from": row["at"], "until": row["at"] + minute, "none": 0, "negative": row["negative"]} for row in rows
    ]
    values += [{"moment": at, "what": what} for at, what in marks]
    base = alt.Chart()
    bars = (
        base.transform_filter("isValid(datum.negative)")
        .mark_bar(color=palette.negative, stroke=palette.card, strokeWidth=0.6)
        .encode(
            x=alt.X("from:T", title=None, axis=_time_axis(palette)),
            x2="until:T",
            y=alt.Y("negative:Q", title=say("column.negative_a_minute"), axis=_count_axis(palette)),
            y2="none:Q",
            tooltip=[
                alt.Tooltip("from:T", title=say("column.minute"), format="%H:%M"),
                alt.Tooltip("negative:Q", title=say("sentiment.negative")),
            ],
        )
    )
    usual = alt.Chart().mark_rule(aria=False, color=palette.text, strokeDash=[5, 4], strokeWidth=1.2)
    usual = usual.encode(y=alt.datum(round(usual_a_minute, 3)))
    moments = base.transform_filter("isValid(datum.moment)")
    rules = moments.mark_rule(aria=False, color=palette.muted, strokeWidth=1.2).encode(x="moment:T")
    names = moments.mark_text(align="left", baseline="bottom", dy=-2, font=FONT, fontSize=11, color=palette.text)
    names = names.encode(x="moment:T", y=alt.value(0), text="what:N")
    chart = finish(alt.layer(bars, usual, rules, names, data=pd.DataFrame(values)), palette, 260)
    # the names stand above the bars
    return chart.properties(padding={"left": 4, "right": 8, "top": 18})


def split(chart: alt.LayerChart) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A chart's rows, and its specification, which names them `ROWS` and does not hold them.

    Without a name Vega-Lite would begin with one empty row, and draw an axis label for it.
    """
    bare = chart.copy(deep=False)
    bare.data = alt.NamedData(name=ROWS)
    return chart.data, bare.to_dict()


def finish(chart: alt.LayerChart | alt.FacetChart, palette: Palette, height: int) -> alt.LayerChart:
    """A chart in the dashboard's look; the height is in pixels."""
    config = alt.Config(
        background="transparent",
        font=FONT,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(titleColor=palette.muted, titleFontWeight="normal", titleFontSize=12, labelFontSize=12),
    )
    finished = chart.properties(height=height, config=config, padding={"left": 4, "right": 8, "top": 4})
    return cast(alt.LayerChart, finished)


def _time_axis(palette: Palette, time: str = "%H:%M") -> alt.Axis:
    return alt.Axis(
        format=time, labelColor=palette.muted, grid=False, domainColor=palette.border, tickColor=palette.border,
        labelOverlap=True, labelSeparation=8, tickCount=8,
    )  # fmt: skip


def _count_axis(palette: Palette, **changes: Any) -> alt.Axis:
    values: dict[str, Any] = {
        "labelColor": palette.muted, "gridColor": palette.grid, "domain": False, "ticks": False, "tickCount": 4,
        "tickMinStep": 1, "labelPadding": 6, "format": ",d",
    }  # fmt: skip
    values.update(changes)
    if "labelExpr" in values:
        values.pop("format")
    return alt.Axis(**values)


def _legend(palette: Palette, narrow_columns: int = 3) -> alt.Legend:
    """Above the chart, in fewer columns where it is narrow."""
    return alt.Legend(
        title=None, orient="top", labelColor=palette.text, labelFontSize=12, symbolType="square", symbolSize=90,
        offset=4, columnPadding=14,
        columns=alt.ExprRef(f"width < 420 ? {narrow_columns} : 4"),
    )  # fmt: skip
