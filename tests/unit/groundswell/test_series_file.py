"""A file of counts is read as it is meant, or refused with the line that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import SetupError
from groundswell.series_file import parse_series, read_series


def rows(*lines: str) -> str:
    return "\n".join(("timestamp,value", *lines)) + "\n"


def test_counts_and_times_are_read() -> None:
    series = parse_series(rows("2026-01-31 09:00:00,4", "2026-01-31T10:05:00+01:00,7.0"))

    assert series.values == (4, 7)
    assert series.times == (datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 1, 31, 9, 5, tzinfo=UTC))
    assert series.interval == timedelta(minutes=5)


def test_the_interval_is_the_usual_one_where_rows_are_missing_or_irregular() -> None:
    series = parse_series(
        rows("2026-01-31 09:00:00,1", "2026-01-31 09:05:00,1", "2026-01-31 11:00:00,1", "2026-01-31 11:05:01,1",
             "2026-01-31 11:10:00,1", "2026-01-31 11:15:00,1")
    )  # fmt: skip

    assert series.interval == timedelta(minutes=5)


def test_a_row_without_a_time_follows_the_one_above() -> None:
    series = parse_series(rows(",1", "2026-01-31 09:00:00,2", ",3", "2026-01-31 09:10:00,4", "2026-01-31 09:15:00,5"))

    assert [time.minute for time in series.times] == [55, 0, 5, 10, 15]


def test_daily_rows_are_taken_as_hours() -> None:
    series = parse_series(rows("2026-01-01,1", "2026-01-02,2", "2026-01-04,4"))
    buckets = series.buckets()

    assert series.bucket_length == timedelta(hours=1)
    assert [(b.minute - buckets[0].minute) / timedelta(hours=1) for b in buckets] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,value\n", "line 1: there is no column timestamp"),
        ("", "line 1: there is no column timestamp and no column value"),
        ("timestamp,value\n", "line 2: there are no rows"),
        (rows("2026-01-31 09:00:00,4", "2026-01-31 09:05:00,many"), "line 3: the value 'many' is not a number"),
        (rows("2026-01-31 09:00:00,"), "line 2: the value '' is not a number"),
        (rows("2026-01-31 09:00:00,-4"), "line 2: the value '-4' is not a count"),
        (rows("2026-01-31 09:00:00,0.5"), "line 2: the value '0.5' is not a count"),
        (rows("2026-01-31 09:00:00,nan"), "line 2: the value 'nan' is not a count"),
        (rows("yesterday,4"), "line 2: 'yesterday' is not a time"),
        (
            rows("2026-01-31 09:05:00,4", "2026-01-31 09:00:00,4"),
            "line 3: 2026-01-31 09:00:00 is before the rows above",
        ),
        (rows("2026-01-31 09:05:00"), "line 2: it has 1 of 2 columns"),
    ],
)
def test_a_row_that_is_wrong_is_named_by_its_line(text: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_series(text)

    assert str(raised.value).startswith(said)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        read_series(tmp_path / "none.csv")
