import os

import pytest

from core.errors import SetupError
from stream import lock


def test_a_worker_that_runs_already_is_not_started_twice(tmp_path):
    with lock.hold(tmp_path, 0), pytest.raises(SetupError, match="worker 0 runs already"):
        lock.hold(tmp_path, 0)


def test_each_number_has_a_lock_of_its_own(tmp_path):
    with lock.hold(tmp_path, 0), lock.hold(tmp_path, 1):
        pass


def test_a_lock_goes_with_whoever_held_it(tmp_path):
    lock.hold(tmp_path, 0).close()
    with lock.hold(tmp_path, 0) as held:
        assert (tmp_path / "worker-0.lock").read_text() == f"{os.getpid()}\n"
        assert not held.closed


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot write"):
        lock.hold(tmp_path / "file" / "locks", 0)
