"""A backtest's incidents beside events that one knows, and as a table and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from core.alerting import Cause, Incident, IncidentState
from core.backtest import Backtest
from core.errors import SetupError
from groundswell.backtesting import (
    Event,
    as_json,
    events_table,
    events_verdict,
    incidents_table,
    read_events,
    score_events,
    verdict,
)

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def make_incident(key: str, at: datetime, dimension: str = "entity") -> Incident:
    return Incident(
        f"{key}{at}", dimension, key, IncidentState.RESOLVED, at, at, 3, 16, 0.7, 1e-6, 12, f"{key}: 16 negative posts",
        cause=Cause(terms=("app down",)), resolved_at=at + HOUR, window_min=1440,
    )  # fmt: skip


EVENTS = [
    Event("HBNK", "negative", START, START + DAY),
    Event("QLNC", "negative", START + DAY, START + 2 * DAY),
    Event("HBNK", "control", START + 3 * DAY, START + 4 * DAY),
]
FOUND = Backtest(
    START, START + timedelta(days=365.25), tuple(
        make_incident(*facts)
        for facts in [
            ("HBNK", START + 2 * HOUR), ("HBNK", START + 3 * HOUR), ("QLNC", START), ("Macro", START, "topic"),
            ("NWTR", START),
        ]
    ),
)  # fmt: skip


def shown(thing: object) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(thing)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_an_event_is_alerted_on_by_an_incident_about_its_entity_within_its_window() -> None:
    scored = score_events(FOUND, EVENTS, ["HBNK", "QLNC"])

    # two in the first event's window, one about QLNC a day too early, and two that are about nothing watched
    assert scored["alerted"] == {"negative": 1, "control": 0}
    assert (scored["elsewhere"], scored["entity_years"], scored["elsewhere_an_entity_year"]) == (1, 2.0, 0.5)
    assert events_verdict(scored) == (
        "alerted on 0 of 1 control, 1 of 2 negative; elsewhere 1 alerts in 2 entity-years, 0.50 each"
    )


def test_the_tables_say_what_opened_and_how_soon() -> None:
    incidents, events = shown(incidents_table(FOUND)), shown(events_table(FOUND, EVENTS))

    assert "2026-01-05 02:00" in incidents
    assert "24 hours" in incidents
    assert "app down" in incidents
    assert "16 posts in 24 hours" in events
    assert "2.0 h" in events
    assert verdict(FOUND).startswith("5 incidents in 52.2 weeks, 0.10 a week")


def test_the_json_holds_every_incident() -> None:
    facts = json.loads(json.dumps(as_json(FOUND)))

    assert [one["key"] for one in facts["incidents"]] == ["HBNK", "HBNK", "QLNC", "Macro", "NWTR"]
    assert facts["incidents_a_week"] == 0.096


def test_events_are_read_from_a_table_with_their_names(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "ticker,kind,more,window_start_utc,window_end_utc\nHBNK,negative,x,2026-01-05T00:00:00Z,2026-01-06T00:00:00\n"
    )

    assert read_events(file) == EVENTS[:1]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ticker,kind,window_start_utc\nA,b,2026-01-05T00:00:00Z\n", "no column 'window_end_utc'"),
        ("ticker,kind,window_start_utc,window_end_utc\nA,b,soon,later\n", "soon"),
    ],
)
def test_a_table_without_a_column_or_a_time_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "events.csv"
    file.write_text(text)

    with pytest.raises(SetupError, match=fault):
        read_events(file)
