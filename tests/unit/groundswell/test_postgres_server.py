"""A cluster that cannot be made says where, and why."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from core.errors import SetupError
from groundswell.postgres_server import PostgresServer


def test_a_folder_that_holds_something_else_is_left_alone() -> None:
    # not in pytest's folder, which the server's own user may not pass
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "letter.txt")
        file.write_text("Dear all")

        with pytest.raises(SetupError, match=r"^PostgreSQL cannot be set up in .*not empty"):
            PostgresServer(Path(folder), 1).prepare()

        assert file.read_text() == "Dear all"
