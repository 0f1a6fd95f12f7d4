"""`groundswell up`: checks, then starts the local stack, keeps it up, and takes it down again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from core.errors import GroundswellError, SetupError
from core.settings import Settings
from groundswell import checks, leftovers, stack
from groundswell.datafolder import DataFolder
from groundswell.stack import Choice
from groundswell.supervisor import State, Supervisor
from groundswell.table import View, view

EXIT_UNFIT = 2
"""Nothing was started: the machine or the settings are not fit."""

TICK_S = 0.25
READY_LIMIT_S = 300.0
"""A bounded run gives up when worker and dashboard are not ready by then; the slowest machine tried needs 60 s."""

STOP_LIMIT_S = 30.0


class Interrupted(Exception):
    """SIGINT, SIGTERM or SIGHUP arrived."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A run that ends by itself."""

    for_s: float
    """Counted from the moment when worker and dashboard are ready."""
    report: Path | None


def up(settings: Settings, choice: Choice, bounded: Bounded | None) -> int:
    """Run the stack until it is stopped or its time is over; returns the exit code.

    Raises:
        SetupError: not fit to start; nothing was started.
    """
    settings = stack.resolve(settings, choice)
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    with folder.locked():
        ended = leftovers.end_all(folder.processes_path)
        _check(settings, choice)
        settings = stack.with_secrets(settings, folder)
        supervisor = Supervisor(stack.parts(settings, choice, folder), folder)
        with view() as shown:
            if ended:
                shown.say(f"ended what an earlier run had left: {', '.join(ended)}")
            with _noting_signals() as check_signals:
                run = Run(settings, choice, folder, supervisor, shown, check_signals, datetime.now(UTC))
                return run.until_stopped() if bounded is None else run.bounded(bounded)


def _check(settings: Settings, choice: Choice) -> None:
    # the lock is ours by now
    faults = [found.sentence for found in checks.look(settings, choice) if not found.ok and found.subject != "lock"]
    if faults:
        raise SetupError("\n".join(faults))


@contextmanager
def _noting_signals() -> Iterator[Callable[[], None]]:
    """Gives a function that raises `Interrupted` once a signal has come.

    The signal itself is only noted: raised where it comes, it could come between the start of a process and its entry
    among those that are to be stopped.
    """
    noted: list[str] = []

    def note(number: int, _frame: object) -> None:
        noted.append(signal.Signals(number).name)

    def check() -> None:
        if noted:
            raise Interrupted(noted[0])

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    # what was ignored stays ignored: that is what nohup asks for
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, note)
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class Run:
    """One stack while it runs."""

    settings: Settings
    choice: Choice
    folder: DataFolder
    supervisor: Supervisor
    shown: View
    check_signals: Callable[[], None]
    began_at: datetime

    def until_stopped(self) -> int:
        """Keep everything up until a signal comes."""
        try:
            while True:
                self._tick()
        except Interrupted as exc:
            self.shown.say(f"{exc}: stopping, at most 20 s")
        finally:
            self._close()
        return 0

    def bounded(self, bounded: Bounded) -> int:
        """Run for a time, let the worker finish what is there, and report."""
        try:
            if not self._wait(lambda: self.supervisor.are_ready(self.choice.essential), READY_LIMIT_S):
                self.shown.say(f"not ready within {READY_LIMIT_S:g} s: {', '.join(self._not_ready())}")
                return 1
            self.shown.say(f"worker and dashboard are ready; running for {bounded.for_s:g} s")
            self._wait(lambda: False, bounded.for_s)
            return self._finish(bounded.report)
        except Interrupted as exc:
            self.shown.say(f"{exc}: stopping before the time was over")
            return 1
        finally:
            self._close()

    def _finish(self, path: Path | None) -> int:
        from groundswell import counting

        scrapers = [part.part.name for part in self.supervisor.supervised if part.part.wave == stack.SCRAPERS]
        self.shown.say("no more scrapes; the worker finishes what is there")
        self.supervisor.stop(scrapers, self._show)
        counter = counting.Counter(self.settings, self.began_at)
        if not self._wait(counter.is_drained, counting.DRAIN_LIMIT_S):
            self.shown.say(f"not finished within {counting.DRAIN_LIMIT_S:g} s: {counter.waiting()}")
        found = counter.read(self._ready_s(), self._restarts())
        counter.close()
        if path is not None:
            path.write_text(json.dumps(found.as_json(), indent=2) + "\n")
            self.shown.say(f"report: {path}")
        for line in found.lines():
            self.shown.say(line)
        return 0 if found.adds_up else 1

    def _tick(self) -> None:
        self.check_signals()
        self.supervisor.step()
        self._show()
        self._write_status()
        time.sleep(TICK_S)

    def _wait(self, claim: Callable[[], bool], limit_s: float) -> bool:
        """Keep everything up until the claim holds; False when the time is over first."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            self._tick()
            if claim():
                return True
        return False

    def _show(self) -> None:
        self.shown.show(self.supervisor.supervised)

    def _close(self) -> None:
        self.supervisor.stop(meanwhile=self._show)
        self.supervisor.close()

    def _not_ready(self) -> list[str]:
        return [
            f"{part.part.name} ({part.state}, log: {part.log})"
            for part in self.supervisor.supervised
            if part.part.name in self.choice.essential and not part.is_ready
        ]

    def _ready_s(self) -> dict[str, float]:
        return {
            part.part.name: part.ready_after_s for part in self.supervisor.supervised if part.ready_after_s is not None
        }

    def _restarts(self) -> dict[str, int]:
        return {part.part.name: part.restarts for part in self.supervisor.supervised if part.restarts}

    def _write_status(self) -> None:
        parts = {
            part.part.name: {"state": part.state, "detail": part.detail, "url": part.part.url, "log": str(part.log)}
            for part in self.supervisor.supervised
        }
        status = {"ready": self.supervisor.are_ready(self.choice.essential), "parts": parts}
        draft = self.folder.status_path.with_suffix(".new")
        draft.write_text(json.dumps(status))
        draft.replace(self.folder.status_path)


def detach(arguments: list[str], data_dir: Path, say: Callable[[str], None]) -> int:
    """Start `groundswell up` in the background, and return when worker and dashboard are ready.

    Raises:
        SetupError: it ended before that.
    """
    folder = DataFolder(data_dir.expanduser().resolve())
    folder.prepare()
    if (owner := folder.owner()) is not None:
        raise SetupError(folder.in_use(owner))
    log = folder.logs / "up.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "groundswell", "up", *arguments]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    say(f"starting in the background (log: {log})")
    deadline = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace").replace("groundswell: ", "").strip()
            raise SetupError(said or f"it ended with code {process.returncode}")
        status = _status(folder)
        if status.get("ready"):
            for name, part in status["parts"].items():
                if part["url"] and part["state"] == State.READY:
                    say(f"{name}: {part['url']}")
            return 0
        time.sleep(TICK_S)
    say(f"not ready after {READY_LIMIT_S:g} s, and still trying; see {log}")
    return 1


def _status(folder: DataFolder) -> dict[str, dict[str, dict[str, str]]]:
    try:
        found: dict[str, dict[str, dict[str, str]]] = json.loads(folder.status_path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def down(data_dir: Path) -> str:
    """Stop the `up` that runs on a data folder, and what an earlier one left; says what was done.

    Raises:
        GroundswellError: it does not stop.
    """
    folder = DataFolder(data_dir.expanduser().resolve())
    owner = folder.owner()
    if owner is None:
        ended = leftovers.end_all(folder.processes_path)
        return f"ended what an earlier run had left: {', '.join(ended)}" if ended else "nothing runs here"
    try:
        process = psutil.Process(owner)
        os.kill(owner, signal.SIGTERM)
        process.wait(STOP_LIMIT_S)
    except (psutil.NoSuchProcess, ProcessLookupError):
        pass
    except psutil.TimeoutExpired as exc:
        raise GroundswellError(f"`groundswell up` (pid {owner}) did not stop within {STOP_LIMIT_S:g} s") from exc
    return "stopped"
