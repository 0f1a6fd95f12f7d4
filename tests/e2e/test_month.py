"""A month whose language shifts, by Airflow's own scheduler: drift is seen, and the retraining's DAG makes a champion.

Reads the public data sets from `GROUNDSWELL_TEST_DATA` (default: ../shared/data), as docs/model.md names them.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from core.settings import Settings
from models.classifier import load_classifier
from models.data import read_training_data
from storage.postgres import Database
from tests import month
from tests.e2e.test_scheduler import trigger
from tests.e2e.test_up import Stack
from tests.integration.test_month import DATA
from tests.services import PostgresServer, wait_until

READY_S = 900
LOOK_S = 1_200
RETRAINING_S = 5_400
"""On one core at the lowest priority, beside a whole stack."""


@pytest.mark.slow
@pytest.mark.timeout(READY_S + LOOK_S + RETRAINING_S + 1_200)
def test_the_scheduler_sees_the_shift_and_300_corrections_later_a_better_model_is_champion(
    tmp_path: Path, own_postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (DATA / month.TWEETS).is_dir():
        pytest.skip(f"set GROUNDSWELL_TEST_DATA to a folder with {month.TWEETS} and the other training sets")
    now, weights, dsn = datetime.now(UTC), Settings().weights, own_postgres.create_database()
    simulated = month.make_month(read_training_data(DATA), now.date() - timedelta(days=1), "e2e")
    stack = Stack(tmp_path / "data")
    stack.env |= {
        "GROUNDSWELL_DSN": dsn,
        "GROUNDSWELL_TRAINING_DATA": str(DATA),
        "GROUNDSWELL_RETRAIN_ON": "drift",
        "GROUNDSWELL_RETRAIN_SHADOW_H": "0",
        "GROUNDSWELL_SCRAPE_EVERY_S": "3600",
        "OMP_NUM_THREADS": "1",
    }
    with closing(Database(dsn)) as database:
        database.migrate()
        champion = month.enter_champion(database, weights, datetime.combine(simulated.shifted_on, time(), UTC))
        stored = month.record(database, simulated.days, load_classifier(weights, device="cpu", threads=1))
        process = stack.start("up")
        try:
            wait_until(lambda: stack.state("airflow-scheduler") == "ready", READY_S)
            trigger(stack, "watch_drift")
            wait_until(lambda: drifting(database) != {}, LOOK_S)
            seen = drifting(database)
            month.correct(database, simulated.corrected, stored, datetime.now(UTC))
            trigger(stack, "retrain_classifier")
            wait_until(lambda: len(database.models.all()) > 1 and database.models.shadow() is None, RETRAINING_S)
        finally:
            stack.run("down", limit_s=60)
            process.wait(30)
        (candidate,) = (one for one in database.models.all() if one.version != champion)
        report = candidate.metrics["retraining"]
        learnt = month.gain(database, champion, candidate.version, tmp_path / "both", simulated.held_out)
        with capsys.disabled():
            print(f"\nseen: {seen}; {learnt}\n{month.frozen(report)}\n{report['reasons']}")

        assert "new_words" in seen
        in_service = database.models.champion()
        assert in_service is not None
        assert in_service.version == candidate.version, report["reasons"]
        assert candidate.parent == champion
        assert learnt.difference >= month.LEAST_GAIN
        assert month.lost(report) == {}
    assert stack.processes() == []


def drifting(database: Database) -> dict[str, str]:
    """What drifts among the tweets, and what is said of it."""
    return {
        one.statistic: one.note
        for one in database.drift.findings()
        if one.channel == "social" and one.since is not None
    }
