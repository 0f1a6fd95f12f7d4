"""Rows of the first tables come through to the newest ones, and the queue is read from its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

import storage
from core.replies import DraftState
from core.reviews import Answer, Approval, Reviewer
from storage.postgres import Database
from tests.builders import NOON

FIRST = Path(storage.__file__).parent / "migrations" / "0001_initial.sql"
ADA = Reviewer("Ada", "page-1")
ROWS = """
INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at, author_key)
SELECT repeat(n::text, 32), 'mail', 'customer', 'text ' || n, %(now)s, %(now)s, 'author' FROM generate_series(1, 6) n;
INSERT INTO drafts (post_id, state, request, priority, requested_at, text, writer, reason, ready_at, decided_at,
    decided_by, final_text)
VALUES
    (repeat('1', 32), 'requested', 'r', 0.5, %(now)s, '', '', '', NULL, NULL, NULL, NULL),
    (repeat('2', 32), 'ready', 'r', 0.5, %(now)s, 'Sorry.', 'playbook-1', 'entry', %(now)s, NULL, NULL, NULL),
    (repeat('3', 32), 'abstained', 'r', 0.9, %(now)s, '', 'playbook-1', 'none fits', %(now)s, NULL, NULL, NULL),
    (repeat('4', 32), 'approved', 'r', 0.5, %(now)s, 'Sorry.', 'playbook-1', 'e', %(now)s, %(now)s, 'ada', 'Sorry.'),
    (repeat('5', 32), 'approved', 'r', 0.5, %(now)s, 'Sorry.', 'playbook-1', 'e', %(now)s, %(now)s, 'ada', 'So sorry.'),
    (repeat('6', 32), 'rejected', 'r', 0.5, %(now)s, 'Sorry.', 'playbook-1', 'e', %(now)s, %(now)s, 'ada', NULL);
"""


@pytest.fixture
def upgraded(postgres: Callable[[], str]) -> Iterator[Database]:
    """A database that was made by the first version, holds a draft of every state it knew, and was then migrated."""
    dsn = postgres()
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(FIRST.read_text())
        cursor.execute("CREATE TABLE groundswell_version (version_num varchar(32) PRIMARY KEY)")
        cursor.execute("INSERT INTO groundswell_version VALUES ('0001')")
        cursor.execute(ROWS, {"now": NOON})
    with closing(Database(dsn)) as database:
        database.migrate()
        yield database


def state(database: Database, number: int) -> dict[str, Any]:
    return database.read("draft", post_id=str(number) * 32)[0]


def test_an_approval_with_other_words_than_the_draft_s_becomes_an_edit_and_no_other_state_changes(
    upgraded: Database,
) -> None:
    states = [state(upgraded, number)["state"] for number in range(1, 7)]
    assert states == ["requested", "ready", "abstained", "approved", "edited", "rejected"]


def test_what_waited_before_can_be_claimed_decided_and_handed_over(upgraded: Database) -> None:
    taken = [upgraded.reviews.take(ADA, NOON, timedelta(minutes=1)) for _ in range(3)]
    assert taken == ["3" * 32, "2" * 32, None]
    assert upgraded.reviews.decide("2" * 32, Approval("Sorry."), ADA, NOON) is Answer.DONE
    with upgraded.handovers.next_due(NOON) as found:
        assert found is not None
        assert found.notification_id == f"{'2' * 32}.approved"
        # what the first version approved was never to be handed over, and is not now
        with upgraded.handovers.next_due(NOON) as another:
            assert another is None


def test_an_author_s_earlier_drafts_are_found_by_the_rows_of_before(upgraded: Database) -> None:
    found = upgraded.drafts.drafted(["author"], NOON)["author"]
    assert {(earlier.post_id[0], earlier.text) for earlier in found} == {
        ("2", "Sorry."), ("4", "Sorry."), ("5", "So sorry."),
    }  # fmt: skip


def test_migrating_twice_changes_nothing(upgraded: Database) -> None:
    upgraded.migrate()
    assert state(upgraded, 5)["state"] == "edited"


@pytest.mark.parametrize("open_state", [DraftState.REQUESTED, DraftState.READY, DraftState.ABSTAINED])
def test_an_index_covers_every_state_that_waits(upgraded: Database, open_state: DraftState) -> None:
    with upgraded._connections.transaction() as transaction:
        transaction.rows("SET LOCAL enable_seqscan = off")
        plan = transaction.rows(f"EXPLAIN SELECT post_id FROM drafts WHERE state = '{open_state.value}'")
    assert any("drafts_open" in row["QUERY PLAN"] for row in plan), plan


def test_no_decided_draft_is_in_the_index_of_those_that_wait(upgraded: Database) -> None:
    with upgraded._connections.transaction() as transaction:
        rows = transaction.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'drafts_open'")
    predicate = rows[0]["indexdef"].split("WHERE")[1]
    assert not [one.value for one in DraftState if one.value in ("approved", "edited", "rejected", "repeated")
                and f"'{one.value}'" in predicate]  # fmt: skip


EARLIER = """
INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at, entities)
VALUES (repeat('7', 32), 'mail', 'customer', 'text', %(now)s, %(now)s, '{HBNK,HBNK,QLNC}');
INSERT INTO scores VALUES (repeat('7', 32), 'm', 'Macro', 0.5, 'negative', 0.9, 0.05, 0.05, '[]', 'anger', 'i', 0.5);
INSERT INTO rollups SELECT %(now)s, dimension, key, 3, 1, 1, 0, 0, 0, 0 FROM (VALUES
    ('total', ''), ('channel', 'customer'), ('source', 'mail'), ('topic', 'Macro'), ('family', 'anger'),
    ('entity', 'HBNK'), ('entity', 'QLNC')) AS named(dimension, key);
INSERT INTO incidents VALUES
    ('i1', 'entity', 'HBNK', 'resolved', %(now)s, %(now)s, %(now)s, 5, 40, 1.0, 1e-9, 30, 'HBNK: over'),
    ('i2', 'entity', 'QLNC', 'firing', %(now)s, %(now)s, NULL, 5, 40, 1.0, 1e-9, 30, 'QLNC: 40');
"""


def test_series_and_incidents_of_before_are_there_after_it(postgres: Callable[[], str]) -> None:
    dsn = postgres()
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(FIRST.read_text())
        cursor.execute("CREATE TABLE groundswell_version (version_num varchar(32) PRIMARY KEY)")
        cursor.execute("INSERT INTO groundswell_version VALUES ('0001')")
        cursor.execute(EARLIER, {"now": NOON})
    with closing(Database(dsn)) as database:
        database.migrate()

        assert database.verify_rollups() == []
        minutes = database.incidents.minutes(NOON, NOON + timedelta(minutes=1))
        assert {key for dimension, key in minutes if dimension == "entity_topic"} == {"HBNK/Macro", "QLNC/Macro"}
        assert [one.what.value for one in database.incidents.history("i1")] == ["opened", "resolved"]
        assert [one.what.value for one in database.incidents.history("i2")] == ["opened"]
        (still_open,) = database.incidents.open_incidents()
        assert (still_open.key, still_open.window_min, still_open.labels) == ("QLNC", 5, ())
