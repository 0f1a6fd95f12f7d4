"""How long a look takes when 10,000 series got posts since the last one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from core.scoring import ScoredPost, Sentiment
from storage.postgres import Database
from stream.watch import look
from tests.builders import NOON, make_scored, make_scores

SERIES = 10_000
EVERY_S = 5.0
"""The period of the looks, as it comes (GROUNDSWELL_SURGE_EVERY_S)."""


def posts(round_: int, at: datetime) -> list[ScoredPost]:
    """One post about each of 5,000 entities, which make as many series again with their topics; a quarter negative."""
    feelings = [Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE, Sentiment.NEUTRAL]
    return [
        make_scored(f"{round_}-{n}", make_scores(feelings[(n + round_) % 4]), entities=(f"E{n}",), published_at=at)
        for n in range(SERIES // 2)
    ]


@pytest.mark.slow
@pytest.mark.bench
def test_a_look_at_ten_thousand_series_takes_less_than_its_period(
    postgres: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Database(postgres())) as database:
        database.migrate()
        look(database.incidents, NOON - timedelta(days=2))
        for hours in range(48, 0, -6):
            database.posts.record(posts(hours, NOON - timedelta(hours=hours)), [])
        look(database.incidents, NOON - timedelta(minutes=20))
        took: list[tuple[float, float]] = []
        for minute in range(3):
            now = NOON + timedelta(minutes=minute)
            database.posts.record(posts(-minute, now), [])
            began, cpu = time.monotonic(), time.process_time()
            assert look(database.incidents, now) is not None
            took.append((time.monotonic() - began, time.process_time() - cpu))
    wall_s, cpu_s = sorted(took)[1]
    with capsys.disabled():
        print(f"\na look at {SERIES:,} series: {wall_s:.1f} s, {cpu_s:.1f} s of them this process's CPU")
    assert cpu_s <= EVERY_S
