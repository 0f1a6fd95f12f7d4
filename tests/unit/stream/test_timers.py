from threading import Event

from core.errors import DatabaseUnavailable
from stream.timers import every


def test_work_goes_on_after_an_error_of_any_kind_and_ends_with_the_stop(caplog):
    stop, calls = Event(), []

    def work() -> None:
        calls.append(len(calls))
        if calls == [0]:
            raise DatabaseUnavailable("down for a moment")
        if calls == [0, 1]:
            raise ZeroDivisionError
        stop.set()

    thread = every(0.0, "surges", work, stop, pause_s=0.0)
    thread.join(5)
    assert calls == [0, 1, 2]
    assert [record.message for record in caplog.records] == [
        "surges: down for a moment; tried again in 0 s",
        "surges failed; tried again in 0 s",
    ]
