"""A minute's requests at once, then one every so often; one caller's haste is not another's."""

from __future__ import annotations

import pytest

from dashboard.bounds import CALLERS, Rate


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_caller_has_a_minute_s_requests_and_then_one_every_so_often() -> None:
    clock = Clock()
    rate = Rate(6, clock)
    assert [rate.wait_s("ada") for _ in range(6)] == [0.0] * 6
    assert rate.wait_s("ada") == pytest.approx(10.0)  # 6 a minute: one in 10 s
    assert rate.wait_s("ben") == 0.0
    clock.now_s = 9.9
    assert rate.wait_s("ada") == pytest.approx(0.1)
    clock.now_s = 10.1
    assert rate.wait_s("ada") == 0.0


def test_a_pause_saves_up_no_more_than_a_minute() -> None:
    clock = Clock()
    rate = Rate(2, clock)
    rate.wait_s("ada")
    clock.now_s = 3_600.0
    assert [rate.wait_s("ada") > 0 for _ in range(3)] == [False, False, True]


def test_callers_that_come_and_go_are_forgotten() -> None:
    rate = Rate(1, Clock())
    for number in range(CALLERS + 10):
        rate.wait_s(str(number))
    assert len(rate._left) == CALLERS
