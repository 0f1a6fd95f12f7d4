"""Starts parts in order, starts again what dies, and stops all of it in reverse."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from concurrent.futures import Future
from enum import StrEnum
from pathlib import Path

import psutil

from groundswell import leftovers
from groundswell.datafolder import DataFolder
from groundswell.parts import Part, back_off_s

STEADY_S = 60.0
"""A part that ran for this long starts with the shortest back-off again."""

PREPARATION_LIMIT_S = 3.0
"""For a preparation to end when all is stopped; making a cluster takes 2 s."""

LARGEST_LOG_BYTES = 20_000_000
"""A log that is larger when its part starts becomes the old one, of which there is one."""


class State(StrEnum):
    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Supervised:
    """One part and what has become of it; stepped from one thread, with the time in seconds as an argument."""

    def __init__(self, part: Part, log: Path) -> None:
        self.part = part
        self.log = log
        self.state = State.WAITING
        self.detail = ""
        self.restarts = 0
        self.started_at: float | None = None
        """When the process now running was started."""
        self.ready_after_s: float | None = None
        """From the start of the stack to the first time the part was ready."""
        self.process: subprocess.Popen[bytes] | None = None
        self._work: Future[object] | None = None
        self._failures = 0
        self._again_at = 0.0

    @property
    def is_ready(self) -> bool:
        return self.state in (State.READY, State.DONE)

    def step(self, now: float, ready: set[str]) -> None:
        """Look once, and do what is due; never waits."""
        match self.state:
            case State.WAITING if ready.issuperset(self.part.after):
                self._begin()
            case State.PREPARING:
                self._after_preparing(now)
            case State.STARTING:
                if not self._has_died(now) and not self.part.is_step:
                    self._after_probe()
            case State.READY:
                self._has_died(now)
            case State.RESTARTING if now >= self._again_at:
                self._begin()

    def settle(self, limit_s: float) -> None:
        """Let a preparation that is under way end: what it started, initdb say, would outlive us."""
        if self.state is State.PREPARING and self._work is not None:
            futures.wait([self._work], limit_s)

    def _begin(self) -> None:
        self.detail = ""
        self.state = State.PREPARING
        self._work = _in_thread(self._prepare)

    def _prepare(self) -> None:
        if self.part.prepare is not None:
            self.part.prepare(self._say)

    def _say(self, what: str) -> None:
        self.detail = what

    def _after_preparing(self, now: float) -> None:
        if self._work is None or not self._work.done():
            return
        exc = self._work.exception()
        self._work = None
        if exc is not None:
            with self.log.open("a") as log:
                log.write(f"{type(exc).__name__}: {exc}\n")
            self._fail(now, str(exc).strip() or type(exc).__name__)
        elif self.part.command is None:
            self.detail, self.state = "", State.DONE
        else:
            self._start(now, self.part.command())

    def _start(self, now: float, command: list[str]) -> None:
        self.detail = ""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            try:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(self.part.env),
                    cwd=self.part.cwd,
                    # a session of its own: Ctrl-C in the terminal reaches only `up`, and one signal reaches all of it
                    start_new_session=True,
                    **self.part.identity(),
                )
            except OSError as exc:
                self._fail(now, f"cannot run {command[0]}: {exc.strerror}")
                return
        self.started_at = now
        self.state = State.STARTING

    def _has_died(self, now: float) -> bool:
        if self.process is None or self.process.poll() is None:
            return False
        if self.part.is_step and self.process.returncode == 0:
            self.process, self.state = None, State.DONE
            return True
        # what is left of its group would hold its port
        leftovers.signal_group(self.process.pid, signal.SIGKILL)
        if self.started_at is not None and now - self.started_at > STEADY_S:
            self._failures = 0
        self._fail(now, _said(self.process.returncode))
        return True

    def _after_probe(self) -> None:
        if self._work is None:
            self._work = _in_thread(self.part.ready)
        elif self._work.done():
            work, self._work = self._work, None
            # a probe that fails says no more than "not yet"
            if work.exception() is None and work.result():
                self.state = State.READY

    def _fail(self, now: float, why: str) -> None:
        self.process = self.started_at = self._work = None
        self._failures += 1
        self.restarts += 1
        wait_s = back_off_s(self._failures)
        self._again_at = now + wait_s
        self.state = State.RESTARTING
        self.detail = f"{why}; again in {wait_s:g} s"


def _in_thread(work: Callable[[], object]) -> Future[object]:
    """Like an executor's submit, in a thread that an exit of the program does not wait for."""
    future: Future[object] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as exc:  # as an executor does: it is raised where the result is asked for
            future.set_exception(exc)

    threading.Thread(target=run, daemon=True).start()
    return future


def _said(returncode: int) -> str:
    return f"killed by signal {-returncode}" if returncode < 0 else f"ended with code {returncode}"


class Supervisor:
    """All parts of one stack; a guard ends them should this process be killed."""

    def __init__(self, parts: Sequence[Part], folder: DataFolder) -> None:
        self._folder = folder
        self._began_at = time.monotonic()
        self.supervised = [Supervised(part, folder.logs / f"{part.name}.log") for part in parts]
        self._written: dict[str, int] = {}
        self._guard = self._start_guard()

    def _start_guard(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "groundswell.leftovers", str(self._folder.processes_path)]
        root = str(Path(__file__).resolve().parents[1])
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, start_new_session=True, cwd="/", env={**os.environ, "PYTHONPATH": root}
        )

    def step(self) -> None:
        """One look at every part; call it a few times a second."""
        now = time.monotonic()
        for part in self.supervised:
            part.step(now, {other.part.name for other in self.supervised if other.is_ready})
            if part.is_ready and part.ready_after_s is None:
                part.ready_after_s = round(now - self._began_at, 1)
        self._write_down()

    def are_ready(self, names: Iterable[str]) -> bool:
        wanted = set(names)
        return all(part.is_ready for part in self.supervised if part.part.name in wanted)

    def stop(self, names: Iterable[str] | None = None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Stop these parts, or all, one wave after the other; each gets its own limit, then SIGKILL."""
        wanted = None if names is None else set(names)
        chosen = [part for part in self.supervised if wanted is None or part.part.name in wanted]
        for wave in sorted({part.part.wave for part in chosen}, reverse=True):
            _stop_together([part for part in chosen if part.part.wave == wave], meanwhile)
        self._write_down()

    def close(self) -> None:
        """Stop everything, and the guard after it."""
        self.stop()
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()

    def _write_down(self) -> None:
        running = {part.part.name: part.process.pid for part in self.supervised if part.process is not None}
        if running != self._written:
            named = {name: process for name, pid in running.items() for process in leftovers.known([pid])}
            leftovers.write_down(self._folder.processes_path, named)
            self._written = running


def _stop_together(parts: Sequence[Supervised], meanwhile: Callable[[], None]) -> None:
    running = [(part, part.process) for part in parts if part.process is not None]
    family = leftovers.with_children(leftovers.known(process.pid for _, process in running))
    for part, process in running:
        part.state, part.detail = State.STOPPING, ""
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(part.part.stop_signal)
    began_at = time.monotonic()
    for part, process in running:
        while process.poll() is None and time.monotonic() < began_at + part.part.stop_limit_s:
            meanwhile()
            time.sleep(0.05)
        leftovers.signal_group(process.pid, signal.SIGKILL)
        process.wait()
        part.process = None
    for child in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    for part in parts:
        part.settle(PREPARATION_LIMIT_S)
        if part.state is not State.DONE:
            part.state, part.detail = State.STOPPED, ""
    meanwhile()
