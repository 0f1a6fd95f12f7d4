"""The DAGs as Airflow itself reads and runs them, each time in a process and a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core import wire
from core.posts import Channel
from core.sources import FACTS, Kind, make_source, written
from ingest.kafka import RAW, ensure_topics
from ingest.sites.registry import SITES
from storage.postgres import Database
from stream.pipeline import Pipeline, Record
from tests.contract.test_publisher import ends, read
from tests.fakes import FakeClassifier, RecordingPublisher
from tests.site_server import SiteServer
from tests.sites import KEYS, source_at, things

ROOT = Path(__file__).resolve().parents[2]

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
    retraining = found["dags"]["retrain_classifier"]
    assert (retraining["runs"], retraining["catchup"]) == (1, False)
    assert retraining["tasks"] == [
        "is_due", "export_snapshot", "validate_snapshot", "train_candidate", "evaluate_both", "pass_gate",
        "shadow_is_over", "promote_candidate",
    ]  # fmt: skip
    assert found["dags"]["prune_storage"] == {"tasks": ["prune_posts"], "runs": 1, "catchup": False}
    assert found["dags"]["watch_drift"] == {"tasks": ["look_at_days"], "runs": 1, "catchup": False}


SOCIAL = [kind for kind in SITES if FACTS[kind].channel is not Channel.NEWS]
NEWS = [kind for kind in SITES if FACTS[kind].channel is Channel.NEWS]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "kinds"), [("scrape_news", NEWS), ("scrape_social", SOCIAL)])
def test_every_kind_of_source_reaches_postgres_and_a_failing_one_fails_alone(
    tmp_path: Path, kafka: str, postgres: Callable[[], str], name: str, kinds: list[Kind]
) -> None:
    migrate(tmp_path)
    ensure_topics(kafka)
    start, dsn = ends(kafka)[RAW], postgres()
    with closing(Database(dsn)) as database:
        database.migrate()
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.jsonl").write_text('{"text": "Harborline app fails in the folder, says customer 1"}\n')
    with SiteServer({kind: things(5, until=datetime.now(UTC)) for kind in kinds}) as site:
        sources = [source_at(site.address(kind), kind) for kind in kinds]
        channel = sources[0].channel
        sources.append(make_source("inbox", Kind.FOLDER, str(tmp_path / "inbox"), channel=channel))
        sources.append(make_source("gone", Kind.FEED, f"{site.address(kinds[0])}/page.html", channel=channel))
        sources.append(make_source("keyless", Kind.X, query="harborline", key="NOT_SET", channel=channel))
        found = in_airflow(
            RUN.format(name=name),
            tmp_path,
            GROUNDSWELL_BOOTSTRAP_SERVERS=kafka,
            GROUNDSWELL_DSN=dsn,
            GROUNDSWELL_SOURCES=" ".join(written(source) for source in sources),
            **KEYS,
        )
    records = read(kafka, RAW, start)
    posts = [post for record in records for post in wire.decode(record).posts]
    states = [found["tasks"][str(number)] for number in range(len(sources))]
    assert states == ["success"] * (len(kinds) + 1) + ["failed", "skipped"]
    assert found["state"] == "failed"
    assert Counter(post.source for post in posts) == {**{kind.value: 5 for kind in kinds}, "inbox": 1}
    with closing(Database(dsn)) as database:
        pipeline = Pipeline(
            FakeClassifier(), database.posts, RecordingPublisher(), lambda _s, _n: None, lambda: datetime.now(UTC),
            lambda call: call(),
        )  # fmt: skip
        for number, value in enumerate(records):
            pipeline.work([Record(RAW, 0, number, value)])
        stored = database.posts.stored([post.post_id for post in posts])
        assert len(stored) == len(posts)
        heard = {one.source: one for one in database.incidents.standing(datetime.now(UTC)).sources}
        assert heard["keyless"].needs_key == "NOT_SET"
        assert heard["gone"].last_error.startswith("SourceRefused")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_backfill_by_parameter_reads_further_back_than_a_first_run(
    tmp_path: Path, kafka: str, postgres: Callable[[], str]
) -> None:
    migrate(tmp_path)
    ensure_topics(kafka)
    start, dsn = ends(kafka)[RAW], postgres()
    with closing(Database(dsn)) as database:
        database.migrate()
    with SiteServer({Kind.STOCKTWITS: things(100, until=datetime.now(UTC))}) as site:
        found = in_airflow(
            RUN.replace(".test()", ".test(run_conf={{'since': '2020-01-01T00:00:00Z'}})").format(name="scrape_social"),
            tmp_path,
            GROUNDSWELL_BOOTSTRAP_SERVERS=kafka,
            GROUNDSWELL_DSN=dsn,
            GROUNDSWELL_SOURCES=written(source_at(site.address(Kind.STOCKTWITS), Kind.STOCKTWITS)),
        )
    assert found["state"] == "success"
    posts = [post.post_id for record in read(kafka, RAW, start) for post in wire.decode(record).posts]
    assert len(posts) == len(set(posts)) == 100  # a page of this site has 30
