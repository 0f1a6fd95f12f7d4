"""Verdicts on a real PostgreSQL: of two people who decide at once, one wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg2
import pytest

from core.alerting import Incident, IncidentState
from core.audit import Asked
from core.errors import DatabaseUnavailable
from core.ports import Steps
from storage.postgres import Database
from storage.verdicts import Verdicts, impatient
from tests.builders import NOON
from tests.services import PostgresServer


@pytest.fixture
def dsn(postgres: Callable[[], str]) -> str:
    """A database with one incident that fires."""
    address = postgres()
    database = Database(address)
    database.migrate()
    incident = Incident("i1", "entity", "HRBL", IncidentState.FIRING, NOON, NOON, 7, 40, 3.0, 1e-9, 30, "HRBL: 40")
    database.incidents.step(lambda _series, _open: Steps((incident,)), NOON)
    database.close()
    return address


@pytest.fixture
def verdicts(dsn: str) -> Iterator[Verdicts]:
    made = Verdicts(dsn)
    yield made
    made.close()


def test_an_incident_is_acknowledged_once_and_stays_so(dsn: str, verdicts: Verdicts) -> None:
    assert verdicts.acknowledge("i1", "Ada", NOON)
    assert not verdicts.acknowledge("i1", "Ada", NOON)
    row = Database(dsn).read("incident", incident_id="i1")[0]
    assert (row["state"], row["updated_at"], row["acknowledged_by"]) == ("acknowledged", NOON, "Ada")


def test_whoever_acknowledged_first_stands_in_the_audit_log_once(dsn: str, verdicts: Verdicts) -> None:
    verdicts.acknowledge("i1", "Ada", NOON)
    verdicts.acknowledge("i1", "Ben", NOON)
    (entry,) = Database(dsn).audit.read(Asked(), 9)
    assert (entry.by, entry.action, entry.subject, entry.at) == ("Ada", "incident.acknowledged", "i1", NOON)


def test_an_incident_that_is_over_is_not_acknowledged(dsn: str, verdicts: Verdicts) -> None:
    over = Incident(
        "i1", "entity", "HRBL", IncidentState.RESOLVED, NOON, NOON, 7, 40, 3.0, 1e-9, 30, "over", resolved_at=NOON
    )
    Database(dsn).incidents.step(lambda _series, _open: Steps((over,)), NOON)
    assert not verdicts.acknowledge("i1", "Ada", NOON)


def test_someone_who_waits_at_a_screen_does_not_wait_for_a_stuck_writer(dsn: str) -> None:
    holder = psycopg2.connect(dsn)
    holder.cursor().execute("SELECT 1 FROM incidents FOR UPDATE")
    try:
        with pytest.raises(DatabaseUnavailable):
            Verdicts(impatient(dsn, 1.0)).acknowledge("i1", "Ada", NOON)
    finally:
        holder.close()


def test_a_database_that_is_gone_is_said_to_be_unavailable(own_postgres: PostgresServer) -> None:
    address = own_postgres.create_database()
    own_postgres.stop()
    with pytest.raises(DatabaseUnavailable):
        Verdicts(address).acknowledge("i1", "Ada", NOON)
