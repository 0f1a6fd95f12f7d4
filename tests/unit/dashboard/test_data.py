"""The reader: a short memory, shared, that outlives PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.errors import DatabaseUnavailable
from dashboard.data import FRESH_FOR, KEPT, RETRY_AFTER, Reader
from tests.builders import NOON


class ManualClock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> Any:
        return self.now

    def forward(self, span: timedelta) -> None:
        self.now += span


class FakeDatabase:
    """Answers with what it was asked, and can be gone."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.connections = 0
        self.gone = False

    def connect(self) -> FakeDatabase:
        self.connections += 1
        return self

    def read(self, name: str, **params: Any) -> list[dict[str, Any]]:
        self.asked.append((name, params))
        if self.gone:
            raise DatabaseUnavailable("gone")
        return [{"answer": len(self.asked)}]

    def close(self) -> None:
        if self.gone:
            raise DatabaseUnavailable("gone")


def made() -> tuple[Reader, FakeDatabase, ManualClock]:
    database, clock = FakeDatabase(), ManualClock()
    return Reader(database.connect, clock), database, clock


def test_two_viewers_at_once_ask_the_database_once() -> None:
    reader, database, clock = made()
    first = reader.read("pulse", last=timedelta(minutes=15))
    clock.forward(FRESH_FOR - timedelta(milliseconds=1))
    assert reader.read("pulse", last=timedelta(minutes=15)) is first
    assert len(database.asked) == 1


def test_an_answer_that_is_no_longer_fresh_is_asked_for_again_and_carries_its_age() -> None:
    reader, database, clock = made()
    reader.read("pulse")
    clock.forward(FRESH_FOR)
    again = reader.read("pulse")
    assert (again.rows, again.as_of, again.gone) == ([{"answer": 2}], clock.now, False)
    assert len(database.asked) == 2


def test_a_span_of_time_becomes_the_moment_it_began() -> None:
    reader, database, _ = made()
    reader.read("volume", last=timedelta(hours=1), bucket_s=60)
    assert database.asked == [("volume", {"since": NOON - timedelta(hours=1), "bucket_s": 60})]


def test_other_parameters_are_another_question() -> None:
    reader, database, _ = made()
    for ids in (["a"], ["b"], ["a"]):
        reader.read("posts_by_id", post_ids=ids)
    assert [params["post_ids"] for _, params in database.asked] == [["a"], ["b"]]


def test_when_postgresql_is_gone_the_last_rows_stay_with_their_age() -> None:
    reader, database, clock = made()
    before = reader.read("pulse")
    database.gone = True
    clock.forward(timedelta(seconds=30))
    shown = reader.read("pulse")
    assert (shown.rows, shown.as_of, shown.gone) == (before.rows, NOON, True)


def test_what_was_never_read_is_empty_and_has_no_age() -> None:
    reader, database, _ = made()
    database.gone = True
    shown = reader.read("pulse")
    assert (shown.rows, shown.as_of, shown.gone, shown.first) == ([], None, True, None)


def test_while_postgresql_is_gone_only_one_page_in_a_while_waits_for_it() -> None:
    reader, database, clock = made()
    database.gone = True
    reader.read("pulse")
    reader.read("volume")
    assert len(database.asked) == 1
    clock.forward(RETRY_AFTER)
    reader.read("volume")
    assert len(database.asked) == 2


def test_the_reader_recovers_by_itself_over_a_new_connection() -> None:
    reader, database, clock = made()
    reader.read("pulse")
    database.gone = True
    clock.forward(FRESH_FOR)
    reader.read("pulse")
    database.gone = False
    clock.forward(RETRY_AFTER)
    shown = reader.read("pulse")
    assert (shown.gone, shown.as_of, database.connections) == (False, clock.now, 2)


def test_whether_postgresql_answered_last_is_known() -> None:
    reader, database, clock = made()
    reader.read("pulse")
    assert not reader.is_gone
    database.gone = True
    clock.forward(FRESH_FOR)
    reader.read("pulse")
    assert reader.is_gone
    database.gone = False
    clock.forward(RETRY_AFTER)
    reader.read("pulse")
    assert not reader.is_gone


def test_after_a_change_of_ones_own_the_next_read_is_fresh() -> None:
    reader, database, _ = made()
    reader.read("drafts_ready")
    reader.forget()
    assert reader.read("drafts_ready").rows == [{"answer": 2}]
    assert len(database.asked) == 2


def test_memory_is_bounded() -> None:
    reader, database, _ = made()
    for number in range(KEPT + 1):
        reader.read("incident", incident_id=str(number))
    reader.read("incident", incident_id=str(KEPT))
    assert len(database.asked) == KEPT + 1
    reader.read("incident", incident_id="0")
    assert len(database.asked) == KEPT + 2
