"""What the worker counts and times, for Prometheus; and the page that says whether it is well."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.batching import Closed
from stream.pipeline import Outcome
from stream.watchdog import Pulse, State, diagnose

CONTENT_TYPE = CONTENT_TYPE_LATEST

STAGE_BUCKETS_S = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
BATCH_BUCKETS = (1, 4, 16, 64, 128, 256, 384, 512, 1_024)


class Metrics:
    """The worker's instruments, each in a registry of its own, so that two workers of one test do not meet."""

    def __init__(self, pulse: Pulse) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_PulseCollector(pulse))
        self.posts = Counter(
            "groundswell_posts", "Posts worked through, by what became of them.", ["outcome"], registry=self.registry
        )
        self.dead_letters = Counter(
            "groundswell_dead_letters", "Letters sent to posts.dead, by error.", ["error"], registry=self.registry
        )
        self.retries = Counter("groundswell_retries", "Calls tried again, by error.", ["error"], registry=self.registry)
        self.batches = Counter(
            "groundswell_batches", "Batches taken up, by why they were closed.", ["closed"], registry=self.registry
        )
        self.batch_posts = Histogram(
            "groundswell_batch_posts", "Posts in a batch.", buckets=BATCH_BUCKETS, registry=self.registry
        )
        self.stage_seconds = Histogram(
            "groundswell_stage_seconds", "Seconds of a batch in one stage.", ["stage"], buckets=STAGE_BUCKETS_S,
            registry=self.registry,
        )  # fmt: skip
        self.model = Gauge("groundswell_model", "1 for the model in service.", ["version"], registry=self.registry)
        self.champions = Counter(
            "groundswell_champions", "Champions of the registry, by what became of them.", ["outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.shadow_posts = Counter(
            "groundswell_shadow_posts", "Posts that the shadow scored too, by how it came out.", ["outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.stage_cpu_seconds = Counter(
            "groundswell_stage_cpu_seconds", "CPU seconds of a stage's own thread.", ["stage"], registry=self.registry
        )

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Time one stage of one batch, by the clock and by the CPU of the thread that does it."""
        began_s = time.thread_time()
        with self.stage_seconds.labels(stage).time():
            yield
        self.stage_cpu_seconds.labels(stage).inc(time.thread_time() - began_s)

    def serves(self, version: str) -> None:
        """From now on this model scores."""
        self.model.clear()
        self.model.labels(version).set(1)

    def compared(self, agreed: int, differed: int) -> None:
        """The shadow scored these posts too."""
        self.shadow_posts.labels("agreed").inc(agreed)
        self.shadow_posts.labels("differed").inc(differed)

    def count(self, outcome: Outcome, closed: Closed) -> None:
        """Add one batch that was taken to its end."""
        self.batches.labels(closed).inc()
        self.batch_posts.observe(outcome.read)
        for name in ("stored", "repeated", "duplicates", "unjudged", "drafts"):
            self.posts.labels(name).inc(getattr(outcome, name))
        for letter in outcome.letters:
            self.dead_letters.labels(letter.error).inc()

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)


class _PulseCollector(Collector):
    """Reads the pulse when Prometheus asks; partitions that went to another worker go from the answer."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def collect(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily(
            "groundswell_lag_records", "Records not yet acknowledged, of the partitions held.", labels=["partition"]
        )
        for partition, records in sorted(self._pulse.lag.items()):
            lag.add_metric([str(partition)], records)
        yield lag
        yield from _gauges(
            ("groundswell_posts_per_second", "Posts finished, mean of 10 s.", self._pulse.posts_a_second()),
            ("groundswell_since_progress_seconds", "Since work last went on.", self._pulse.since_progress_s()),
        )


def _gauges(*gauges: tuple[str, str, float]) -> Iterable[Metric]:
    return (GaugeMetricFamily(name, text, value=value) for name, text, value in gauges)


def health(
    pulse: Pulse,
    *,
    worker_id: int,
    model_version: str | None,
    watchdog_s: float,
    refused: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """HTTP status and JSON body of /health: 200 once the worker is in its group and while it gets on, else 503.

    It turns unhealthy at half of the watchdog's limit, so that a person sees it before the watchdog acts. A worker that
    refuses a champion is well, since it goes on with the model before.

    Args:
        refused: by version, why a champion was not taken up.
    """
    problem = diagnose(pulse, watchdog_s / 2)
    ready = pulse.state in (State.RUNNING, State.REBALANCING)
    body = {
        "state": pulse.state,
        "healthy": ready and problem is None,
        "problem": problem,
        "worker": worker_id,
        "model_version": model_version,
        "models_refused": dict(refused or {}),
        "lag": sum(pulse.lag.values()),
        "partitions": sorted(pulse.lag),
        "batches": pulse.batches,
        "posts_per_second": round(pulse.posts_a_second(), 1),
        "since_progress_s": round(pulse.since_progress_s(), 1),
    }
    return (200 if body["healthy"] else 503), json.dumps(body).encode()
