"""A view of the page Explore is an address, has one window, and is asked of what counts it already."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard import exploring, exports
from dashboard.data import Shown
from dashboard.exploring import MOST_LOOKED_AT, View, Window, narrowed, of_query, window
from dashboard.reach import Reach, reach
from tests.builders import NOON

BERLIN = ZoneInfo("Europe/Berlin")
AT = Window(NOON - timedelta(hours=24), NOON, 1_200, 7_200, NOON.replace(hour=0))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(entity="HRBL", topic="M&A | Investments", words='"app down" -refund', feeling="negative"),
        View(since=NOON - HOUR, until=NOON, rows="topic", columns="entity", measure="posts"),
        View(span="30d", family="anger", channel="customer", source="a=b&c"),
    ],
)
def test_a_view_survives_the_way_through_its_address(view: View) -> None:
    assert of_query(view.to_query()) == view


@pytest.mark.parametrize(
    "query",
    [
        {"span": "1000y", "rows": "<script>", "columns": "nonsense", "measure": "", "feeling": "any"},
        {"since": "yesterday", "until": "0001-01-01"},
        {"since": NOON.isoformat(), "until": (NOON - HOUR).isoformat()},
        {"rows": "entity", "columns": "entity"},
    ],
)
def test_an_address_that_says_nonsense_is_the_page_as_it_opens(query: dict[str, str]) -> None:
    assert of_query(query) == View()


def test_an_address_cannot_bring_a_text_of_any_length_or_a_nul() -> None:
    view = of_query({"entity": "x" * 10_000, "words": "a\x00b"})
    assert (len(view.entity), view.words) == (exploring.MOST_CHARS, "ab")


def test_a_window_ends_with_this_minute_and_begins_on_a_point_of_the_viewers_day() -> None:
    now = datetime(2026, 3, 2, 12, 7, 31, tzinfo=UTC)
    at = window(View(span="7d"), now, BERLIN)
    assert at.until == datetime(2026, 3, 2, 12, 8, tzinfo=UTC)
    assert at.origin == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # midnight in Berlin
    assert at.since == datetime(2026, 2, 23, 11, 0, tzinfo=UTC)  # 12:00 there, four points of three hours after it
    assert window(View(span="7d"), now + timedelta(seconds=20), BERLIN) == at


def test_a_window_of_its_own_is_exactly_that() -> None:
    at = window(View(since=NOON - 2 * HOUR, until=NOON), NOON, UTC)
    assert (at.since, at.until, at.trend_s) == (NOON - 2 * HOUR, NOON, 300)


@pytest.mark.parametrize(
    ("view", "series"),
    [
        (View(), ("total", "")),
        (View(channel="news"), ("channel", "news")),
        (View(entity="HRBL", topic="Macro"), ("entity_topic", "HRBL/Macro")),
        (View(entity="HRBL", family="anger"), None),
        (View(entity="HRBL", words="fee"), None),
    ],
)
def test_a_trend_is_read_from_the_rollup_that_counts_just_this(view: View, series: tuple[str, str] | None) -> None:
    question = exploring.trend(view, AT, AT.since)
    usual = exploring.usual(view, AT)
    if series is None:
        assert (question.name, question.source, usual) == ("explore_trend", "posts", None)
        assert question.params["most"] == MOST_LOOKED_AT
    else:
        assert (question.name, question.params["dimension"], question.params["key"]) == ("explore_series", *series)
        assert usual is not None
        assert (usual.params["dimension"], usual.params["key"]) == series


@pytest.mark.parametrize(
    ("view", "name", "part"),
    [
        (View(), "explore_times", "key"),
        (View(rows="topic", entity="HRBL"), "explore_times", "topic"),
        (View(rows="entity", topic="Macro"), "explore_times", "entity"),
        (View(columns="topic"), "explore_pairs", None),
        (View(rows="topic", columns="entity"), "explore_pairs", None),
        (View(columns="topic", channel="news"), "explore_cross", None),
        (View(rows="family", entity="HRBL"), "explore_cross", None),
        (View(words="fee"), "explore_cross", None),
    ],
)
def test_a_heat_map_is_read_from_rollups_where_they_count_it(view: View, name: str, part: str | None) -> None:
    question = exploring.grid(view, AT, AT.since)
    assert (question.name, question.params.get("part")) == (name, part)
    assert (question.source == "posts") == (name == "explore_cross") == ("most" in question.params)


def test_pairs_are_turned_where_the_view_has_them_the_other_way() -> None:
    cells = [{"row": "HRBL", "col": "Macro", "at": None}]
    assert exploring.turned(cells, View(columns="topic")) == cells
    turned = exploring.turned(cells, View(rows="topic", columns="entity"))
    assert turned == [{"row": "Macro", "col": "HRBL", "at": None}]


def test_a_cell_opens_its_thing_in_its_time_and_what_else_it_is_made_of() -> None:
    cell = {"row": "HRBL", "col": None, "at": NOON - 2 * HOUR}
    view = narrowed(View(), cell, AT)
    assert (view.entity, view.rows, view.columns) == ("HRBL", "topic", "time")
    assert (view.since, view.until) == (NOON - 2 * HOUR, NOON)


def test_a_cell_at_the_edge_opens_no_more_than_the_window() -> None:
    view = narrowed(View(), {"row": "HRBL", "col": None, "at": AT.since - HOUR}, AT)
    assert (view.since, view.until) == (AT.since, AT.since + HOUR)


def test_a_cell_of_two_things_opens_both_by_time() -> None:
    view = narrowed(View(columns="topic"), {"row": "HRBL", "col": "Macro", "at": None}, AT)
    assert (view.entity, view.topic, view.rows, view.columns) == ("HRBL", "Macro", "family", "time")


class Answers:
    """A reader that knows some answers."""

    def __init__(self, **rows: Any) -> None:
        self.rows = rows
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def read(self, name: str, **params: Any) -> Shown:
        self.asked.append((name, params))
        row = self.rows.get(name)
        return Shown([row] if row else [], NOON)


def test_what_is_all_within_reach_is_whole() -> None:
    answers = Answers(explore_reach={"since": NOON - HOUR, "is_whole": True})
    assert reach(answers, View(entity="a", family="b"), AT) == Reach(AT.since, True)


def test_a_cross_reaches_as_far_as_the_posts_that_may_be_looked_at() -> None:
    answers = Answers(explore_reach={"since": NOON - HOUR, "is_whole": False})
    assert reach(answers, View(entity="a", family="b"), AT) == Reach(NOON - HOUR, False)


def test_a_database_that_is_gone_or_empty_is_no_error() -> None:
    assert reach(Answers(), View(), AT) == Reach(AT.since, True)
    assert reach(Answers(), View(words="fee"), AT) == Reach(AT.since, True)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"since": AT.since, "is_whole": True}, Reach(AT.since, True)),
        ({"since": NOON - HOUR, "is_whole": False}, Reach(NOON - HOUR, False)),
    ],
)
def test_words_reach_as_far_as_the_text_index_says(row: dict[str, Any], found: Reach) -> None:
    answers = Answers(explore_matches=row)
    assert reach(answers, View(words="fee", entity="a"), AT) == found
    (asked,) = answers.asked
    assert asked == (
        "explore_matches", {"since": AT.since, "until": AT.until, "words": "fee", "most": MOST_LOOKED_AT},
    )  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://a.invalid")'])
def test_a_spreadsheet_computes_nothing_of_a_post(text: str) -> None:
    line = exports.as_csv([{"text": text}], ("text",), UTC).decode("utf-8-sig").split("\r\n")[1]
    assert line.lstrip('"').startswith("'")


def test_a_file_has_the_viewers_time_and_every_sign_of_a_text() -> None:
    text = 'a "quoted", line\nand \u202eanother <b>'
    made = exports.as_csv([{"at": NOON, "text": text, "p": 0.5}], ("at", "text", "p", "none"), BERLIN)
    assert made.startswith(b"\xef\xbb\xbf")
    assert made.decode("utf-8-sig") == (
        'at,text,p,none\r\n2026-03-02T13:00:00+01:00,"a ""quoted"", line\nand \u202eanother <b>",0.5,\r\n'
    )


@pytest.mark.parametrize("module", [exploring, exports])
def test_examples_in_the_docstrings_hold(module: Any) -> None:
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)
