"""Worker processes for integration tests: started, watched, killed, and started again when they end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from confluent_kafka import Consumer, TopicPartition

from ingest.kafka import PARTITIONS, RAW
from stream.app import GROUP
from tests.fake_worker import SECONDS_A_POST
from tests.services import free_port, wait_until

ROOT = Path(__file__).parent.parent
START_LIMIT_S = 60.0


class WorkerProcess:
    """One worker on a real broker and a real database; with a fake classifier, unless `module` is the real worker."""

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        dsn: str,
        worker_id: int = 0,
        seconds_a_post: float = 0.0,
        module: str = "tests.fake_worker",
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
            SECONDS_A_POST: str(seconds_a_post),
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
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return 0.0
        return sum(float(value) for value in re.findall(rf"^{re.escape(name)}(?:{{.*}})? (\S+)$", text, re.MULTILINE))


@contextmanager
def running(*workers: WorkerProcess, limit_s: float = START_LIMIT_S) -> Iterator[None]:
    """Start all and wait until they read; in the end none is left, however the test ends."""
    try:
        for worker in workers:
            worker.start_and_wait(limit_s)
        yield
    finally:
        _end(workers)


@contextmanager
def supervised(*workers: WorkerProcess) -> Iterator[list[int]]:
    """Like `running`, and one that ends is started again; gives the list of exit codes seen."""
    done = threading.Event()
    codes: list[int] = []

    def supervise(worker: WorkerProcess) -> None:
        while not done.is_set():
            assert worker.process is not None
            codes.append(worker.process.wait())
            # a worker that finds no broker ends at once; do not start it a hundred times
            if not done.wait(0.5):
                worker.start()

    try:
        for worker in workers:
            worker.start_and_wait()
        threads = [threading.Thread(target=supervise, args=(worker,), daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        yield codes
    finally:
        done.set()
        _end(workers)


def _end(workers: tuple[WorkerProcess, ...]) -> None:
    for worker in workers:
        if worker.is_alive():
            worker.kill()


def lag(bootstrap_servers: str) -> int:
    """Records of posts.raw that the workers' group has not committed, as the broker itself counts them."""
    reader = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": GROUP, "log_level": 0})
    try:
        partitions = [TopicPartition(RAW, number) for number in range(PARTITIONS[RAW])]
        waiting = 0
        for partition in reader.committed(partitions, timeout=10):
            first, end = reader.get_watermark_offsets(partition, timeout=10)
            waiting += end - max(first, partition.offset)
        return waiting
    finally:
        reader.close()


def read_all(bootstrap_servers: str, topic: str) -> list[bytes]:
    """Every record of a topic as it stands now."""
    reader = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "test-reader", "log_level": 0})
    values: list[bytes] = []
    try:
        for number in range(PARTITIONS[topic]):
            first, end = reader.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
            reader.assign([TopicPartition(topic, number, first)])
            offset = first
            while offset < end:
                message = reader.poll(10)
                assert message is not None, f"{topic}/{number} breaks off at {offset}"
                assert message.error() is None
                values.append(message.value() or b"")
                offset = (message.offset() or 0) + 1
        return values
    finally:
        reader.close()
