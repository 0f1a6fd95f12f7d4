"""No process outlives `up`."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from groundswell import leftovers


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_what_is_written_down_is_ended(tmp_path: Path, sleeper):
    path = tmp_path / "processes.json"
    leftovers.write_down(path, {"sleeper": psutil.Process(sleeper.pid)})
    assert leftovers.end_all(path) == ["sleeper"]
    assert not psutil.pid_exists(sleeper.pid)
    assert not path.exists()


def test_a_pid_that_was_used_again_is_left_alone(tmp_path: Path, sleeper):
    path = tmp_path / "processes.json"
    path.write_text(json.dumps({"sleeper": [sleeper.pid, 1.0]}))
    assert leftovers.end_all(path) == []
    assert sleeper.poll() is None


def test_the_guard_ends_everything_when_its_starter_is_gone(tmp_path: Path, sleeper):
    path = tmp_path / "processes.json"
    guard = subprocess.Popen([sys.executable, "-m", "groundswell.leftovers", str(path)], stdin=subprocess.PIPE)
    leftovers.write_down(path, {"sleeper": psutil.Process(sleeper.pid)})
    assert guard.stdin is not None
    guard.stdin.close()
    assert sleeper.wait(20) < 0
    assert guard.wait(20) == 0
