"""groundswell.toml: the example works, and a fault is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.configuration import Configuration, parse
from core.errors import SetupError

EXAMPLE = (Path(__file__).parents[3] / "groundswell.example.toml").read_text(encoding="utf-8")


def test_the_example_is_right_and_routes_what_it_says() -> None:
    found = parse(EXAMPLE)
    routing = found.routing("http://127.0.0.1:8501")

    assert found.written_sources().split()[:2] == [
        "press=https://example.com/rss.xml#articles=yes",
        "filings=edgar+https://www.sec.gov/cgi-bin/browse-edgar",
    ]
    assert routing.about["HRBL"]["desk"] == "retail"
    assert [one.receiver for one in routing.route.routes] == ["night-desk"]
    assert {"groundswell", "night-desk"} == set(routing.audiences)


def test_no_file_is_the_same_as_an_empty_one() -> None:
    assert parse("") == Configuration()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('group_wait = "0s"', 'group_wiat = "0s"', "route.group_wiat"),
        ('group_wait = "0s"', 'group_wait = "soon"', "route.group_wait"),
        ('tickers = ["HRBL"]', "tickers = []", r"institutions\[0\].tickers"),
        ('receiver = "night-desk"', 'receiver = "nobody"', "receiver"),
        ('"out-of-hours"]', '"never"]', "active_time_intervals"),
        ('url_env = "NIGHT_DESK_URL"', 'url_env = "https://a.example/token"', "url_env"),
    ],
)
def test_a_fault_is_named_with_file_line_and_field(old: str, new: str, field: str) -> None:
    line = EXAMPLE.splitlines().index(next(one for one in EXAMPLE.splitlines() if old in one)) + 1

    with pytest.raises(SetupError, match=rf"^mine\.toml:{line}: .*{field}"):
        parse(EXAMPLE.replace(old, new, 1), "mine.toml")
