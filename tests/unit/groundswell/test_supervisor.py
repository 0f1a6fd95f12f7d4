"""One part through its states, with real processes and a clock that the test turns."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import DatabaseUnavailable
from groundswell.datafolder import DataFolder
from groundswell.parts import Part
from groundswell.supervisor import State, Supervised, Supervisor
from tests.services import wait_until

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def supervise(tmp_path: Path):
    made: list[Supervised] = []

    def make(part: Part) -> Supervised:
        made.append(Supervised(part, tmp_path / f"{part.name}.log"))
        return made[-1]

    yield make
    for part in made:
        if part.process is not None:
            part.process.kill()
            part.process.wait()


def stepped(part: Supervised, now: float, ready: set[str] = frozenset()) -> Callable[[], State]:
    def step() -> State:
        part.step(now, set(ready))
        return part.state

    return step


def until(part: Supervised, state: State, now: float = 0.0) -> None:
    step = stepped(part, now)
    wait_until(lambda: step() is state, 20)


def test_a_part_waits_for_those_before_it(supervise):
    part = supervise(Part("schema", after=("kafka", "postgres"), prepare=lambda say: None))
    part.step(0.0, {"kafka"})
    assert part.state is State.WAITING
    part.step(0.0, {"kafka", "postgres"})
    assert part.state is State.PREPARING


def test_a_step_is_done_once(supervise):
    done: list[int] = []
    part = supervise(Part("schema", prepare=lambda say: done.append(1)))
    until(part, State.DONE)
    part.step(99.0, set())
    assert done == [1]


def test_a_step_that_fails_says_why_and_is_tried_again(supervise):
    def fail(say: Callable[[str], None]) -> None:
        raise DatabaseUnavailable("the server is starting")

    part = supervise(Part("schema", prepare=fail))
    until(part, State.RESTARTING)
    assert part.detail == "the server is starting; again in 1 s"


def test_a_part_is_ready_when_its_probe_says_so(supervise):
    answers = iter([False, False, True])
    part = supervise(Part("worker", command=lambda: FOREVER, ready=lambda: next(answers)))
    until(part, State.STARTING)
    until(part, State.READY)


def test_a_probe_that_raises_is_a_part_that_is_not_ready_yet(supervise):
    answers = iter([OSError(), True])

    def probe() -> bool:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    part = supervise(Part("worker", command=lambda: FOREVER, ready=probe))
    until(part, State.READY)


def test_a_part_that_dies_starts_again_after_a_wait_that_grows(supervise):
    part = supervise(Part("worker", command=lambda: [sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False))
    until(part, State.RESTARTING, now=0.0)
    assert part.detail == "ended with code 3; again in 1 s"
    part.step(0.9, set())
    assert part.state is State.RESTARTING
    part.step(1.0, set())
    assert part.state is State.PREPARING
    until(part, State.RESTARTING, now=1.0)
    assert (part.detail, part.restarts) == ("ended with code 3; again in 2 s", 2)


def test_a_part_that_was_steady_starts_again_at_once(supervise):
    part = supervise(Part("worker", command=lambda: FOREVER))
    until(part, State.READY, now=0.0)
    assert part.process is not None
    part.process.kill()
    until(part, State.RESTARTING, now=1_000.0)
    assert part.detail == "killed by signal 9; again in 1 s"


def test_a_program_that_is_not_there_is_said(supervise):
    part = supervise(Part("worker", command=lambda: ["/nowhere/java"]))
    until(part, State.RESTARTING)
    assert part.detail.startswith("cannot run /nowhere/java")


def test_stopping_ends_what_ignores_its_signal_and_leaves_nothing_written_down(tmp_path):
    folder = DataFolder(tmp_path)
    folder.prepare()
    deaf = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    log = folder.logs / "deaf.log"
    part = Part(
        "deaf",
        command=lambda: [sys.executable, "-c", deaf],
        ready=lambda: "deaf" in log.read_text(),
        stop_signal=signal.SIGTERM,
        stop_limit_s=0.3,
    )
    supervisor = Supervisor([part], folder)
    try:
        wait_until(lambda: supervisor.step() or supervisor.are_ready({"deaf"}), 20)
        process = supervisor.supervised[0].process
        assert process is not None
    finally:
        began_at = time.monotonic()
        supervisor.close()
    assert process.poll() == -signal.SIGKILL
    assert time.monotonic() - began_at < 5
    assert not folder.processes_path.exists()
