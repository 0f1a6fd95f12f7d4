"""The data folder: its lock and its secrets."""

import stat
from pathlib import Path

import pytest

from core.errors import SetupError
from groundswell.datafolder import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.prepare()
    return made


def test_a_second_up_is_refused_and_told_who_holds_the_folder(folder):
    import os

    with folder.locked(), pytest.raises(SetupError, match=rf"pid {os.getpid()}.*groundswell down"), folder.locked():
        pass


def test_nothing_is_left_of_a_lock_that_was_given_back(folder):
    with folder.locked():
        assert folder.owner() is not None
    assert folder.owner() is None
    assert not (folder.root / "run" / "lock").exists()


def test_a_lock_of_a_process_that_is_gone_holds_nobody_up(folder):
    (folder.root / "run" / "lock").write_text("12345")
    assert folder.owner() is None
    with folder.locked():
        pass


def test_secrets_are_made_once_and_are_their_owners_alone(folder):
    first = folder.secrets()
    assert folder.secrets() == first
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((folder.root / "secrets.json").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    folder = DataFolder(tmp_path / "file" / "data")
    assert "cannot be written" in (folder.fault() or "")
    with pytest.raises(SetupError, match=r"cannot be written.*--data-dir"):
        folder.prepare()


def test_looking_at_a_folder_does_not_make_it(tmp_path):
    assert DataFolder(tmp_path / "data").fault() is None
    assert not (tmp_path / "data").exists()
