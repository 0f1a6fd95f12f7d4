"""A site is asked by one at a time, and not too often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import SourceUnavailable
from ingest.pacing import Pacing
from storage.memory import Memory
from tests.builders import NOON
from tests.fakes import ManualClock


def pacing(memory: Memory, clock: ManualClock, holder: str = "me", gap_s: float = 5.0) -> Pacing:
    return Pacing(memory.hosts, holder, gap_s, lease_s=60, now=clock, sleep=lambda s: void(clock.advance(s)))


def void(_: object) -> None:
    """Nothing."""


def test_two_requests_keep_the_gap() -> None:
    clock = ManualClock()
    mine = pacing(Memory(), clock)
    for at_s in (0, 5, 10):
        with mine.turn("site.example"):
            assert clock() - NOON == timedelta(seconds=at_s)
    with mine.turn("other.example"):
        assert clock() - NOON == timedelta(seconds=10)


def test_a_host_that_another_run_is_asking_is_waited_for() -> None:
    memory, clock = Memory(), ManualClock()
    mine, other = pacing(memory, clock), pacing(memory, clock, "other")
    with mine.turn("site.example"):
        clock.advance(10)
        with pytest.raises(SourceUnavailable, match="being asked by others") as caught, other.turn("site.example"):
            pytest.fail("it is not our turn")
    assert caught.value.retry_after_s is not None
    with other.turn("site.example"):
        pass


def test_a_run_that_was_killed_in_its_turn_is_forgotten_after_its_lease() -> None:
    memory, clock = Memory(), ManualClock()
    pacing(memory, clock).hosts.take("site.example", "killed", clock(), timedelta(seconds=1), timedelta(seconds=20))
    with pacing(memory, clock).turn("site.example"):
        assert clock() - NOON == timedelta(seconds=20)


def test_a_turn_ends_also_when_the_request_fails() -> None:
    memory, clock = Memory(), ManualClock()
    with pytest.raises(SourceUnavailable, match="answered 500"), pacing(memory, clock).turn("site.example"):
        raise SourceUnavailable("answered 500")
    clock.advance(5)
    with pacing(memory, clock, "other").turn("site.example"):
        assert clock() - NOON == timedelta(seconds=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_our_own_machine_is_asked_without_waiting(host: str) -> None:
    clock = ManualClock()
    mine = pacing(Memory(), clock)
    for _ in range(3):
        with mine.turn(host):
            assert clock() == NOON
