"""Champions change under load, on a real Kafka and PostgreSQL: no post is lost, none is scored twice, each score bears
the version of a model that was champion at its time, and one that is unfit never scores."""

from __future__ import annotations

import json
import math
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg2
import pytest

from core.errors import BrokerUnavailable
from core.posts import Post
from core.registry import Event, State
from ingest.kafka import KafkaPublisher, ensure_topics
from models.artefact import CALIBRATION
from models.packing import FILES
from models.registering import describe
from storage.postgres import Database
from tests.builders import ids, make_post
from tests.light_models import CONTRARY, WEIGHTS, make_artefact
from tests.services import Broker, count, rows, wait_until
from tests.workers import WorkerProcess, lag, running

LIMIT_S = 120.0
RECORD = 20
"""Posts of one record."""
GRACE = timedelta(seconds=10)
"""For the batches in hand."""
P99_S = 2.0
"""Latency of a post that comes while a model is exchanged."""
RATE = 60.0
"""Posts a second in the long run, which one core does with time to spare."""
MOST_GROWTH_MB = 200
"""Of a worker's memory over eight swaps; without `stream.freeing` five made 830."""


@dataclass
class Load:
    """Posts that come at an even pace, in a thread of its own, until all have come."""

    servers: str
    count: int
    rate: float
    """Posts a second."""
    sent_at: dict[str, datetime] = field(default_factory=dict)

    def posts(self, numbers: range) -> list[Post]:
        """Every 10th repeats the words of the one before."""
        words = ("The app is down again and I am furious", "Record earnings, great quarter", "The branch opens at nine")
        made, now = [], datetime.now(UTC)
        for n in numbers:
            text = f"{words[n % 3]}, report number {_in_words(n - 1 if n % 10 == 9 else n)}"
            made.append(make_post(str(n), text=text, published_at=now))
        return made

    def run(self) -> None:
        publisher = KafkaPublisher(self.servers)
        began, pace = time.monotonic(), threading.Event()
        for start in range(0, self.count, RECORD):
            pace.wait(max(0.0, began + start / self.rate - time.monotonic()))
            posts = self.posts(range(start, min(start + RECORD, self.count)))
            self.sent_at |= dict.fromkeys(ids(posts), posts[0].published_at)
            while True:
                try:
                    publisher.publish(posts)
                    break
                except BrokerUnavailable:
                    continue


def _in_words(n: int) -> str:
    """A number as words, so that texts differ in words and are no near-duplicates."""
    return " ".join(f"{digit}{place}" for place, digit in zip("abcdefgh", f"{n:06d}", strict=False))


@dataclass(frozen=True)
class Measured:
    """What a run under load came to."""

    latencies_s: list[float]
    """Of the posts that came during a change, until they were stored, sorted."""
    memory_mb: list[float]
    """Of the worker, before each change."""


def times_in_service(events: Sequence[Event], taken_up: Sequence[datetime]) -> list[tuple[str, datetime, datetime]]:
    """Each version with the moment it became champion, and that until which it may score: the batches that were in hand
    when the worker took up the next one.

    Args:
        taken_up: of each champion but the first, when the worker had it in service.
    """
    began = [event for event in events if event.after is State.CHAMPION]
    ended = [*(moment + GRACE for moment in taken_up), datetime.max.replace(tzinfo=UTC)]
    return [(event.version, event.at, moment) for event, moment in zip(began, ended, strict=True)]


def change(database: Database, step: str, worker: WorkerProcess) -> tuple[datetime, datetime]:
    """Promote a version or, with "back", roll back; when it was asked for, and when the worker had taken it up."""
    asked = datetime.now(UTC)
    model = (
        database.models.rollback("test", "under load")
        if step == "back"
        else database.models.move(step, State.CHAMPION, "test", "under load")
    )
    wait_until(lambda: worker.health().get("model_version") == model.version, LIMIT_S, worker.is_alive)
    return asked, datetime.now(UTC)


def run_under_load(worker: WorkerProcess, database: Database, dsn: str, load: Load, steps: Sequence[str]) -> Measured:
    """Change champions while posts come, and check what is stored."""
    publishing = threading.Thread(target=load.run, daemon=True)
    windows, memory_mb = [], []
    with running(worker, limit_s=LIMIT_S):
        publishing.start()
        for number, step in enumerate(steps, start=1):
            wait_until(
                lambda number=number: (
                    count(dsn, "SELECT count(*) FROM posts") >= load.count * number / (len(steps) + 1)
                ),  # type: ignore[misc]
                LIMIT_S + load.count / load.rate,
                worker.is_alive,
            )
            assert worker.process is not None
            memory_mb.append(psutil.Process(worker.process.pid).memory_info().rss / 1e6)
            windows.append(change(database, step, worker))
        publishing.join(LIMIT_S + load.count / load.rate)
        wait_until(
            lambda: count(dsn, "SELECT count(*) FROM posts") >= load.count and lag(load.servers) == 0,
            LIMIT_S,
            worker.is_alive,
        )
        assert worker.metric("groundswell_model") == 1.0

    stored = rows(
        dsn, "SELECT post_id, stored_at, model_version, duplicate_of FROM posts LEFT JOIN scores USING (post_id)"
    )
    assert sorted(post_id for post_id, *_ in stored) == sorted(load.sent_at)
    assert database.verify_rollups() == []
    served = times_in_service(database.models.events(), [taken for _, taken in windows])
    wrong = [
        (post_id, version, stored_at)
        for post_id, stored_at, version, duplicate_of in stored
        if duplicate_of is None
        and not any(version == one and began <= stored_at <= ended for one, began, ended in served)
    ]
    assert wrong == []
    assert sum(first is None for *_, first in stored) >= 0.85 * load.count
    # a repost bears the score, and so the model, of the first with its words
    of = {post_id: version for post_id, _, version, _ in stored}
    assert all(of[post_id] == of[first] for post_id, _, _, first in stored if first is not None)
    assert {version for *_, version, _ in stored} == {version for version, *_ in served}
    during = [
        (stored_at - load.sent_at[post_id]).total_seconds()
        for post_id, stored_at, *_ in stored
        if any(asked <= load.sent_at[post_id] <= taken for asked, taken in windows)
    ]
    return Measured(sorted(during), memory_mb)


def p99(latencies: Sequence[float]) -> float:
    return latencies[math.ceil(0.99 * len(latencies)) - 1]


def light_models(database: Database, folder: Path, *names: str) -> list[str]:
    """Candidates of the fake classifier, by their versions."""
    found = []
    for name in names:
        model, artefact = describe(make_artefact(folder / name, name), datetime.now(UTC))
        database.models.add(model, artefact, "test", "trained")
        found.append(model.version)
    return found


def test_champions_change_under_load_and_no_post_is_lost_or_scored_twice_or_by_another(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    shipped = make_artefact(tmp_path / "shipped", "shipped")
    worker = WorkerProcess(
        tmp_path, servers, dsn, seconds_a_post=0.0005, GROUNDSWELL_WEIGHTS=str(shipped), GROUNDSWELL_MODEL_POLL_S="0.2"
    )
    with closing(Database(dsn)) as database:
        b, c = light_models(database, tmp_path, "b", "c")
        measured = run_under_load(worker, database, dsn, Load(servers, 2_000, 200.0), [b, c, "back"])
        assert [event.by for event in database.models.events() if event.after is State.CHAMPION] == [
            "groundswell", "test", "test", "test",
        ]  # fmt: skip
    assert measured.latencies_s


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_the_real_classifier_is_exchanged_ten_times_among_20_000_posts(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    worker = WorkerProcess(tmp_path, servers, dsn, module="stream", GROUNDSWELL_MODEL_POLL_S="1")
    with closing(Database(dsn)) as database:
        versions = []
        for number in range(6):
            model, artefact = describe(a_little_cooler(tmp_path / str(number), number), datetime.now(UTC))
            database.models.add(model, artefact, "test", "calibrated anew")
            versions.append(model.version)
        a, b, c, d, e, f = versions
        steps = [a, "back", b, c, "back", d, e, "back", "back", f]
        measured = run_under_load(worker, database, dsn, Load(servers, 20_000, RATE), steps)
    latencies = measured.latencies_s
    print(f"{len(latencies)} posts came during a change: p50 {latencies[len(latencies) // 2]:.2f} s, "
          f"p99 {p99(latencies):.2f} s, worst {latencies[-1]:.2f} s; memory {measured.memory_mb} MB")  # fmt: skip
    assert p99(latencies) <= P99_S
    assert measured.memory_mb[-1] - measured.memory_mb[2] <= MOST_GROWTH_MB


def a_little_cooler(folder: Path, number: int) -> Path:
    """The shipped weights with another calibration, which is another version."""
    folder.mkdir()
    for name in FILES:
        shutil.copy(WEIGHTS / name, folder / name)
    calibration = json.loads((folder / CALIBRATION).read_text())
    calibration["temperatures"]["topic"] *= 1 + (number + 1) / 1_000
    (folder / CALIBRATION).write_text(json.dumps(calibration))
    return folder


def incident(dsn: str) -> tuple[str, str, str] | None:
    """State, model and summary of the newest incident about a model."""
    found = rows(
        dsn, "SELECT state, key, summary FROM incidents WHERE kind = 'ModelRefused' ORDER BY opened_at DESC LIMIT 1"
    )
    return found[0] if found else None


def test_an_unfit_champion_is_refused_with_an_incident_and_the_one_before_goes_on(
    own_broker: Broker, dsn: str, tmp_path: Path
) -> None:
    servers = own_broker.bootstrap_servers
    ensure_topics(servers)
    shipped = make_artefact(tmp_path / "shipped", "shipped")
    quick = {"GROUNDSWELL_MODEL_POLL_S": "0.2", "GROUNDSWELL_SURGE_EVERY_S": "0.5"}
    worker = WorkerProcess(tmp_path, servers, dsn, GROUNDSWELL_WEIGHTS=str(shipped), **quick)
    publisher = KafkaPublisher(servers)

    def scored_by(number: int) -> str:
        post = make_post(str(number), text=f"The branch opens at nine, {_in_words(number)}")
        publisher.publish([post])
        query = "SELECT model_version FROM scores WHERE post_id = %s"
        wait_until(lambda: bool(rows(dsn, query, post.post_id)), LIMIT_S, worker.is_alive)
        return str(rows(dsn, query, post.post_id)[0][0])

    def is_told(state: str, version: str, words: str) -> bool:
        found = incident(dsn)
        return found is not None and found[:2] == (state, version) and words in found[2]

    with closing(Database(dsn)) as database:
        rotten, good = light_models(database, tmp_path, "rotten", "good")
        model, artefact = describe(make_artefact(tmp_path / "wrong", "wrong", CONTRARY), datetime.now(UTC))
        database.models.add(model, artefact, "test", "trained")
        with running(worker):
            first = worker.health()["model_version"]
            database.models.move(model.version, State.CHAMPION, "test", "answers the golden texts wrongly")
            wait_until(lambda: is_told("firing", model.version, "golden texts"), LIMIT_S, worker.is_alive)
            assert scored_by(1) == first
            assert "golden texts" in worker.health()["models_refused"][model.version]
            assert worker.sample('groundswell_champions_total{outcome="refused"}') == 1.0

            with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
                cursor.execute("UPDATE models SET artefact = set_byte(artefact, 600, 1) WHERE version = %s", (rotten,))
            database.models.move(rotten, State.CHAMPION, "test", "rots on the disk")
            wait_until(lambda: is_told("firing", rotten, "not those that were stored"), LIMIT_S, worker.is_alive)
            assert scored_by(2) == first

            worker.terminate(LIMIT_S)
            worker.start_and_wait()
            assert worker.health()["model_version"] == first
            assert scored_by(3) == first

            database.models.move(good, State.CHAMPION, "test", "is good")
            wait_until(lambda: worker.health().get("model_version") == good, LIMIT_S, worker.is_alive)
            assert scored_by(4) == good
            wait_until(lambda: is_told("resolved", rotten, "no longer"), LIMIT_S, worker.is_alive)
    assert rows(dsn, "SELECT count(*) FROM incidents WHERE kind = 'ModelRefused' AND state <> 'resolved'") == [(0,)]
