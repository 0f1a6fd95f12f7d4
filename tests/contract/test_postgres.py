"""What only a real PostgreSQL can do: be away, refuse values, and be migrated."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from core.alerting import Incident, IncidentState, Notification
from core.errors import DatabaseUnavailable, DataRejected, SetupError
from core.labels import NewLabel, Task
from core.ports import Steps
from core.posts import Channel
from core.replies import Draft, DraftRequest, DraftState
from core.scoring import ScoredPost
from core.surges import Kind
from storage.connections import Connections
from storage.migrating import MIGRATION_LOCK
from storage.postgres import Database
from storage.verdicts import Verdicts
from tests.builders import NOON, ids, make_scored, make_scores
from tests.contract.test_incident_store import make_incident, make_notification, store
from tests.contract.test_source_store import CURSOR, RUN
from tests.services import PostgresServer, free_port, wait_until


def execute(dsn: str, statement: str) -> None:
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def insert(connection: psycopg2.extensions.connection, scored: ScoredPost) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at)"
            " VALUES (%s, 'demo-news', 'news', '', now(), now()) ON CONFLICT DO NOTHING",
            (scored.post.post_id,),
        )
        return cursor.rowcount == 1


def waiting_for_a_lock(dsn: str, count: int = 1) -> bool:
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(waiting)
        return cursor.rowcount == count


def hold(database: Database) -> Notification | None:
    with database.outbox.next_due(NOON) as notification:
        return notification


CALLS: dict[str, Callable[[Database], Any]] = {
    "firsts": lambda d: d.posts.firsts(["0" * 32], NOON),
    "near": lambda d: d.posts.near([1], NOON),
    "take": lambda d: d.hosts.take("a.example", "me", NOON, timedelta(0), timedelta(0)),
    "free": lambda d: d.hosts.free("a.example", "me", NOON),
    "tell": lambda d: d.sources.tell([], NOON),
    "record": lambda d: d.posts.record([make_scored("2")], []),
    "stored": lambda d: d.posts.stored(["0" * 32]),
    "step": lambda d: d.incidents.step(lambda _s, _i: Steps(), NOON),
    "open_incidents": lambda d: d.incidents.open_incidents(),
    "evidence": lambda d: d.incidents.evidence("total", "", Kind.NEGATIVE, NOON, NOON, 1),
    "voices": lambda d: d.incidents.voices("total", "", Kind.NEGATIVE, NOON, NOON),
    "minutes": lambda d: d.incidents.minutes(NOON, NOON),
    "history": lambda d: d.incidents.history("i1"),
    "next_due": hold,
    "next": lambda d: d.labels.next("Ada", 1, NOON),
    "pass_over": lambda d: d.labels.pass_over("0" * 32, Task.TOPIC, "Ada", NOON),
    "add": lambda d: d.labels.add(NewLabel(make_scored("1").post.post_id, Task.SENTIMENT, ("neutral",), "Ada"), NOON),
    "add_all": lambda d: d.labels.add_all([], "Ada", NOON),
    "undo": lambda d: d.labels.undo(1, "Ada", NOON),
    "of_post": lambda d: d.labels.of_post("0" * 32),
    "page": lambda d: d.labels.page(0, 1),
    "settled": lambda d: d.labels.settled(),
    "standing": lambda d: d.labels.standing(),
    "cursor": lambda d: d.sources.cursor("demo-news"),
    "seen": lambda d: d.sources.seen("demo-news", ["0" * 32]),
    "finish": lambda d: d.sources.finish(RUN, CURSOR, []),
    "read": lambda d: d.read("newest_post"),
    "verify_rollups": lambda d: d.verify_rollups(),
    "migrate": lambda d: d.migrate(),
}


def test_while_the_server_is_down_every_call_says_so_and_afterwards_every_call_works(
    own_postgres: PostgresServer,
) -> None:
    with closing(Database(own_postgres.create_database())) as database:
        database.migrate()
        database.posts.record([make_scored("1")], [])
        own_postgres.stop()

        for call in CALLS.values():
            with pytest.raises(DatabaseUnavailable):
                call(database)

        own_postgres.start()
        for call in CALLS.values():
            call(database)
        assert len(database.posts.stored(ids([make_scored("1"), make_scored("2")]))) == 2
        assert database.verify_rollups() == []


def test_after_a_crash_of_the_server_one_call_fails_and_the_next_one_works(own_postgres: PostgresServer) -> None:
    with closing(Database(own_postgres.create_database())) as database:
        database.migrate()
        # several idle connections, which all break at once
        with database.drafts.requested(1), database.drafts.requested(1), database.drafts.requested(1):
            pass
        own_postgres.kill()
        own_postgres.start()

        with pytest.raises(DatabaseUnavailable):
            database.posts.record([make_scored("1")], [])
        for number in ("1", "2", "3"):
            assert database.posts.record([make_scored(number)], []).inserted


def test_what_was_held_when_the_server_crashed_is_due_again(own_postgres: PostgresServer) -> None:
    with closing(Database(own_postgres.create_database())) as database:
        database.migrate()
        store(database, make_incident(), notifications=(make_notification(),))

        def send() -> None:
            with database.outbox.next_due(NOON):
                own_postgres.kill()

        with pytest.raises(DatabaseUnavailable):
            send()
        own_postgres.start()

        assert hold(database) == make_notification()


def test_an_address_where_nobody_answers_is_unavailable_and_its_password_is_not_told() -> None:
    database = Database(f"postgresql://someone:opensesame@127.0.0.1:{free_port()}/nowhere")

    with pytest.raises(DatabaseUnavailable) as caught:
        database.posts.stored([])

    assert "opensesame" not in f"{caught.value} {caught.value.__cause__}"
    assert isinstance(caught.value.__cause__, psycopg2.OperationalError)


def test_an_address_that_cannot_be_read_is_a_setup_error_that_does_not_repeat_it() -> None:
    with pytest.raises(SetupError) as caught:
        Database("host=127.0.0.1 password=opensesame oops")

    assert "opensesame" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_when_all_connections_are_in_use_a_caller_waits_and_then_gives_up(dsn: str) -> None:
    connections = Connections(dsn, most=1, wait_s=0.05)

    with connections.transaction(), pytest.raises(DatabaseUnavailable, match="in use"), connections.transaction():
        pass

    with connections.transaction() as transaction:
        assert transaction.rows("SELECT 1 AS one") == [{"one": 1}]
    connections.close()


@pytest.mark.parametrize("threads", [8])
def test_threads_share_a_database(database: Database, threads: int) -> None:
    def work(number: int) -> int:
        return len(database.posts.record([make_scored(str(number))], []).inserted)

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(work, range(64))) == 64
    assert database.verify_rollups() == []


def test_a_value_that_no_index_can_hold_is_rejected_and_nothing_of_its_batch_is_stored(database: Database) -> None:
    endless = "".join(random.Random(0).choices(string.ascii_letters, k=20_000))
    batch = [make_scored("1"), make_scored("2", scores=make_scores(topic=endless))]

    with pytest.raises(DataRejected) as caught:
        database.posts.record(batch, [])

    assert endless[:20] not in str(caught.value)
    assert database.posts.stored(ids(batch)) == []
    assert database.posts.record(batch[:1], []).inserted


def test_a_text_that_cannot_be_stored_is_rejected(database: Database) -> None:
    angry = make_scored("1")
    database.posts.record([angry], [DraftRequest(angry.post.post_id, "r", 1.0, NOON)])

    for text in ("NUL \x00", "half a pair \ud800"):
        with database.drafts.requested(1), pytest.raises(DataRejected):
            database.drafts.save(Draft(angry.post.post_id, DraftState.READY, text, "template", "", NOON))


def test_an_error_of_a_decision_is_not_taken_for_one_of_the_database(database: Database) -> None:
    def fail(_series: object, _incidents: object) -> Steps:
        raise ValueError("of the rule's own")

    with pytest.raises(ValueError, match="of the rule's own"):
        database.incidents.step(fail, NOON)


def test_an_incident_out_of_bounds_is_rejected(database: Database) -> None:
    with pytest.raises(DataRejected):
        store(database, make_incident(severity=11))


@pytest.mark.parametrize("backwards", [False, True])
def test_posts_are_locked_in_the_order_of_their_ids_so_that_workers_never_wait_in_a_ring(
    database: Database, dsn: str, backwards: bool
) -> None:
    low, middle, high = (make_scored(letter, post_id=letter * 32) for letter in "abc")
    with ThreadPoolExecutor(1) as worker, closing(psycopg2.connect(dsn)) as other:
        assert insert(other, middle)  # another worker's, and not yet committed
        recorded = worker.submit(database.posts.record, [high, middle, low] if backwards else [low, middle, high], [])
        wait_until(lambda: waiting_for_a_lock(dsn), 10)

        with closing(psycopg2.connect(dsn, options="-c lock_timeout=50ms")) as third:
            assert insert(third, high)  # not reached yet
            with pytest.raises(psycopg2.errors.LockNotAvailable):
                insert(third, low)
        other.rollback()

        assert recorded.result(10).inserted == tuple(ids([low, middle, high]))


def test_an_acknowledgement_that_comes_during_a_step_is_not_written_over(database: Database, dsn: str) -> None:
    store(database, make_incident())

    with closing(Verdicts(dsn)) as verdicts, ThreadPoolExecutor(1) as person:
        clicks: list[Future[bool]] = []

        def grow(_series: object, incidents: Sequence[Incident]) -> Steps:
            clicks.append(person.submit(verdicts.acknowledge, "i1", "Ada", NOON))
            wait_until(lambda: waiting_for_a_lock(dsn), 10)
            return Steps((replace(incidents[0], observed=99),))

        database.incidents.step(grow, NOON)
        assert clicks[0].result(10)

    (incident,) = database.incidents.open_incidents()
    assert (incident.state, incident.observed) == (IncidentState.ACKNOWLEDGED, 99)


def test_before_the_tables_are_there_the_database_is_unavailable_and_no_post_is_blamed(
    postgres: Callable[[], str],
) -> None:
    with closing(Database(postgres())) as database, pytest.raises(DatabaseUnavailable):
        database.posts.record([make_scored("1")], [])


def test_a_rollup_that_was_tampered_with_is_found(database: Database, dsn: str) -> None:
    database.posts.record([make_scored("1", channel=Channel.NEWS)], [])
    execute(dsn, "UPDATE rollups SET negative = negative + 1 WHERE dimension = 'channel'")
    execute(dsn, "DELETE FROM rollups WHERE dimension = 'source'")
    execute(dsn, "INSERT INTO rollups SELECT minute, 'entity', 'GHOST', 7, 1, 1, 0, 0, 0, 0 FROM rollups LIMIT 1")

    found = {
        row["dimension"]: (row["key"], row["by_posts"], row["by_rollups"])
        for row in database.verify_rollups()
        if row["grain"] == "minute"
    }

    assert found == {
        "channel": ("news", [1, 1, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0]),
        "source": ("demo-social", [1, 1, 0, 0, 0, 0], [None] * 6),
        "entity": ("GHOST", [None] * 6, [1, 1, 0, 0, 0, 0]),
    }


@pytest.mark.parametrize("grain", ["hour", "day"])
def test_an_hour_or_a_day_that_was_tampered_with_is_found(database: Database, dsn: str, grain: str) -> None:
    database.posts.record([make_scored("1", channel=Channel.NEWS)], [])
    table = f"rollup_{grain}s"
    execute(dsn, f"UPDATE {table} SET negative = negative + 1 WHERE dimension = 'channel'")
    execute(dsn, f"DELETE FROM {table} WHERE dimension = 'source'")
    execute(dsn, f"INSERT INTO {table} SELECT {grain}, 'entity', 'GHOST', 7, 1, 1, 0, 0, 0, 0 FROM {table} LIMIT 1")

    found = {
        (row["grain"], row["dimension"]): (row["key"], row["by_posts"], row["by_rollups"])
        for row in database.verify_rollups()
    }

    assert found == {
        (grain, "channel"): ("news", [1, 1, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0]),
        (grain, "source"): ("demo-social", [1, 1, 0, 0, 0, 0], [None] * 6),
        (grain, "entity"): ("GHOST", [None] * 6, [1, 1, 0, 0, 0, 0]),
    }


def test_starters_wait_while_another_one_migrates_and_then_find_it_done(postgres: Callable[[], str]) -> None:
    dsn = postgres()
    with closing(Database(dsn)) as database, ThreadPoolExecutor(2) as starters, closing(psycopg2.connect(dsn)) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        starts = [starters.submit(database.migrate) for _ in range(2)]
        wait_until(lambda: waiting_for_a_lock(dsn, count=2), 10)
        with pytest.raises(DatabaseUnavailable):
            database.posts.stored([])  # no table is there yet
        other.rollback()

        for start in starts:
            start.result(30)
        assert database.posts.record([make_scored("1")], []).inserted


def test_migrating_again_keeps_what_is_stored(database: Database) -> None:
    database.posts.record([make_scored("1")], [])

    database.migrate()

    assert database.posts.stored(ids([make_scored("1")])) == [make_scored("1")]


def test_tables_of_a_newer_version_are_refused(database: Database, dsn: str) -> None:
    execute(dsn, "UPDATE groundswell_version SET version_num = '9999'")

    with pytest.raises(SetupError, match="9999"):
        database.migrate()


def test_times_come_back_in_utc_whatever_the_servers_zone(dsn: str) -> None:
    execute(dsn, f"ALTER DATABASE {dsn.rsplit('/', 1)[1].partition('?')[0]} SET timezone TO 'Asia/Kolkata'")
    with closing(Database(dsn)) as database:
        database.posts.record([make_scored("1")], [])

        row = database.read("newest_post")[0]

        assert row["published_at"].isoformat() == NOON.isoformat()
        assert database.verify_rollups() == []


def test_no_statement_waits_for_a_compiler(database: Database) -> None:
    with database._connections.transaction() as transaction:
        assert transaction.rows("SHOW jit") == [{"jit": "off"}]


def test_a_query_that_is_not_in_the_file_is_a_programming_error(database: Database) -> None:
    with pytest.raises(KeyError):
        database.read("no_such_query")
