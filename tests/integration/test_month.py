"""A month whose language shifts: drift is seen in time, and 300 corrections make a better model that forgot nothing.

Real tweets, the weights that ship, and the steps of a retraining as `groundswell retrain --once` runs them. Reads the
public data sets from `GROUNDSWELL_TEST_DATA` (default: ../shared/data), as docs/model.md names them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from core.settings import Settings
from dags.drifting import champion_of, load_encoder, look_for_drift
from dags.retraining import Retraining
from models.classifier import load_classifier
from models.data import read_training_data
from storage.postgres import Database
from tests import month

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("GROUNDSWELL_TEST_DATA", ROOT.parent / "shared" / "data"))
LAST_DAY = date(2026, 3, 1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, postgres: Callable[[], str]) -> Settings:
    if not (DATA / month.TWEETS).is_dir():
        pytest.skip(f"set GROUNDSWELL_TEST_DATA to a folder with {month.TWEETS} and the other training sets")
    return Settings(dsn=postgres(), training_data=str(DATA), data_dir=tmp_path, retrain_on="drift", retrain_shadow_h=0)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings.dsn.get_secret_value())) as opened:
        opened.migrate()
        yield opened


def drift_of(database: Database, last: date) -> set[str]:
    """What the nightly look after a day finds."""
    champion = champion_of(database)
    assert champion is not None
    night = datetime.combine(last + timedelta(days=1), time(4), UTC)
    found = look_for_drift(database.drift, [], champion, load_encoder, night, lambda _: None)
    assert found is not None
    return {one.statistic for one in found.drifting}


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_a_shift_is_seen_within_seven_days_and_starts_a_retraining(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated = month.make_month(read_training_data(DATA), LAST_DAY, "drift")
    month.enter_champion(database, settings.weights, datetime.combine(simulated.shifted_on, time(), UTC))
    stored = month.record(database, simulated.days, load_classifier(settings.weights, device="cpu", threads=1))
    assert drift_of(database, simulated.shifted_on - timedelta(days=1)) == set()
    seen: dict[str, int] = {}
    for number in range(1, month.SHIFTED_DAYS + 1):
        for statistic in drift_of(database, simulated.shifted_on + timedelta(days=number - 1)):
            seen.setdefault(statistic, number)
    month.correct(database, simulated.corrected, stored, MONDAY)
    why = Retraining(settings, database, now=lambda: MONDAY + timedelta(hours=1)).due()
    with capsys.disabled():
        print(f"\nseen on day: {seen}; {why}")

    assert seen["new_words"] <= month.SHIFTED_DAYS
    assert why is not None
    assert "drift was seen" in why


@pytest.mark.slow
@pytest.mark.timeout(7_200)
def test_300_corrections_later_the_candidate_has_learnt_the_new_language_and_forgot_nothing(
    settings: Settings, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated = month.make_month(read_training_data(DATA), LAST_DAY, "integration")
    champion = month.enter_champion(database, settings.weights, datetime.combine(simulated.shifted_on, time(), UTC))
    judge = load_classifier(settings.weights, device="cpu", threads=1)
    stored = month.record(database, {LAST_DAY: simulated.corrected}, judge)
    differing = month.correct(database, simulated.corrected, stored, MONDAY)

    retraining = Retraining(settings, database, by="tests", now=lambda: MONDAY + timedelta(hours=1))
    folder = retraining.export("the month is over")
    retraining.validate(folder)
    retraining.train(folder)
    retraining.evaluate(folder)
    promoted = retraining.promoting.decide(folder) and retraining.promoting.promote(folder)
    report = retraining.promoting.report_of(None)
    learnt = month.gain(database, champion, report["candidate"], tmp_path / "both", simulated.held_out)
    with capsys.disabled():
        print(f"\n{differing} of {len(simulated.corrected)} labels differ from what the champion says\n{learnt}")
        print("\n".join(f"{name}: {old:.4f} {young:.4f}" for name, (old, young) in month.frozen(report).items()))
        print("\n".join(report["reasons"]))

    assert len(simulated.corrected) == month.CORRECTIONS
    assert learnt.difference >= month.LEAST_GAIN
    assert month.lost(report) == {}
    assert promoted, report["reasons"]
