"""Worker processes for integration tests: started, watched, killed, and started again when they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from groundswell import temporary_workers
from groundswell.temporary_workers import end, running
from ingest.kafka import PARTITIONS, RAW, TopicOffsets, read_between, reader
from stream.app import GROUP
from tests.fake_worker import SECONDS_A_POST

__all__ = ["WorkerProcess", "lag", "read_all", "running", "supervised"]


class WorkerProcess(temporary_workers.WorkerProcess):
    """With a fake classifier, unless `module` is the real worker."""

    def __init__(
        self, folder: Path, bootstrap_servers: str, dsn: str, worker_id: int = 0, seconds_a_post: float = 0.0,
        module: str = "tests.fake_worker", **settings: str,
    ) -> None:  # fmt: skip
        slow = {SECONDS_A_POST: str(seconds_a_post)}
        super().__init__(folder, bootstrap_servers, dsn, worker_id, module, **slow, **settings)
        self.bootstrap_servers = bootstrap_servers


@contextmanager
def supervised(*workers: WorkerProcess) -> Iterator[list[int]]:
    """Like `running`, and one that ends is started again; gives the list of exit codes seen.

    When a test fails meanwhile, its report says what the workers and the broker say of themselves.
    """
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
    except BaseException:
        print(f"exit codes {codes}")
        for worker in workers:
            print(f"worker {worker.worker_id}: {worker.health()}\n{worker.log.read_text()[-4_000:]}")
        print(f"{RAW}, not committed: {backlog(workers[0].bootstrap_servers)}")
        raise
    finally:
        done.set()
        end(*workers)


def lag(bootstrap_servers: str) -> int:
    """Records of posts.raw that the workers' group has not committed, as the broker itself counts them."""
    return sum(backlog(bootstrap_servers).values())


def backlog(bootstrap_servers: str) -> dict[int, int]:
    """The same by partition."""
    return TopicOffsets(bootstrap_servers, RAW).backlog(GROUP, range(PARTITIONS[RAW]))


def read_all(bootstrap_servers: str, topic: str) -> list[bytes]:
    """Every record of a topic as it stands now."""
    offsets = TopicOffsets(bootstrap_servers, topic)
    starts, ends = offsets.starts(range(PARTITIONS[topic])), offsets.ends(range(PARTITIONS[topic]))
    with closing(reader(bootstrap_servers, "test-reader")) as consumer:
        return [message.value() or b"" for message in read_between(consumer, topic, starts, ends)]
