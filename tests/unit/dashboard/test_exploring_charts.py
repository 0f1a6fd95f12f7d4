"""The heat map and the trend: right marks for the rows, figures that can be read on their colours."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from dashboard import charts
from dashboard import exploring_charts as own
from dashboard.exploring import Window
from dashboard.palette import DARK, LIGHT, Palette, mixed
from tests.builders import NOON
from tests.unit.dashboard.test_look import contrast

AT = Window(NOON - timedelta(hours=1), NOON, 1_200, 7_200, NOON.replace(hour=0))
NAMES = {"posts": "posts", "share": "share", "row": "row", "column": "column", "usual": "usual"}


def cell(row: str, col: str | None, posts: int, negative: int, at: Any = None) -> dict[str, Any]:
    return {"row": row, "col": col, "at": at, "posts": posts, "negative": negative, "neutral": 1, "positive": 0}


CELLS = [cell("HRBL", "Macro", 4, 3), cell("QLNC", "Macro", 9, 0), cell("QLNC", "Earnings", 2, 1)]
BY_TIME = [cell("HRBL", None, 4, 3, NOON), cell("HRBL", None, 4, 0, NOON - timedelta(hours=2))]


@pytest.mark.parametrize("columns", ["time", "topic"])
@pytest.mark.parametrize("measure", ["share", "posts"])
def test_a_heat_map_is_valid_and_a_refresh_changes_rows_alone(columns: str, measure: str) -> None:
    cells = BY_TIME if columns == "time" else CELLS
    more = [one | {"posts": 3 * one["posts"]} for one in cells]
    rows, spec = charts.split(own.heat(cells, columns, measure, 7_200, LIGHT, NAMES))
    later_rows, later_spec = charts.split(own.heat(more, columns, measure, 7_200, LIGHT, NAMES))
    assert json.dumps(spec, sort_keys=True) == json.dumps(later_spec, sort_keys=True)
    assert not rows.equals(later_rows)
    own.heat(cells, columns, measure, 7_200, LIGHT, NAMES).to_dict(validate=True)
    assert [param["name"] for param in spec["params"]] == [own.CELL]


def test_rows_and_columns_stand_by_their_posts_and_times_in_their_order() -> None:
    made = own.heat_rows(CELLS)
    assert [(one["row_rank"], one["col_rank"]) for one in made] == [(1, 0), (0, 0), (0, 1)]
    assert [one["share"] for one in made] == [0.75, 0.0, 0.5]
    late, early = own.heat_rows(BY_TIME)
    assert early["col_rank"] < late["col_rank"]


def test_of_a_cell_without_a_judged_post_no_share_is_claimed() -> None:
    (made,) = own.heat_rows([cell("HRBL", "Macro", 4, 0) | {"neutral": 0}])
    assert made["share"] is None


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_a_figure_is_readable_on_every_colour_of_the_map(colours: Palette) -> None:
    for tone in (colours.negative, colours.accent):
        for part in (0, own.STRONGEST / 2, own.STRONGEST):
            assert contrast(colours.text, mixed(colours.card, tone, part)) >= 4.5, (tone, part)


def test_a_clicked_cell_is_the_one_that_was_drawn() -> None:
    (drawn, _) = own.heat_rows(BY_TIME)
    assert own.cell_of({"row": drawn["row"], "col": drawn["col"]}, "time") == {"row": "HRBL", "col": None, "at": NOON}
    assert own.cell_of({"row": "HRBL", "col": "Macro"}, "topic") == {"row": "HRBL", "col": "Macro", "at": None}


def test_a_trend_has_its_band_and_a_gap_where_nothing_was_judged() -> None:
    points = own.filled(
        [{"at": NOON - timedelta(minutes=40), "posts": 4, "negative": 1, "neutral": 3, "positive": 0}], AT
    )
    assert [point["posts"] for point in points] == [0, 4, 0]
    rows = own.trend_rows(points, [{"hour": 11, "low": 0.1, "high": 0.4}])
    assert [(row["share"], row["low"], row["band"]) for row in rows] == [
        (None, 0.1, "10–40%"),
        (0.25, 0.1, "10–40%"),
        (None, 0.1, "10–40%"),
    ]
    own.share_trend(points, [], AT, DARK, NAMES).to_dict(validate=True)


def test_points_begin_at_the_viewers_midnight() -> None:
    at = Window(NOON - timedelta(days=1), NOON, 43_200, 86_400, NOON - timedelta(hours=13))
    assert [point["at"].hour for point in own.filled([], at)] == [11, 23, 11]


@pytest.mark.parametrize(("days", "form"), [(1, "%H:%M"), (2, "%H:%M"), (7, "%-d %b")])
def test_an_axis_of_days_names_days(days: int, form: str) -> None:
    assert own.time_format(Window(NOON - timedelta(days=days), NOON, 60, 60, NOON)) == form
