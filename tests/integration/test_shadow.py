"""A shadow beside a real worker: it scores what the champion scores, and no stored post bears its name."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path

from core.registry import State
from ingest.kafka import KafkaPublisher, ensure_topics
from models.registering import describe
from storage.postgres import Database
from tests.builders import make_post
from tests.light_models import OTHER_TOPICS, make_artefact
from tests.services import Broker, rows, wait_until
from tests.workers import WorkerProcess, running

LIMIT_S = 120.0
COUNT = 120
AT_ONCE = 10


def test_a_shadow_scores_what_the_champion_scores_and_nobody_else_sees_it(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    worker = WorkerProcess(
        tmp_path, servers, dsn, GROUNDSWELL_WEIGHTS=str(make_artefact(tmp_path / "shipped", "shipped")),
        GROUNDSWELL_MODEL_POLL_S="0.2", GROUNDSWELL_SHADOW_SHARE="1",
    )  # fmt: skip
    with closing(Database(dsn)) as database:
        model, artefact = describe(make_artefact(tmp_path / "b", "b", OTHER_TOPICS), datetime.now(UTC))
        database.models.add(model, artefact, "test", "trained")
        with running(worker):
            first = worker.health()["model_version"]
            database.models.move(model.version, State.SHADOW, "test", "to compare")
            publisher, numbers = KafkaPublisher(servers), count()

            def is_compared() -> bool:
                """Publishes until the shadow has been taken up and has seen enough."""
                publisher.publish(
                    [make_post(str(one), text=f"a{one} b{one} opens at c{one}") for one in islice(numbers, AT_ONCE)]
                )
                return sum(day.posts for day in database.models.shadow_days(model.version)) >= COUNT

            wait_until(is_compared, LIMIT_S, worker.is_alive)
            assert worker.sample('groundswell_shadow_posts_total{outcome="differed"}') >= COUNT
        (day,) = database.models.shadow_days(model.version)
        assert (day.against, day.topic, day.sentiment, day.intent) == (first, day.posts, 0, 0)
        found = database.models.disagreements(COUNT)
        assert {one.heads for one in found} == {("topic",)}
        assert {one.shadow.topic for one in found} == {"Earnings"}
        assert database.verify_rollups() == []
    assert rows(dsn, "SELECT DISTINCT model_version, topic FROM scores") == [(first, "Company | Product News")]
