"""Retrainings that a person asks for, in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.audit import Asked
from core.errors import RegistryRefused
from core.occasions import Wish
from groundswell.temporary_servers import wait_until
from storage.postgres import Database
from tests.builders import NOON

HOUR = timedelta(hours=1)


def shown(database: Database) -> dict[str, object]:
    (row,) = database.read("retraining")
    return row


def test_what_is_asked_for_waits_until_it_begins(database: Database) -> None:
    assert database.retrainings.waiting() is None
    assert shown(database)["asked_at"] is None
    assert database.retrainings.ask("Cleo", "new names", NOON)
    assert database.retrainings.waiting() == Wish(NOON, "Cleo", "new names")
    database.retrainings.begin(NOON + HOUR)
    assert database.retrainings.waiting() is None
    row = shown(database)
    assert (row["asked_by"], row["why"], row["begun_at"]) == ("Cleo", "new names", NOON + HOUR)


def test_one_waits_at_most_and_another_may_be_asked_for_once_it_has_begun(database: Database) -> None:
    assert database.retrainings.ask("Cleo", "new names", NOON)
    assert not database.retrainings.ask("Ana", "me too", NOON)
    database.retrainings.begin(NOON)
    assert database.retrainings.ask("Ana", "once more", NOON + HOUR)
    assert shown(database)["asked_by"] == "Ana"


def test_what_was_withdrawn_does_not_begin(database: Database) -> None:
    assert not database.retrainings.withdraw("Cleo", NOON)
    database.retrainings.ask("Cleo", "new names", NOON)
    assert database.retrainings.withdraw("Ana", NOON + HOUR)
    assert database.retrainings.waiting() is None
    database.retrainings.begin(NOON + 2 * HOUR)
    assert (shown(database)["begun_at"], shown(database)["withdrawn_at"]) == (None, NOON + HOUR)


def test_who_asked_and_who_withdrew_is_in_the_audit_log(database: Database) -> None:
    database.retrainings.ask("Cleo", "new names", NOON)
    database.retrainings.ask("Eve", "refused, so not told of", NOON)
    database.retrainings.withdraw("Ana", NOON + HOUR)
    entries = database.audit.read(Asked(action="retraining"), 9)
    assert [(one.by, one.action) for one in entries] == [
        ("Ana", "retraining.withdrawn"),
        ("Cleo", "retraining.asked"),
    ]


def test_nobody_asks_without_a_name_or_a_reason(database: Database) -> None:
    for by, why in (("", "new names"), ("Cleo", " ")):
        with pytest.raises(RegistryRefused):
            database.retrainings.ask(by, why, NOON)


def test_a_step_that_runs_is_seen_by_its_lock(database: Database) -> None:
    assert shown(database)["is_running"] is False
    with database.locks.retraining():
        assert shown(database)["is_running"] is True
    # its backend lets go a moment after the connection is closed
    wait_until(lambda: shown(database)["is_running"] is False, 10)
