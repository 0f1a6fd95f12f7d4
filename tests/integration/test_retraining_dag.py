"""The DAG as Airflow runs it, and the command that does the same without: both end with a new champion."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import Settings
from dags.retraining import Retraining
from groundswell.cli import main
from storage.postgres import Database
from tests.integration.test_dags import in_airflow, migrate
from tests.integration.test_retraining import database, settings
from tests.learnable import SENTIMENTS, SLANG, correct_posts, sayings

__all__ = ["database", "settings"]

RUN = """
import json
from dags.retrain_classifier import retrain_classifier
run = retrain_classifier().test()
print("RESULT", json.dumps({"state": str(run.state), "tasks": {
    ti.task_id: str(ti.state) for ti in run.get_task_instances()}}))
"""


def environment(settings: Settings) -> dict[str, str]:
    return {
        "GROUNDSWELL_DSN": settings.dsn.get_secret_value(),
        "GROUNDSWELL_TRAINING_DATA": settings.training_data,
        "GROUNDSWELL_WEIGHTS": str(settings.weights),
        "GROUNDSWELL_DATA_DIR": str(settings.data_dir),
        "GROUNDSWELL_RETRAIN_EPOCHS": str(settings.retrain_epochs),
        "GROUNDSWELL_RETRAIN_REPLAY": str(settings.retrain_replay),
        "GROUNDSWELL_RETRAIN_SHADOW_H": "0",
        "OMP_NUM_THREADS": "1",
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_dag_ends_with_a_new_champion(settings: Settings, database: Database, tmp_path: Path) -> None:
    correct_posts(database, sayings(SLANG, 150, "slang"), ("ann", "bob"))
    (tmp_path / "airflow").mkdir()
    migrate(tmp_path / "airflow")
    found = in_airflow(RUN, tmp_path / "airflow", **environment(settings))
    assert found["state"] == "success"
    assert set(found["tasks"].values()) == {"success"}
    champion = database.models.champion()
    assert champion is not None
    assert champion.parent is not None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_labels_that_are_refused_fail_the_run_before_anything_is_trained(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    correct_posts(database, [(text, "negative") for text, _ in sayings(SENTIMENTS, 90, "known")], ("ann", "bob"))
    (tmp_path / "airflow").mkdir()
    migrate(tmp_path / "airflow")
    found = in_airflow(RUN, tmp_path / "airflow", **environment(settings))
    assert found["tasks"]["validate_snapshot"] == "failed"
    assert found["tasks"]["train_candidate"] == "upstream_failed"


@pytest.mark.slow
def test_the_command_does_what_the_dag_does(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    correct_posts(database, sayings(SLANG, 150, "slang"), ("ann", "bob"))
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    # for the rest of this process it would be at the lowest priority
    monkeypatch.setattr(Retraining, "give_way", lambda _: None)

    def types(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["groundswell", "retrain", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    code, said = types("--due")
    assert (code, "150 new labels" in said) == (0, True)
    code, said = types("--once", "--by", "ann")
    assert code == 0, said
    page = re.search(r"the report is (\S+)", said)
    assert page is not None
    assert "the candidate is the champion" in Path(page[1]).read_text().lower()
    champion = database.models.champion()
    assert champion is not None
    assert {event.by for event in database.models.events(champion.version)} == {"ann"}
    again = settings.data_dir / "again.html"
    assert types("--report", str(again), "--version", champion.version)[0] == 0
    assert champion.version in again.read_text()
