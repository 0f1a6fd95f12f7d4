"""`groundswell bench pipeline`: from Kafka to committed rows, beside the classifier alone on the same texts."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import psutil
import psycopg2
from confluent_kafka import Producer

from core.posts import Channel, Post, post_id_of
from groundswell.benchmarks.timing import Spread
from groundswell.temporary_servers import Broker, PostgresServer, Server, temporary, wait_until
from groundswell.temporary_workers import WorkerProcess, running
from ingest.kafka import PARTITIONS, RAW, KafkaPublisher, ensure_topics
from models.classifier import TransformerClassifier, load_classifier
from storage.postgres import Database

STAGES: Final = ("open", "look up", "record", "publish")
"""Of the pipeline; what is left of the worker is the classifier and the event loop."""
OUR_BATCH: Final = 256
"""Posts a call of the classifier alone, as many as the worker takes into one batch."""
STREAM_POSTS: Final = 5
"""Posts a record in the steady stream, as a scrape of one source brings them."""
APART: Final = timedelta(milliseconds=2)
"""A backlog was published bit by bit. Were all of it of one moment, looking up the newest would sort it all."""
DRAIN_LIMIT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Load:
    """One round with a number of workers."""

    workers: int
    posts_per_s: float
    classifier_posts_per_s: Spread
    """Alone, before and after."""
    latency_s: Mapping[int, float]
    """By percentile: from handing a post to Kafka to the commit of its row, at half of `posts_per_s`."""
    cpu_s: Mapping[str, float]
    """CPU seconds by what spent them, while the posts were worked through."""

    @property
    def ratio_to_classifier(self) -> float:
        return self.posts_per_s / self.classifier_posts_per_s.median

    @property
    def share_beside_classifier(self) -> float:
        """Of the CPU seconds of worker and PostgreSQL, those that the classifier did not spend."""
        own = {name: seconds for name, seconds in self.cpu_s.items() if name != "Kafka"}
        return 1 - own["classifier"] / sum(own.values())

    def as_dict(self) -> dict[str, Any]:
        return {
            "workers": self.workers, "posts_per_s": self.posts_per_s,
            "ratio_to_classifier": self.ratio_to_classifier,
            "classifier_posts_per_s": [self.classifier_posts_per_s.low, self.classifier_posts_per_s.high],
            **{f"latency_p{percentile}_s": seconds for percentile, seconds in self.latency_s.items()},
            "cpu_s": dict(self.cpu_s), "share_of_cpu_beside_classifier": self.share_beside_classifier,
        }  # fmt: skip


def draw(loads: Sequence[Load], posts: int, path: Path) -> None:
    """Write where the CPU's time goes as a picture: a bar for each number of workers, cut by what spent it.

    Args:
        loads: of the same posts.
        posts: how many were worked through.
        path: of a PNG or SVG file.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "groundswell"
    figure, axes = pyplot.subplots(figsize=(9, 1.6 + 0.7 * len(loads)), layout="constrained")
    colours = pyplot.get_cmap("cividis")(np.linspace(0.0, 1.0, len(loads[0].cpu_s)))
    for place, load in enumerate(loads):
        left = 0.0
        for (stage, seconds), colour in zip(load.cpu_s.items(), colours, strict=True):
            spent_ms = 1000 * seconds / posts
            axes.barh(place, spent_ms, left=left, color=colour, edgecolor="white", label=stage if not place else None)
            left += spent_ms
    names = [f"{load.workers} worker{'s' * (load.workers > 1)}" for load in loads]
    axes.set_yticks(range(len(loads)), names)
    axes.invert_yaxis()
    axes.set_xlabel("CPU milliseconds a post")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


class _InTurn:
    """A producer that gives each partition as many records as the next one. By chance, one of two workers would get a
    tenth more of so few, and work that off alone."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._producer = Producer(settings)
        self._partitions = cycle(range(PARTITIONS[RAW]))

    def produce(self, topic: str, value: bytes, *, on_delivery: Callable[[Any, Any], None]) -> None:
        self._producer.produce(topic, value, partition=next(self._partitions), on_delivery=on_delivery)

    def poll(self, timeout: float) -> int:
        return int(self._producer.poll(timeout))


class Stamped(PostgresServer):
    """As it ships, and it remembers when each row was committed."""

    options: ClassVar = {"max_connections": "200", "track_commit_timestamp": "on"}


def measure(
    weights: Path, texts: Sequence[str], posts: int, stream_s: float, workers: int, say: Callable[[str], object]
) -> Load:
    """One round on servers of its own.

    Args:
        weights: artefact folder.
        texts: what the posts say; a text that is used again gets a number, so that it is no repeat.
        posts: put into Kafka at once.
        stream_s: seconds of the steady stream after it.
        workers: that share the posts.
        say: told what goes on.

    Raises:
        SetupError: a server does not start, or the posts are not stored in time.
    """
    threads = max(1, (os.cpu_count() or 1) // workers)
    say("the classifier alone")
    alone = load_classifier(weights)
    numbered = _numbered(texts, posts)
    rates = [_rate(alone, numbered)]
    with (
        tempfile.TemporaryDirectory(prefix="groundswell-") as folder,
        temporary(Broker) as kafka,
        temporary(Stamped) as postgres,
    ):
        dsn = postgres.create_database()
        _prepare(kafka.bootstrap_servers, dsn)
        settings = {"GROUNDSWELL_WEIGHTS": str(weights.absolute()), "GROUNDSWELL_CLASSIFIER_THREADS": str(threads)}
        processes = [
            WorkerProcess(Path(folder), kafka.bootstrap_servers, dsn, number, **settings) for number in range(workers)
        ]
        publisher = KafkaPublisher(kafka.bootstrap_servers, make_producer=_InTurn)
        with running(*processes), closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            publisher.publish(_posts("warm-up", _numbered(texts, 512)))
            _drained(connection, 512)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum has where the tables are older than a minute
            say(f"{posts:,} posts through Kafka")
            at_once = _posts("at-once", numbered)
            began = datetime.now(UTC)
            with _cpu_seconds(processes, kafka, postgres) as cpu_s:
                publisher.publish(at_once)
                _drained(connection, 512 + posts)
            posts_per_s = posts / (_last_commit(connection) - began).total_seconds()
            say(f"a steady stream at {posts_per_s / 2:,.0f} posts a second")
            sent = _stream(publisher, texts, posts_per_s / 2, stream_s)
            _drained(connection, 512 + posts + sent)
            latency_s = _latency_s(connection)
            del publisher  # before its broker, whose end it would complain of every second
    say("the classifier alone, again")
    rates.append(_rate(alone, numbered))
    return Load(workers, posts_per_s, Spread.of(rates), latency_s, cpu_s)


def _rate(classifier: TransformerClassifier, texts: Sequence[str]) -> float:
    classifier.classify(texts[:OUR_BATCH])
    began_s = time.perf_counter()
    for start in range(0, len(texts), OUR_BATCH):
        classifier.classify(texts[start : start + OUR_BATCH])
    return len(texts) / (time.perf_counter() - began_s)


def _prepare(bootstrap_servers: str, dsn: str) -> None:
    ensure_topics(bootstrap_servers)
    database = Database(dsn)
    database.migrate()
    database.close()


def _numbered(texts: Sequence[str], count: int) -> list[str]:
    """As many texts as asked for, all of them different."""
    return [
        text if number < len(texts) else f"{text} {number}" for number, text in enumerate(islice(cycle(texts), count))
    ]


def _posts(source: str, texts: Sequence[str]) -> list[Post]:
    """One author after another, and one firm: the last one now, and each of the others a little earlier."""
    now = datetime.now(UTC)
    return [
        Post(
            post_id=post_id_of(source, str(number)), source=source, channel=Channel.SOCIAL, text=text,
            published_at=now - (len(texts) - 1 - number) * APART, fetched_at=now,
            author_key=f"author-{number % 5_000}", language="en", entities=(f"T{number % 40:02d}",),
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip


def _stream(publisher: KafkaPublisher, texts: Sequence[str], posts_a_second: float, seconds: float) -> int:
    """Publish at a steady pace; `fetched_at` is when a post was handed over. How many there were."""
    total = int(posts_a_second * seconds)
    said = _numbered(texts, total)
    began_s = time.monotonic()
    for start in range(0, total, STREAM_POSTS):
        time.sleep(max(0.0, began_s + start / posts_a_second - time.monotonic()))
        part = _posts(f"stream-{start}", said[start : start + STREAM_POSTS])
        publisher.publish(part)
    return total


def _drained(connection: Any, expected: int) -> None:
    def all_there() -> bool:
        time.sleep(1.0)  # counting costs what is measured; when the last post was stored, its row says
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM posts")
            return bool(cursor.fetchone()[0] >= expected)

    wait_until(all_there, DRAIN_LIMIT_S)


def _last_commit(connection: Any) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(pg_xact_commit_timestamp(xmin)) FROM posts WHERE source = 'at-once'")
        last: datetime = cursor.fetchone()[0]
    return last


def _latency_s(connection: Any) -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - fetched_at)::float8 FROM posts "
            "WHERE source LIKE 'stream-%'"
        )
        waits = np.array([row[0] for row in cursor.fetchall()])
    return {percentile: float(np.percentile(waits, percentile)) for percentile in (50, 95, 99)}


@contextmanager
def _cpu_seconds(workers: Sequence[WorkerProcess], kafka: Server, postgres: Server) -> Any:
    """Fills the mapping that it gives with CPU seconds by what spent them, when the context ends."""
    spent: dict[str, float] = {}
    before = _counted(workers, kafka, postgres)
    yield spent
    after = _counted(workers, kafka, postgres)
    delta = {name: after[name] - before[name] for name in after}
    stages = sum(delta[stage] for stage in STAGES)
    spent |= {
        "classifier": delta["worker"] - delta["event loop"] - stages,
        "Faust, event loop": delta["event loop"],
        **{stage: delta[stage] for stage in STAGES},
        "PostgreSQL": delta["PostgreSQL"],
        "Kafka": delta["Kafka"],
    }


def _counted(workers: Sequence[WorkerProcess], kafka: Server, postgres: Server) -> dict[str, float]:
    counted = {"Kafka": _of_tree(kafka.pid), "PostgreSQL": _of_tree(postgres.pid), "worker": 0.0, "event loop": 0.0}
    for worker in workers:
        assert worker.process is not None
        process = psutil.Process(worker.process.pid)
        counted["worker"] += sum(process.cpu_times()[:2])
        main = next(thread for thread in process.threads() if thread.id == process.pid)
        counted["event loop"] += main.user_time + main.system_time
    for stage in STAGES:
        name = f'groundswell_stage_cpu_seconds_total{{stage="{stage}"}}'
        counted[stage] = sum(worker.sample(name) for worker in workers)
    return counted


def _of_tree(pid: int) -> float:
    """CPU seconds of a process, of its children and of those that it has buried."""
    process = psutil.Process(pid)
    times = [process, *process.children(recursive=True)]
    own = sum(sum(one.cpu_times()[:2]) for one in times if one.is_running())
    return own + sum(process.cpu_times()[2:4])
