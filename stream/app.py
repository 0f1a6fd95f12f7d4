"""Wires one worker: settings, classifier, database, broker, timers, and the Faust app that reads for them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from signal import Signals
from threading import Event
from typing import Any

import faust
from confluent_kafka import Producer

from core import replies
from core.batching import Closed, Limits
from core.errors import Transient
from core.ports import Classifier, Reader, Writer
from core.scoring import ScoredPost
from core.settings import Settings
from core.writing import TemplateWriter
from ingest.kafka import RAW, KafkaPublisher, TopicOffsets
from storage.postgres import Database
from stream import alerts, freeing, handover, lock, rescoring, timers, watchdog, web
from stream.champions import Champions, Check, Outcome
from stream.drafting import Drafting, read_playbook, shelve
from stream.intake import BATCHES_AHEAD, Intake, Work
from stream.metrics import CONTENT_TYPE, Metrics, health
from stream.pipeline import Judged, Pipeline, Prepared, Record, Settled, settle
from stream.retrying import retrying
from stream.serving import Serving
from stream.shadows import Shadows
from stream.watchdog import Pulse, State
from stream.webhook import make_client

log = logging.getLogger(__name__)

GROUP = "groundswell"
LAG_LIMIT_S = 2.0
"""For each of three answers of the broker, which take 3 ms together where it is well."""
OUTBOX_EVERY_S = 1.0
DRAFTS_EVERY_S = 2.0
"""How late an alert or a draft may be at most; each look that finds nothing is one indexed query."""
RESCORING_AGAIN_S = 5.0
"""After the broker was away."""
LAG_THAT_WAITS = 2
"""Records: more are a backlog, which drafts give way to. A worker that keeps up has one or two under way."""

LEAVE_LIMIT_S = 6.0
"""From the signal to the end. Faust waits for a dead broker for minutes; the local stack sends SIGKILL after 7 s."""

Load = Callable[[Settings, Path], Reader]
"""Loads an artefact folder as the settings say."""
LoadWriter = Callable[[Settings], Writer]
Offer = Callable[[Sequence[ScoredPost]], object]


@dataclass(slots=True)
class Vitals:
    """What is there before the classifier is, so that the health page can tell of its loading."""

    pulse: Pulse = field(default_factory=Pulse)
    stop: Event = field(default_factory=Event)
    """Ends every wait: of retries and of timers."""
    metrics: Metrics = field(init=False)
    serving: Serving | None = None
    """`None` until a model is in service."""
    refused: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """By version, champions that this worker did not take up: when, and why."""

    def __post_init__(self) -> None:
        self.metrics = Metrics(self.pulse)

    def note_champion(self, outcome: Outcome, version: str) -> None:
        """A champion was taken up or refused."""
        self.metrics.champions.labels(outcome).inc()
        if outcome is Outcome.TAKEN:
            self.metrics.serves(version)


def load_template(_settings: Settings) -> Writer:
    """Says every plan as the playbook words it."""
    return TemplateWriter()


def run(
    settings: Settings,
    worker_id: int,
    web_port: int,
    load: Load,
    check: Check,
    load_writer: LoadWriter = load_template,
) -> None:
    """Be worker number `worker_id` until a signal; never returns.

    Args:
        check: what a model must pass before it scores.

    Raises:
        SetupError: another process is this worker, the web port is taken, or a setting or the
            playbook is not what it must be.
        ModelUnusable: neither a champion nor the shipped weights can be loaded.
    """
    held = lock.hold(settings.data_dir / "locks", worker_id)
    vitals = Vitals()
    web.serve(settings.worker_host, web_port, pages(vitals, worker_id, settings.watchdog_s))
    playbook = read_playbook(settings.playbook)  # a fault in it is told before the model loads
    database = Database(settings.dsn.get_secret_value(), shard=worker_id)
    champions = champions_of(settings, database, load, check, worker_id, vitals)
    # without the registry nobody can say which model scores, and without its database nothing can be stored either
    serving = vitals.serving = retrying(vitals.stop, _log_wait)(champions.first)
    vitals.metrics.serves(serving.version)
    freeing.spare_what_is_loaded()
    vitals.pulse.state = State.JOINING
    asyncio.set_event_loop(asyncio.new_event_loop())
    shadows = shadows_of(settings, database, load, check, worker_id, vitals)
    app = build(settings, serving, database, worker_id, vitals, shadows.offer)
    desk = Drafting(shelve(playbook, serving), serving, load_writer(settings))
    start_timers(settings, database, desk, vitals.stop, vitals.pulse)
    timers.every(settings.model_poll_s, "champion", lambda: champions.look(serving), vitals.stop)
    timers.every(settings.model_poll_s, "shadow", lambda: shadows.look(vitals.stop), vitals.stop)
    start_rescoring(settings, database, serving, worker_id, vitals)
    watchdog.watch(vitals.pulse, settings.watchdog_s)
    code = _run_until_signal(app, vitals)
    held.close()
    logging.shutdown()
    # a thread that waits for a dead server would keep an orderly exit waiting; nothing unfinished was acknowledged
    os._exit(code)


def champions_of(
    settings: Settings, database: Database, load: Load, check: Check, worker_id: int, vitals: Vitals
) -> Champions:
    """The worker's way to the registry's champion."""
    return Champions(
        models=database.models,
        load=partial(load, settings),
        check=check,
        shipped=settings.weights,
        scratch=settings.data_dir / "models",
        worker=worker_id,
        now=_now,
        tell=vitals.note_champion,
        refused=vitals.refused,
    )


def shadows_of(
    settings: Settings, database: Database, load: Load, check: Check, worker_id: int, vitals: Vitals
) -> Shadows:
    """The worker's shadow; it never takes more than one core."""
    alone = settings.model_copy(update={"classifier_threads": 1})
    return Shadows(
        models=database.models,
        load=partial(load, alone),
        check=check,
        scratch=settings.data_dir / "models",
        worker=worker_id,
        share=settings.shadow_share,
        is_behind=lambda: is_behind(vitals.pulse),
        now=_now,
        tell=vitals.metrics.compared,
    )


def build(
    settings: Settings,
    classifier: Classifier,
    database: Database,
    worker_id: int,
    vitals: Vitals,
    offer: Offer = lambda _scored: None,
) -> faust.App:
    """The Faust app of one worker, with its intake attached; it starts nothing.

    Args:
        offer: given what was judged of each batch, once it is stored.
    """
    app = faust.App(
        GROUP,
        broker=";".join(f"kafka://{server.strip()}" for server in settings.bootstrap_servers.split(",")),
        store="memory://",
        datadir=_folder(settings, worker_id),
        web_enabled=False,  # stream/web.py has the pages
        # exactly_once lost records when a worker was killed; ours is at least once, and the tables make it once
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        # a member that comes back under its name is given its partitions back; the survivors pause for 0.5 s, not 4 s
        consumer_group_instance_id=f"{GROUP}-{worker_id}",
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=15.0,
        broker_commit_interval=1.0,
        # Faust counts records, and one of ours holds up to 100 posts: its own 4,096 would be no back-pressure
        broker_max_poll_records=64,
        stream_buffer_maxsize=32,
        # Faust would drain its whole buffer inside a rebalance, and be thrown out while the database is down
        stream_wait_empty=False,
        topic_disable_leader=True,
        # Faust ignores a topic that is missing; `ingest.kafka.ensure_topics` makes them before any worker starts
        topic_allow_declare=False,
    )
    limits = Limits(settings.batch_tokens, settings.batch_posts, settings.batch_wait_s)
    todo = work(settings, classifier, database, vitals, offer)
    backlog = partial(TopicOffsets(settings.bootstrap_servers, RAW, timeout_s=LAG_LIMIT_S).backlog, GROUP)
    Intake(app, todo, backlog, limits, vitals.pulse, vitals.stop).attach(RAW)
    return app


def work(settings: Settings, classifier: Classifier, database: Database, vitals: Vitals, offer: Offer) -> Work:
    """What the intake's worker threads do with a batch: the pipeline, counted and timed."""
    pulse, metrics = vitals.pulse, vitals.metrics

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        with metrics.timed(name):
            yield
        pulse.progressed()

    def on_retry(error: Transient) -> None:
        log.warning("tried again: %s", error)
        metrics.retries.labels(type(error).__name__).inc()
        pulse.progressed()

    pipeline = Pipeline(
        classifier=classifier,
        store=database.posts,
        publisher=KafkaPublisher(settings.bootstrap_servers, make_producer=_quiet_producer),
        request=replies.request,
        now=_now,
        retry=retrying(vitals.stop, on_retry),
        stage=stage,
    )

    # of the batches that may not be stored yet; the next one knows their posts before the database does
    prepared_ahead: deque[Prepared] = deque(maxlen=BATCHES_AHEAD)
    settled_ahead: deque[Settled] = deque(maxlen=BATCHES_AHEAD)

    def prepare(records: Sequence[Record]) -> Prepared:
        prepared = pipeline.prepare(records, tuple(prepared_ahead))
        prepared_ahead.append(prepared)
        return prepared

    def finish(judged: Judged, closed: Closed) -> None:
        settled = settle(judged, tuple(settled_ahead))
        settled_ahead.append(settled)
        outcome = pipeline.finish(settled)
        offer(settled.scored)
        metrics.count(outcome, closed)
        pulse.progressed(outcome.read)
        for letter in outcome.letters:
            log.warning("dead letter %s: %s: %a", letter.origin, letter.error, letter.reason)

    return Work(prepare, pipeline.judge, finish)


def start_timers(settings: Settings, database: Database, drafting: Drafting, stop: Event, pulse: Pulse) -> None:
    """Threads that step the surges, send notifications and write drafts; workers share the work by database locks.

    Raises:
        SetupError: the configuration has a fault, or a receiver's address or secret is not one.
    """

    def draft() -> None:
        drafting.work_off(database.drafts, database.incidents, _now, lambda: is_behind(pulse), stop)

    alerts.start(settings, database, stop)
    timers.every(DRAFTS_EVERY_S, "drafts", draft, stop)
    start_handovers(settings, database, stop)


def is_behind(pulse: Pulse) -> bool:
    """Whether posts wait to be classified, so that what is less urgent gives way."""
    return max(pulse.unfinished, sum(pulse.lag.values())) > LAG_THAT_WAITS


def start_rescoring(settings: Settings, database: Database, serving: Serving, worker_id: int, vitals: Vitals) -> None:
    """A thread that judges posts again that somebody wants judged again, while no new post waits."""
    retry = retrying(vitals.stop, _log_wait)
    rescorer = rescoring.Rescorer(
        database.posts, database.rescoring, serving, lambda: is_behind(vitals.pulse), retry, vitals.stop
    )
    read = partial(
        rescoring.read_orders, rescorer, rescoring.consumer_settings(settings.bootstrap_servers, worker_id), vitals.stop
    )
    timers.every(RESCORING_AGAIN_S, "rescoring", read, vitals.stop)


def start_handovers(settings: Settings, database: Database, stop: Event) -> None:
    """A thread that hands approved replies over, where somebody takes them. Raises SetupError."""
    notifier = handover.helpdesk(settings, make_client())
    if notifier is not None:
        timers.every(
            OUTBOX_EVERY_S, "hand-over", lambda: handover.hand_over(database.handovers, notifier, _now, Random()), stop
        )


def pages(vitals: Vitals, worker_id: int, watchdog_s: float) -> dict[str, web.Page]:
    """The pages of the web port, by path."""

    def show_health() -> tuple[int, str, bytes]:
        status, body = health(
            vitals.pulse,
            worker_id=worker_id,
            model_version=vitals.serving.version if vitals.serving is not None else None,
            refused={version: why for version, (_, why) in tuple(vitals.refused.items())},
            watchdog_s=watchdog_s,
        )
        return status, "application/json", body

    return {
        "/health": show_health,
        "/metrics": lambda: (200, CONTENT_TYPE, vitals.metrics.exposition()),
    }


class _Worker(faust.Worker):
    """Faust's own, which in addition says at once that it was asked to stop: Faust's signal for that comes late."""

    def __init__(self, app: faust.App, on_stop_asked: Callable[[], object]) -> None:
        super().__init__(app, quiet=True, override_logging=False, redirect_stdouts=False)
        self.spinner = None  # its escape sequences would land in a log
        self._on_stop_asked = on_stop_asked

    def _schedule_shutdown(self, signal: Signals) -> None:
        self._on_stop_asked()
        super()._schedule_shutdown(signal)


def _run_until_signal(app: faust.App, vitals: Vitals) -> int:
    """Run the app on this thread's event loop; SIGTERM and SIGINT end it. Returns the exit code."""

    def stop_asked() -> None:
        vitals.pulse.state = State.STOPPING
        # a batch that waits for a dead database gives up, one that gets on is let finish
        vitals.stop.set()
        watchdog.end_within(LEAVE_LIMIT_S)

    worker = _Worker(app, stop_asked)
    try:
        worker.execute_from_commandline()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1


def _quiet_producer(settings: dict[str, Any]) -> Producer:
    """Four lines a second say that the broker is down; `on_retry` says it once an attempt."""
    return Producer(settings | {"log_level": 2})


def _log_wait(error: Transient) -> None:
    log.warning("waits for the registry of models: %s", error)


def _folder(settings: Settings, worker_id: int) -> str:
    """Faust insists on a folder, though nothing of ours is kept in it."""
    folder = settings.data_dir / "faust" / str(worker_id)
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _now() -> datetime:
    return datetime.now(UTC)
