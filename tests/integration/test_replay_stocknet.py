"""Two years of tweets about 44 tickers through Kafka, the shipped model, PostgreSQL and the detector.

Reads StockNet from `GROUNDSWELL_TEST_DATA`, a folder laid out as data sets are published (default: ../shared/data).
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.kafka import ensure_topics
from storage.postgres import Database
from tests.integration.test_replay import replay
from tests.services import Broker, count, wait_until
from tests.workers import WorkerProcess, lag, running

ROOT = Path(__file__).resolve().parents[2]
TWEETS = Path(os.environ.get("GROUNDSWELL_TEST_DATA", ROOT.parent / "shared" / "data")) / "stocknet" / "tweets"
LIMIT_S = 1_800.0


def distinct_ids() -> set[str]:
    """Counted without any code of ours: the ids as the files have them."""
    files = [gzip.decompress(path.read_bytes()) for path in TWEETS.glob("*.jsonl.gz")]
    return {json.loads(line)["id"] for file in files for line in file.splitlines()}


@pytest.mark.slow
@pytest.mark.timeout(LIMIT_S + 300)
def test_every_distinct_tweet_is_stored_once_and_both_ways_of_counting_agree(
    tmp_path: Path, own_broker: Broker, postgres: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    if not TWEETS.is_dir():
        pytest.skip("set GROUNDSWELL_TEST_DATA to a folder with stocknet/tweets")
    expected = len(distinct_ids())
    kafka = own_broker.bootstrap_servers
    ensure_topics(kafka)
    dsn = postgres()
    database = Database(dsn)
    database.migrate()
    worker = WorkerProcess(tmp_path, kafka, dsn, module="stream")
    with running(worker):
        began = time.monotonic()
        done = replay(*map(str, sorted(TWEETS.glob("*.jsonl.gz"))), "--bootstrap-servers", kafka, "--speed-up", "max")
        assert done.returncode == 0, done.stderr
        wait_until(lambda: lag(kafka) == 0, LIMIT_S, worker.is_alive)
        took_s = time.monotonic() - began
    table = subprocess.run(
        [
            sys.executable, "-m", "groundswell", "surges", "backtest", "--since", "2014-01-01", "--until", "2016-04-01",
            "--dsn", dsn, "--events", str(TWEETS.parent / "events.csv"), "--json", str(tmp_path / "found.json"),
            *(word for path in sorted(TWEETS.glob("*.jsonl.gz")) for word in ("--entity", path.name.split(".")[0])),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert table.returncode == 0, table.stderr
    scored = json.loads((tmp_path / "found.json").read_text())["events"]
    posts, scores = (count(dsn, f"SELECT count(*) FROM {table}") for table in ("posts", "scores"))
    with capsys.disabled():
        print(f"\n{expected:,} distinct ids in the files; {posts:,} posts and {scores:,} scores after {took_s:.0f} s")
        print(table.stdout[table.stdout.index("entity-years") - 4_000 :])
    assert posts == expected
    assert database.verify_rollups() == []
    assert scored["alerted"]["positive_control"] <= 2
    assert scored["elsewhere_an_entity_year"] <= 2
    database.close()
