"""groundswell.toml: the example works, and a fault is named with its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.configuration import Configuration, parse
from core.errors import SetupError
from core.rules import Measure, Rule

EXAMPLE = (Path(__file__).parents[3] / "groundswell.example.toml").read_text(encoding="utf-8")


def test_the_example_is_right_and_routes_what_it_says() -> None:
    found = parse(EXAMPLE)
    routing = found.routing("http://127.0.0.1:8501")

    assert found.written_sources().split()[:2] == [
        "press=https://example.com/rss.xml#articles=yes",
        "filings=edgar+https://www.sec.gov/cgi-bin/browse-edgar",
    ]
    assert routing.about["HRBL"]["desk"] == "retail"
    assert [one.receiver for one in routing.route.routes] == ["night-desk", "groundswell"]
    assert {"groundswell", "night-desk"} == set(routing.audiences)


def test_the_example_draws_the_line_that_it_says() -> None:
    (rule,) = parse(EXAMPLE).drawn_rules()

    assert rule == Rule(
        "CardTrouble", Measure.NEGATIVE_SHARE, above=0.6, dimension="channel", key="customer",
        over=timedelta(minutes=30), lasting=timedelta(minutes=10), min_posts=20, severity=8,
        labels=(("team", "cards"),),
    )  # fmt: skip


def test_a_rule_about_an_entity_s_topic_is_about_the_pair() -> None:
    text = '[[rules]]\nname = "A"\nkey = "HRBL"\ntopic = "Earnings"\nabove = 5\n'

    (rule,) = parse(text).drawn_rules()

    assert (rule.fits("entity_topic", "HRBL/Earnings"), rule.fits("entity", "HRBL")) == (True, False)
    assert (rule.over, rule.lasting, rule.severity) == (timedelta(minutes=5), timedelta(0), 5)


def test_no_file_is_the_same_as_an_empty_one() -> None:
    assert parse("") == Configuration()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('group_wait = "0s"', 'group_wiat = "0s"', "route.group_wiat"),
        ('group_wait = "0s"', 'group_wait = "soon"', "route.group_wait"),
        ('tickers = ["HRBL"]', "tickers = []", r"institutions\[0\].tickers"),
        ('name = "CardTrouble"', 'name = "NegativeSurge"', r"rules\[0\].name"),
        ('name = "CardTrouble"', 'name = "Card trouble"', r"rules\[0\].name"),
        ('key = "customer"', 'key = "custom"', r"rules\[0\].key: 'custom' is no channel"),
        ('key = "customer"', 'topic = "Earnings"', r"rules\[0\].topic: topic narrows"),
        ('measure = "negative_share"', 'measure = "sadness"', r"rules\[0\].measure"),
        ("above = 0.6", "above = 60", r"rules\[0\].above: negative_share is never above 1"),
        ('over = "30m"', 'over = "2d"', r"rules\[0\].over"),
        ('for = "10m"', "for = 10", r"rules\[0\].for"),
        ("min_posts = 20", "min_post = 20", r"rules\[0\].min_post: there is no such field"),
        ('severity = "critical"', 'severity = "grave"', r"rules\[0\].severity: 'grave' is no severity"),
        ('severity = "critical"', "severity = 11", r"rules\[0\].severity"),
        ('team = "cards"', 'entity = "cards"', r"rules\[0\].labels: alerts have a label entity"),
        ('receiver = "night-desk"', 'receiver = "nobody"', "receiver"),
        ('"out-of-hours"]', '"never"]', "active_time_intervals"),
        ('url_env = "NIGHT_DESK_URL"', 'url_env = "https://a.example/token"', "url_env"),
    ],
)
def test_a_fault_is_named_with_file_line_and_field(old: str, new: str, field: str) -> None:
    line = EXAMPLE.splitlines().index(next(one for one in EXAMPLE.splitlines() if old in one)) + 1

    with pytest.raises(SetupError, match=rf"^mine\.toml:{line}: .*{field}"):
        parse(EXAMPLE.replace(old, new, 1), "mine.toml")
