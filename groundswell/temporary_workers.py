"""Worker processes for one test or one measurement: started, watched, killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from groundswell.temporary_servers import free_port, wait_until

ROOT = Path(__file__).parents[1]
START_LIMIT_S = 60.0


class WorkerProcess:
    """One worker on a broker and a database that are there."""

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        dsn: str,
        worker_id: int = 0,
        module: str = "stream",
        **settings: str,
    ) -> None:
        self.worker_id = worker_id
        self.module = module
        self.log = folder / f"worker-{worker_id}.log"
        self.port = free_port()
        self._environment = os.environ | {
            "GROUNDSWELL_BOOTSTRAP_SERVERS": bootstrap_servers,
            "GROUNDSWELL_DSN": dsn,
            "GROUNDSWELL_DATA_DIR": str(folder),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", self.module]
        command += ["--worker-id", str(self.worker_id), "--web-port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def start_and_wait(self, limit_s: float = START_LIMIT_S) -> None:
        """Start, and return when it reads."""
        self.start()
        wait_until(lambda: self.health().get("healthy") is True, limit_s, self.is_alive)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, as a crash or the kernel's memory killer does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def terminate(self, limit_s: float) -> int:
        """SIGTERM; returns the exit code. Raises subprocess.TimeoutExpired: it is still there after `limit_s`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit_s)

    def health(self) -> dict[str, Any]:
        """What /health says; empty while nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return dict(json.loads(answer.read()))
        except HTTPError as exc:
            with exc:
                return dict(json.loads(exc.read()))
        except OSError:
            return {}

    def metric(self, name: str) -> float:
        """The sum over all labels of one metric; 0 while nobody answers."""
        return self._sum(rf"{re.escape(name)}(?:{{.*}})?")

    def sample(self, series: str) -> float:
        """One series of a metric, with its labels; 0 while nobody answers."""
        return self._sum(re.escape(series))

    def _sum(self, pattern: str) -> float:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return 0.0
        return sum(float(value) for value in re.findall(rf"^{pattern} (\S+)$", text, re.MULTILINE))


@contextmanager
def running(*workers: WorkerProcess, limit_s: float = START_LIMIT_S) -> Iterator[None]:
    """Start all and wait until they read; in the end none is left, however the test ends."""
    try:
        for worker in workers:
            worker.start_and_wait(limit_s)
        yield
    finally:
        end(*workers)


def end(*workers: WorkerProcess) -> None:
    """Kill whatever still runs."""
    for worker in workers:
        if worker.is_alive():
            worker.kill()
