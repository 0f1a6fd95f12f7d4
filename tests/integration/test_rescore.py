"""A period is judged again by another champion through Kafka and PostgreSQL, while workers and command are killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from core.registry import State
from ingest.kafka import ensure_topics
from models.registering import describe
from storage.postgres import Database
from stream.rescoring import waiting_orders
from tests.builders import make_post
from tests.integration.test_crash import posts_of_all_kinds, publish
from tests.light_models import OTHER_TOPICS, make_artefact
from tests.services import Broker, count, rows, wait_until
from tests.workers import WorkerProcess, supervised

ROOT = Path(__file__).parents[2]
LIMIT_S = 180.0
COUNT = 3_000


def start(servers: str, dsn: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "groundswell", "rescore", "--since", "2026-01-01", "--dsn", dsn]
    return subprocess.Popen(
        [*command, "--bootstrap-servers", servers, *arguments],
        cwd=ROOT, env=os.environ | {"COLUMNS": "200"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_kills_of_a_worker_and_of_the_command_leave_every_post_rescored_once_and_every_count_right(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    settings = {
        "GROUNDSWELL_WEIGHTS": str(make_artefact(tmp_path / "shipped", "shipped")), "GROUNDSWELL_MODEL_POLL_S": "0.2",
    }  # fmt: skip
    workers = [WorkerProcess(tmp_path, servers, dsn, n, seconds_a_post=0.002, **settings) for n in (0, 1)]
    with closing(Database(dsn)) as database:
        model, artefact = describe(make_artefact(tmp_path / "b", "b", OTHER_TOPICS), datetime.now(UTC))
        database.models.add(model, artefact, "test", "trained")
        with supervised(*workers) as exit_codes:
            publish(servers, posts_of_all_kinds(COUNT))
            wait_until(lambda: count(dsn, "SELECT count(*) FROM posts") == COUNT, LIMIT_S)
            judged, repeats = (count(dsn, statement) for statement in (
                "SELECT count(*) FROM scores", "SELECT count(*) FROM posts WHERE duplicate_of IS NOT NULL"
            ))  # fmt: skip
            assert repeats > 100
            other_topic = count(dsn, "SELECT count(*) FROM scores WHERE topic <> 'Earnings'")
            database.models.move(model.version, State.CHAMPION, "test", "better")

            first = start(servers, dsn)
            wait_until(lambda: count(dsn, "SELECT coalesce(max(rescored), 0) FROM rescorings") > 300, LIMIT_S)
            first.kill()
            first.communicate()
            workers[0].kill()
            second = start(servers, dsn)
            # new posts come meanwhile, and are judged by the new champion
            new = [make_post(f"new-{n}", text=f"The branch number a{n} b{n} opens") for n in range(200)]
            threading.Thread(target=publish, args=(servers, new), daemon=True).start()
            out, err = second.communicate(timeout=LIMIT_S)
            assert second.returncode == 0, err
            wait_until(lambda: count(dsn, "SELECT count(*) FROM posts") == COUNT + 200, LIMIT_S)
            wait_until(lambda: waiting_orders(servers) == 0, LIMIT_S)
            assert exit_codes.count(-9) == 1

            assert rows(dsn, "SELECT DISTINCT model_version, topic FROM scores") == [(model.version, "Earnings")]
            assert database.verify_rollups() == []
            said = r"rescored ([\d,]+) posts \(changed: ([\d,]+) topic, 0 sentiment, 0 emotion, 0 intent"
            found = re.search(said, out)
            assert found is not None, out
            assert [int(one.replace(",", "")) for one in found.groups()] == [judged, other_topic]
            assert rows(dsn, "SELECT count(*), max(skipped) FROM rescorings") == [(1, COUNT - judged)]
            unlike = "SELECT 1 FROM posts p JOIN scores s USING (post_id) JOIN scores f ON f.post_id = p.duplicate_of"
            assert rows(dsn, f"{unlike} WHERE s.topic_p <> f.topic_p OR s.sentiment <> f.sentiment") == []
            assert rows(dsn, "SELECT incident_id FROM incidents") == []

            again = start(servers, dsn)
            out, err = again.communicate(timeout=LIMIT_S)
            assert again.returncode == 0, err
            assert out.startswith("rescored 0 posts")


STOPPED_AT_ONCE = """
import sys
from threading import Event, Timer
from types import SimpleNamespace
from stream.rescoring import consumer_settings, read_orders

for n in range(12):
    stop = Event()
    Timer(0.1 + 0.02 * n, stop.set).start()
    settings = consumer_settings(sys.argv[1], n) | {"group.id": f"stopped-{n}"}
    read_orders(SimpleNamespace(is_behind=lambda: True), settings, stop)
"""
"""While it is behind it hardly polls, so that partitions are handed to it which it has not taken up."""


def test_a_worker_that_is_stopped_while_it_joins_the_group_leaves_without_a_hang(kafka: str) -> None:
    ensure_topics(kafka)
    subprocess.run([sys.executable, "-c", STOPPED_AT_ONCE, kafka], cwd=ROOT, check=True, timeout=LIMIT_S)
