from threading import Event

import pytest

from core.errors import BrokerUnavailable, DatabaseUnavailable, DataRejected
from stream.retrying import retrying
from tests.fakes import Failing


class PatientStop(Event):
    """A stop flag that remembers how long it was waited on, and takes no time."""

    def __init__(self, *, stops_after: int | None = None) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._stops_after = stops_after

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        return self._stops_after is not None and len(self.waits) > self._stops_after


def test_a_call_is_tried_until_it_succeeds():
    stop, seen = PatientStop(), []
    door = Failing(DatabaseUnavailable("down"), BrokerUnavailable("down too"))

    def call() -> str:
        door.fail()
        return "done"

    assert retrying(stop, seen.append)(call) == "done"
    assert [type(error) for error in seen] == [DatabaseUnavailable, BrokerUnavailable]


def test_the_waits_double_up_to_five_seconds():
    stop = PatientStop()
    door = Failing(*[DatabaseUnavailable("down")] * 7)
    retrying(stop, lambda _: None)(door.fail)
    assert stop.waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_wait_that_was_asked_for_is_kept():
    stop = PatientStop()
    retrying(stop, lambda _: None)(Failing(BrokerUnavailable("busy", retry_after_s=30.0)).fail)
    assert stop.waits == [30.0]


def test_a_stop_ends_the_waiting_with_the_error():
    stop = PatientStop(stops_after=2)
    with pytest.raises(DatabaseUnavailable):
        retrying(stop, lambda _: None)(Failing(*[DatabaseUnavailable("down")] * 9).fail)
    assert len(stop.waits) == 3


def test_what_will_fail_again_is_not_tried_again():
    seen = []
    with pytest.raises(DataRejected):
        retrying(PatientStop(), seen.append)(Failing(DataRejected("no such value")).fail)
    assert seen == []
