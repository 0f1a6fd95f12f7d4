from threading import Event

from stream.watchdog import EXIT_STALLED, Pulse, State, diagnose, watch

LIMIT_S = 60.0


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def running() -> tuple[Pulse, Seconds]:
    clock = Seconds()
    pulse = Pulse(clock)
    pulse.state = State.RUNNING
    return pulse, clock


def test_lag_without_progress_is_a_stall():
    pulse, clock = running()
    clock.now += 61
    pulse.looped({0: 0, 1: 3})
    assert diagnose(pulse, LIMIT_S) == "3 records wait and there was no progress for 61 s"


def test_a_worker_with_nothing_to_do_is_well():
    pulse, clock = running()
    clock.now += 3_600
    pulse.looped({0: 0, 1: 0})
    assert diagnose(pulse, LIMIT_S) is None


def test_work_that_arrives_after_a_quiet_night_is_not_a_stall():
    pulse, clock = running()
    clock.now += 3_600
    pulse.looped({0: 0})
    clock.now += 2
    pulse.looped({0: 5})
    assert diagnose(pulse, LIMIT_S) is None


def test_every_attempt_at_a_dead_database_counts_as_progress():
    pulse, clock = running()
    for _ in range(20):
        clock.now += 5
        pulse.progressed()
        pulse.looped({0: 900})
    assert diagnose(pulse, LIMIT_S) is None


def test_a_lag_that_cannot_be_asked_for_is_no_lag():
    pulse, clock = running()
    pulse.looped({0: 900})
    clock.now += 61
    pulse.looped({})
    assert diagnose(pulse, LIMIT_S) is None


def test_partitions_that_change_hands_leave_no_false_lag_behind():
    pulse, clock = running()
    pulse.looped({0: 900})
    pulse.progressed()
    clock.now += 59
    pulse.looped(None)
    assert diagnose(pulse, LIMIT_S) is None
    assert pulse.lag == {}


def test_reading_that_does_not_begin_after_a_rebalance_is_a_stall():
    pulse, clock = running()
    pulse.progressed()
    clock.now += 61
    pulse.looped(None)
    assert diagnose(pulse, LIMIT_S) == "partitions changed hands and for 61 s reading has not begun"


def test_a_rebalance_may_last_for_as_long_as_the_broker_is_down():
    pulse, clock = running()
    pulse.state = State.REBALANCING
    pulse.looped(None)
    clock.now += 600
    pulse.looped({})
    assert diagnose(pulse, LIMIT_S) is None


def test_a_blocked_event_loop_is_a_stall_even_without_lag():
    pulse, clock = running()
    pulse.looped({0: 0})
    clock.now += 61
    assert diagnose(pulse, LIMIT_S) == "the event loop was not heard from for 61 s"


def test_a_classifier_that_loads_for_minutes_is_no_stall():
    clock = Seconds()
    pulse = Pulse(clock)
    clock.now += 600
    assert diagnose(pulse, LIMIT_S) is None


def test_the_rate_counts_the_last_ten_seconds():
    pulse, clock = running()
    pulse.progressed(posts=1_000)
    clock.now += 11
    pulse.progressed(posts=50)
    pulse.progressed(posts=30)
    assert pulse.posts_a_second() == 8.0


def test_the_watchdog_ends_the_process_so_that_it_is_started_again():
    pulse, clock = running()
    pulse.looped({0: 1})
    clock.now += 61
    ended, codes = Event(), []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    watch(pulse, LIMIT_S, end=end)
    assert ended.wait(5)
    assert codes == [EXIT_STALLED]
