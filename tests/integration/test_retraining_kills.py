"""SIGKILL at random points of training and gate: the next try goes on, and the registry shows whole models only."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.registry import State
from core.settings import Settings
from dags.run_folder import EVIDENCE, RunFolder
from models.evidence import Gathered
from storage.postgres import Database
from tests.integration.test_retraining import database, settings, steps
from tests.learnable import SLANG, correct_posts, sayings
from tests.unit.core.test_gate import GOOD

__all__ = ["database", "settings"]

ROOT = Path(__file__).parents[2]


def start(folder: Path, settings: Settings) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "GROUNDSWELL_DSN": settings.dsn.get_secret_value(),
        "GROUNDSWELL_TRAINING_DATA": settings.training_data,
        "GROUNDSWELL_WEIGHTS": str(settings.weights),
        "GROUNDSWELL_DATA_DIR": str(settings.data_dir),
    }
    with (folder.parent / "tries.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.retraining_process", str(folder)],
            env=env, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT,
        )  # fmt: skip


def wait_for_a_step(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until this try has saved a step of its own, or has ended."""
    checkpoint = folder / "training" / "checkpoint.pt"
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    while process.poll() is None:
        try:
            if checkpoint.stat().st_mtime_ns != before:
                return
        except FileNotFoundError:
            if before:
                return
        time.sleep(0.01)


def prepared(settings: Settings, database: Database) -> Path:
    """A validated run, whose evidence stands already: what is killed is training and registry."""
    retraining = steps(settings, database)
    folder = retraining.validate(retraining.export("a test"))
    RunFolder(folder).write(EVIDENCE, Gathered(GOOD, (), ()).as_json())
    return folder


def figures(folder: Path) -> dict[str, Any]:
    record = json.loads((folder / "candidate" / "training_record.json").read_text())
    return {name: (found["macro_f1"], found["ece"]) for name, found in record["development"].items()}


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, 10])
@pytest.mark.timeout(1_800)
def test_a_killed_training_goes_on_and_ends_where_an_undisturbed_one_does(
    settings: Settings, database: Database, tmp_path: Path, kills: int
) -> None:
    correct_posts(database, sayings(SLANG, 90, "slang"), ("ann", "bob"))
    undisturbed = settings.model_copy(update={"data_dir": tmp_path / "undisturbed"})
    expected = prepared(undisturbed, database)
    steps(undisturbed, database).train(expected)

    folder, draw = prepared(settings, database), random.Random(kills)
    for number in range(kills):
        process = start(folder, settings)
        if number % 3:  # the others fall where the program loads, or where the last try ended
            wait_for_a_step(process, folder)
            assert process.poll() is not None or psutil.Process(process.pid).nice() == 19
        try:
            process.wait(draw.uniform(0.0, 3.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, number
        for model in database.models.all():
            assert hashlib.sha256(database.models.artefact(model.version)).hexdigest() == model.sha256
        assert not (folder / "candidate").exists() or (folder / "candidate" / "README.md").exists()
    last = start(folder, settings)
    assert last.wait() == 0, (folder.parent / "tries.log").read_text()[-3_000:]
    for name, (macro_f1, error) in figures(expected).items():
        assert figures(folder)[name] == (pytest.approx(macro_f1, abs=0.02), pytest.approx(error, abs=0.02)), name
    states = [model.state for model in database.models.all()]
    assert sorted(states) == [State.CHAMPION, State.SHADOW]
    assert not (folder / "training").exists()
