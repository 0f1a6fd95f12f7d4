"""The DAGs as Airflow itself reads and runs them, each time in a process and a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core import wire
from groundswell.demo.server import Demo, DemoServer
from ingest.kafka import RAW, ensure_topics
from storage.postgres import Database
from tests.contract.test_publisher import ends, read

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWU="

LISTING = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder={dags!r}, collect_dags=True)
print("RESULT", json.dumps({{"errors": bag.import_errors, "dags": {{
    name: {{"tasks": [task.task_id for task in dag.tasks], "runs": dag.max_active_runs, "catchup": dag.catchup}}
    for name, dag in bag.dags.items()}}}}))
"""

RUN = """
import json
from dags.{name} import {name}
run = {name}().test()
print("RESULT", json.dumps({{"state": str(run.state), "tasks": {{
    str(ti.map_index): str(ti.state) for ti in run.get_task_instances()}}}}))
"""


def in_airflow(code: str, home: Path, **settings: str) -> dict[str, Any]:
    """Run code in a fresh interpreter with an Airflow home in `home`; returns what it prints after RESULT."""
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=home, capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert found, done.stdout[-3_000:] + done.stderr[-3_000:]
    result: dict[str, Any] = json.loads(found[-1].removeprefix("RESULT "))
    return result


def migrate(home: Path) -> None:
    in_airflow("from airflow.utils.db import initdb\ninitdb()\nprint('RESULT {}')", home)


def test_airflow_reads_every_dag_without_an_error(tmp_path: Path) -> None:
    found = in_airflow(LISTING.format(dags=str(ROOT / "dags")), tmp_path)
    assert found["errors"] == {}
    assert found["dags"]["scrape_news"] == {"tasks": ["scrape_source"], "runs": 1, "catchup": False}
    assert found["dags"]["scrape_social"] == {"tasks": ["scrape_source"], "runs": 1, "catchup": False}
    assert found["dags"]["prune_storage"] == {"tasks": ["prune_posts"], "runs": 1, "catchup": False}


@pytest.mark.slow
def test_one_run_scrapes_every_source_and_a_failing_one_fails_alone(
    tmp_path: Path, kafka: str, postgres: Callable[[], str]
) -> None:
    migrate(tmp_path)
    ensure_topics(kafka)
    start = ends(kafka)[RAW]
    dsn = postgres()
    database = Database(dsn)
    database.migrate()
    with DemoServer(("127.0.0.1", 0), Demo(SECRET, lambda: datetime.now(UTC))) as server:
        threading.Thread(target=server.serve_forever).start()
        site = f"http://127.0.0.1:{server.server_port}"
        found = in_airflow(
            RUN.format(name="scrape_posts"),
            tmp_path,
            GROUNDSWELL_BOOTSTRAP_SERVERS=kafka,
            GROUNDSWELL_DSN=dsn,
            GROUNDSWELL_SOURCES=f"news={site}/news/rss.xml gone={site}/gone.xml talk=json+{site}/api/posts",
        )
        server.shutdown()
    posts = [post for record in read(kafka, RAW, start) for post in wire.decode(record).posts]
    cursor = database.sources.cursor("talk")
    database.close()
    assert found == {"state": "failed", "tasks": {"0": "success", "1": "failed", "2": "success"}}
    assert {post.source for post in posts} == {"news", "talk"}
    assert len(posts) > 250
    assert cursor.position
