"""Kafka and PostgreSQL for one test session or one measurement: free ports, a temporary folder, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import psutil

from core.errors import SetupError
from core.settings import Settings
from groundswell import kafka_server, leftovers, postgres_server

ROOT = Path(__file__).parents[1]
START_LIMIT_S = 60.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody holds at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Server:
    """One server process that may be stopped, killed and started again on the same port and files."""

    stop_signal = signal.SIGTERM
    discard_signal = signal.SIGTERM

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        """Ends the server when this process is killed before it could."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def identity(self) -> dict[str, Any]:
        return {}

    def answers(self) -> bool:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return when the server answers; whatever prevents that, Ctrl-C too, leaves no process.

        Raises:
            SetupError: it ends, or does not answer within the limit.
        """
        try:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command(), stdout=log, stderr=log, start_new_session=True, cwd="/", **self.identity()
                )
            self._watch_over(self._process)
            wait_until(self.answers, START_LIMIT_S, lambda: self._process is not None and self._process.poll() is None)
        except SetupError as exc:
            self.kill()
            self.stop()
            raise SetupError(f"{exc}\n{self.log.read_text()[-2_000:]}") from exc
        except BaseException:
            self.discard()
            raise

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(self.stop_signal)
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait(START_LIMIT_S)
            self._guard = None

    def discard(self) -> None:
        """End it without keeping what it holds."""
        self._end(self.discard_signal)
        self.stop()

    def kill(self) -> None:
        """SIGKILL to it and its children, as a crash does."""
        self._end(signal.SIGKILL)

    def _watch_over(self, process: subprocess.Popen[bytes]) -> None:
        path = self.log.with_suffix(".processes.json")
        leftovers.write_down(path, {"server": psutil.Process(process.pid)})
        if self._guard is None:
            command = [sys.executable, "-m", "groundswell.leftovers", str(path)]
            self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd=ROOT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is not None:
            return
        if how is signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        process.wait(START_LIMIT_S)


class Broker(Server):
    """A Kafka broker; `bootstrap_servers` stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "kafka.log")
        jars = kafka_server.fetch(Settings().kafka_jars.expanduser())
        self._server = kafka_server.KafkaServer(folder / "kafka", free_port(), free_port())
        self._server.prepare(jars)
        self.bootstrap_servers = self._server.bootstrap_servers

    def command(self) -> list[str]:
        return self._server.command()

    def answers(self) -> bool:
        return kafka_server.answers(self.bootstrap_servers)


class PostgresServer(Server):
    """A PostgreSQL server; `create_database()` makes a fresh database and says its DSN."""

    stop_signal = signal.SIGINT
    # without a checkpoint, which of some hundred databases takes half a minute
    discard_signal = signal.SIGQUIT
    # what is made here may die with the machine
    options: ClassVar[Mapping[str, str]] = {
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
    }  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "postgres.log")
        self._server = postgres_server.PostgresServer(folder / "postgres", free_port(), self.options)
        self._server.prepare()

    def command(self) -> list[str]:
        return self._server.command()

    def identity(self) -> dict[str, Any]:
        return self._server.identity()

    def answers(self) -> bool:
        return postgres_server.answers(self._server.dsn("postgres"))

    def create_database(self) -> str:
        """A new, empty database; returns its DSN."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._server.create_database(name)
        return self._server.dsn(name)


AnyServer = TypeVar("AnyServer", bound=Server)


def wait_until(claim: Callable[[], bool], limit_s: float, worth_waiting: Callable[[], bool] = lambda: True) -> None:
    """Poll until `claim` holds.

    Raises:
        SetupError: it does not within the limit, or `worth_waiting` no longer holds.
    """
    deadline = time.monotonic() + limit_s
    while not claim():
        if time.monotonic() > deadline or not worth_waiting():
            raise SetupError(f"not so within {limit_s:g} s: {getattr(claim, '__qualname__', claim)}")
        time.sleep(0.05)


@contextmanager
def temporary(kind: type[AnyServer]) -> Iterator[AnyServer]:
    """A started server, in a folder outside of pytest's own: as root, PostgreSQL runs as another user, and each session
    of pytest takes the right to pass through its folder from everybody else.

    Raises:
        SetupError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="groundswell-", ignore_cleanup_errors=True) as folder:
        server = kind(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.discard()
