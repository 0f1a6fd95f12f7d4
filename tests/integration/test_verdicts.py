"""Verdicts on a real PostgreSQL: of two people who decide at once, one wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest

from core.alerting import Incident, IncidentState
from core.errors import DatabaseUnavailable
from core.ports import Steps
from core.replies import Draft, DraftRequest, DraftState
from storage.postgres import Database
from storage.verdicts import Verdicts, impatient
from tests.builders import NOON, make_scored
from tests.services import PostgresServer

POST = make_scored("1").post.post_id


@pytest.fixture
def dsn(postgres: Callable[[], str]) -> str:
    """A database with one draft that waits and one incident that fires."""
    address = postgres()
    database = Database(address)
    database.migrate()
    database.posts.record([make_scored("1")], [DraftRequest(POST, "anger", 0.9, NOON)])
    with database.drafts.requested(1):
        database.drafts.save(Draft(POST, DraftState.READY, "We are sorry.", "seed-1", "entry x", NOON))
    incident = Incident("i1", "entity", "HRBL", IncidentState.FIRING, NOON, NOON, 7, 40, 3.0, 1e-9, 30, "HRBL: 40")
    database.incidents.step(lambda _series, _open: Steps((incident,)), NOON)
    database.close()
    return address


@pytest.fixture
def verdicts(dsn: str) -> Iterator[Verdicts]:
    made = Verdicts(dsn)
    yield made
    made.close()


def decided(dsn: str) -> dict[str, object]:
    return Database(dsn).read("drafts_decided", since=NOON - timedelta(days=1), count=5)[0]


def test_an_approval_stores_the_final_text_and_who_gave_it(dsn: str, verdicts: Verdicts) -> None:
    assert verdicts.approve(POST, "We are very sorry.", "ada", NOON)
    row = decided(dsn)
    assert (row["state"], row["final_text"], row["decided_by"], row["decided_at"]) == (
        "approved",
        "We are very sorry.",
        "ada",
        NOON,
    )
    assert row["draft"] == "We are sorry."


def test_a_rejection_stores_its_reason_and_no_final_text(dsn: str, verdicts: Verdicts) -> None:
    assert verdicts.reject(POST, "Wrong tone", "ada", NOON)
    row = decided(dsn)
    assert (row["state"], row["reason"], row["final_text"]) == ("rejected", "Wrong tone · entry x", None)


def test_of_many_people_who_decide_at_once_exactly_one_wins(dsn: str, verdicts: Verdicts) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: verdicts.approve(POST, f"text {n}", f"person {n}", NOON), range(8)))
    assert won.count(True) == 1
    winner = won.index(True)
    assert (decided(dsn)["decided_by"], decided(dsn)["final_text"]) == (f"person {winner}", f"text {winner}")


def test_a_decided_draft_cannot_be_decided_the_other_way(dsn: str, verdicts: Verdicts) -> None:
    assert verdicts.reject(POST, "Wrong facts", "ada", NOON)
    assert not verdicts.approve(POST, "text", "ben", NOON)
    assert decided(dsn)["state"] == "rejected"


def test_a_draft_that_is_not_there_is_not_decided(verdicts: Verdicts) -> None:
    assert not verdicts.approve("0" * 32, "text", "ada", NOON)


def test_an_incident_is_acknowledged_once_and_stays_so(dsn: str, verdicts: Verdicts) -> None:
    assert verdicts.acknowledge("i1")
    assert not verdicts.acknowledge("i1")
    row = Database(dsn).read("incident", incident_id="i1")[0]
    assert (row["state"], row["updated_at"]) == ("acknowledged", NOON)


def test_an_incident_that_is_over_is_not_acknowledged(dsn: str, verdicts: Verdicts) -> None:
    over = Incident(
        "i1", "entity", "HRBL", IncidentState.RESOLVED, NOON, NOON, 7, 40, 3.0, 1e-9, 30, "over", resolved_at=NOON
    )
    Database(dsn).incidents.step(lambda _series, _open: Steps((over,)), NOON)
    assert not verdicts.acknowledge("i1")


def test_someone_who_waits_at_a_screen_does_not_wait_for_a_stuck_writer(dsn: str) -> None:
    holder = psycopg2.connect(dsn)
    holder.cursor().execute("SELECT 1 FROM incidents FOR UPDATE")
    try:
        with pytest.raises(DatabaseUnavailable):
            Verdicts(impatient(dsn, 1.0)).acknowledge("i1")
    finally:
        holder.close()


def test_a_database_that_is_gone_is_said_to_be_unavailable(own_postgres: PostgresServer) -> None:
    address = own_postgres.create_database()
    own_postgres.stop()
    with pytest.raises(DatabaseUnavailable):
        Verdicts(address).acknowledge("i1")


def test_where_the_writer_abstained_a_person_may_still_answer(postgres: Callable[[], str]) -> None:
    address = postgres()
    database = Database(address)
    database.migrate()
    database.posts.record([make_scored("1")], [DraftRequest(POST, "anger", 0.9, NOON)])
    with database.drafts.requested(1):
        database.drafts.save(Draft(POST, DraftState.ABSTAINED, "", "seed-1", "no entry fits", NOON))
    assert [row["reason"] for row in database.read("drafts_waiting", count=5)] == ["no entry fits"]
    assert Verdicts(address).approve(POST, "My own words.", "ada", NOON)
    assert decided(address)["final_text"] == "My own words."
