"""Twenty simulated months of real posts, judged by the shipped model: quiet ones, and ones in which language shifts.

Reads the public data sets from `GROUNDSWELL_TEST_DATA` (default: ../shared/data), as docs/drift.md names them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.settings import Settings
from groundswell.benchmarks.drift import measure_drift
from models.classifier import load_classifier

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("GROUNDSWELL_TEST_DATA", ROOT.parent / "shared" / "data"))
MONTHS = 20


@pytest.mark.slow
@pytest.mark.timeout(7_200)
def test_no_quiet_month_has_an_alarm_and_every_shift_is_seen_within_the_stated_delay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not (DATA / "news_headlines").is_dir():
        pytest.skip("set GROUNDSWELL_TEST_DATA to a folder with news_headlines, stocknet and the customers' messages")
    figures = measure_drift(DATA, load_classifier(Settings().weights), MONTHS, lambda _said: None)
    with capsys.disabled():
        print(f"\n{figures.as_dict()}")

    assert figures.alarms == []
    assert {(one.shift.name, one.shift.channel): one.in_time for one in figures.seen} == {
        ("a new ticker", "social"): MONTHS,
        ("a new word for bad", "social"): MONTHS,
        ("a new word for bad", "customer"): MONTHS,
        ("a topic's share", "news"): MONTHS,
        ("a topic's share", "customer"): MONTHS,
    }
