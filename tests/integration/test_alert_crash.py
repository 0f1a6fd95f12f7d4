"""Whatever is killed, the detector opens each surge's incident once, and its beginning and end are taken once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from storage.postgres import Database
from tests.services import PostgresServer, count, free_port, wait_until

ROOT = Path(__file__).parents[2]


class Part:
    """A process of the chain, which may be killed and started again."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log, self._arguments = log, arguments
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "tests.alert_part", *self._arguments]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.parametrize(("kills", "surges"), [(6, 12), pytest.param(50, 120, marks=pytest.mark.slow)])
def test_each_beginning_and_end_is_taken_once_whatever_is_killed(
    own_postgres: PostgresServer, tmp_path: Path, kills: int, surges: int
) -> None:
    rng, file, port = Random(11), tmp_path / "received.jsonl", free_port()
    dsn = own_postgres.create_database()
    with closing(Database(dsn)) as database:
        database.migrate()
    log, url, began = tmp_path / "parts.log", f"http://127.0.0.1:{port}/hook", datetime.now(UTC).isoformat()
    parts = {
        "receiver": Part(log, "receiver", str(port), str(file)),
        "feeder": Part(log, "feeder", dsn, began, str(surges)),
        **{f"worker {n}": Part(log, "worker", dsn, began) for n in range(2)},
        **{f"sender {n}": Part(log, "sender", dsn, began, url) for n in range(2)},
    }
    killed: Counter[str] = Counter()
    try:
        time.sleep(2)
        for _ in range(kills):
            name = rng.choice([*parts, "postgres"])
            killed[name.split()[0]] += 1
            if name == "postgres":
                own_postgres.kill()
                time.sleep(rng.random())
                own_postgres.start()
            else:
                parts[name].kill()
                time.sleep(rng.random())
                parts[name].start()
            time.sleep(0.3 + rng.random())
        wait_until(lambda: count(dsn, "SELECT count(*) FROM incidents WHERE state = 'resolved'") == surges, 240)
        wait_until(lambda: count(dsn, "SELECT count(*) FROM notifications WHERE state = 'pending'") == 0, 240)
    finally:
        for part in parts.values():
            part.kill()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    taken = Counter(
        (alert["labels"]["entity"], alert["status"])
        for line in lines
        if not line["again"]
        for alert in line["payload"]["alerts"]
    )
    repeats = sum(line["again"] for line in lines)
    print(f"\n{kills} kills {dict(killed)}; {len(taken)} deliveries taken, {repeats} repeats dropped by their id")
    assert count(dsn, "SELECT count(*) FROM notifications WHERE state = 'dead'") == 0
    assert taken == {(f"E{n}", status): 1 for n in range(surges) for status in ("firing", "resolved")}
    order: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines):
        for alert in line["payload"]["alerts"]:
            order.setdefault((alert["labels"]["entity"], alert["status"]), number)
    assert all(order[f"E{n}", "firing"] < order[f"E{n}", "resolved"] for n in range(surges))
