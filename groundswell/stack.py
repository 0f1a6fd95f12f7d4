"""Which parts a local stack has, in the order they start: the settings in, a list of `Part` out."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from core.settings import Settings
from groundswell import airflow_parts, kafka_server, postgres_server, probes, schema
from groundswell.datafolder import DataFolder
from groundswell.kafka_server import KafkaServer
from groundswell.parts import Part, Say
from groundswell.postgres_server import PostgresServer
from ingest.configured import configured, find_file
from ingest.sources import Kind, parse_sources

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds the packages, `dags` and `dashboard` among them."""

SERVERS, WORKERS, PAGES, SCRAPERS = range(4)
"""Waves of stopping, the last one first: nothing loses what it needs while it still runs."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a stack this machine is to run."""

    workers: int = 1
    kafka: bool = True
    postgres: bool = True
    airflow: bool = True

    @property
    def essential(self) -> frozenset[str]:
        """The parts that must be ready before the stack is of use."""
        return frozenset({"dashboard", *worker_names(self.workers)})


def worker_names(count: int) -> list[str]:
    return ["worker"] if count == 1 else [f"worker-{index}" for index in range(count)]


def choose(settings: Settings, *, workers: int = 1, airflow: bool = True) -> Choice:
    """Kafka and PostgreSQL run here unless their address was given, be it the one that ours would have."""
    return Choice(
        workers=workers,
        kafka="bootstrap_servers" not in settings.model_fields_set,
        postgres="dsn" not in settings.model_fields_set,
        airflow=airflow,
    )


def resolve(settings: Settings, choice: Choice) -> Settings:
    """Paths made absolute, the configuration's sources and the addresses of what runs here filled in.

    Raises:
        SetupError: the configuration has a fault.
    """
    file = find_file(settings.config)
    settings, _ = configured(settings)
    changes: dict[str, object] = {
        "data_dir": settings.data_dir.expanduser().resolve(),
        "weights": settings.weights.expanduser().resolve(),
        "kafka_jars": settings.kafka_jars.expanduser().resolve(),
        "config": str(file.resolve()) if file is not None else "",
        "watchlist": str(Path(settings.watchlist).expanduser().resolve()) if settings.watchlist else "",
        # cores are shared out, since each worker's matrix products would take all of them
        "classifier_threads": settings.classifier_threads or max(1, (os.cpu_count() or 1) // choice.workers),
    }
    folder = DataFolder(settings.data_dir.expanduser().resolve())
    if choice.kafka:
        changes["bootstrap_servers"] = kafka(settings, folder).bootstrap_servers
    if choice.postgres:
        changes["dsn"] = SecretStr(postgres(settings, folder).dsn())
    if settings.dashboard_url == Settings.model_fields["dashboard_url"].default:
        changes["dashboard_url"] = f"http://127.0.0.1:{settings.dashboard_port}"
    return settings.model_copy(update=changes)


def with_secrets(settings: Settings, folder: DataFolder) -> Settings:
    """The data folder's own keys in place of the defaults, which anyone may read; needs a folder that is prepared."""
    own = folder.secrets()
    defaults = Settings.model_fields
    changes = {
        name: SecretStr(own[name])
        for name in ("author_key", "webhook_secret", "airflow_secret")
        if getattr(settings, name) == defaults[name].default
    }
    return settings.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a part will take, and the setting that moves it."""

    part: str
    port: int
    setting: str


def listeners(settings: Settings, choice: Choice) -> list[Listener]:
    """Every port the stack takes on the loopback address."""
    ports = []
    if choice.kafka:
        ports += [
            Listener("Kafka", settings.kafka_port, "kafka_port"),
            Listener("Kafka's controller", settings.kafka_controller_port, "kafka_controller_port"),
        ]
    if choice.postgres:
        ports.append(Listener("PostgreSQL", settings.postgres_port, "postgres_port"))
    if not settings.sources:
        ports.append(Listener("the demo", settings.demo_port, "demo_port"))
    for index, name in enumerate(worker_names(choice.workers)):
        ports.append(Listener(name, settings.worker_port + index, "worker_port"))
    ports.append(Listener("the dashboard", settings.dashboard_port, "dashboard_port"))
    ports.append(Listener("the API", settings.api_port, "api_port"))
    if _has_push(settings):
        ports.append(Listener("push", settings.push_port, "push_port"))
    if choice.airflow:
        ports.append(Listener("Airflow", settings.airflow_port, "airflow_port"))
    return ports


def environment(settings: Settings) -> dict[str, str]:
    """Our own environment with every setting written out, so that all parts read the same."""
    written = {}
    for name, value in settings:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        written[f"GROUNDSWELL_{name.upper()}"] = str(plain)
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **written}


def kafka(settings: Settings, folder: DataFolder) -> KafkaServer:
    return KafkaServer(folder.kafka, settings.kafka_port, settings.kafka_controller_port)


def postgres(settings: Settings, folder: DataFolder) -> PostgresServer:
    # Airflow's components keep some forty connections between them
    return PostgresServer(folder.postgres, settings.postgres_port, {"max_connections": "200"})


def parts(settings: Settings, choice: Choice, folder: DataFolder) -> list[Part]:
    """Every part of the stack; `settings` are resolved and bear the folder's secrets."""
    env = environment(settings)
    servers = [
        *([_kafka_part(settings, folder, env)] if choice.kafka else []),
        *([_postgres_part(settings, folder, env)] if choice.postgres else []),
    ]
    made = [
        *servers,
        _schema(settings, choice, folder, after=tuple(part.name for part in servers)),
        *([_demo(settings, env)] if not settings.sources else []),
        *(_worker(settings, env, index, name) for index, name in enumerate(worker_names(choice.workers))),
        _dashboard(settings, env),
        _api(settings, env),
        *([_push(settings, env)] if _has_push(settings) else []),
    ]
    # last, so that a slow start of theirs keeps nobody waiting
    after = tuple(sorted(choice.essential))
    made += _airflow(settings, env, folder, after) if choice.airflow else [_scraper(env, after)]
    return made


def _kafka_part(settings: Settings, folder: DataFolder, env: dict[str, str]) -> Part:
    server = kafka(settings, folder)

    def prepare(say: Say) -> None:
        jars = kafka_server.fetch(settings.kafka_jars, lambda done, of: say(f"fetching {done} of {of} jars"))
        say("formatting")
        server.prepare(jars)

    return Part(
        "kafka",
        prepare=prepare,
        command=server.command,
        env=env,
        ready=lambda: kafka_server.answers(server.bootstrap_servers),
        port=server.port,
        wave=SERVERS,
    )


def _postgres_part(settings: Settings, folder: DataFolder, env: dict[str, str]) -> Part:
    server = postgres(settings, folder)

    def prepare(say: Say) -> None:
        say("making the cluster")
        server.prepare()

    return Part(
        "postgres",
        prepare=prepare,
        command=server.command,
        env=env,
        cwd=Path("/"),
        identity=server.identity,
        ready=lambda: postgres_server.answers(server.dsn("postgres")),
        port=server.port,
        stop_signal=signal.SIGINT,
        wave=SERVERS,
    )


def _schema(settings: Settings, choice: Choice, folder: DataFolder, after: tuple[str, ...]) -> Part:
    def prepare(say: Say) -> None:
        if choice.postgres:
            postgres(settings, folder).create_database("groundswell")
        schema.make(settings, airflow=choice.airflow, say=say)

    return Part("schema", after=after, prepare=prepare)


def _demo(settings: Settings, env: dict[str, str]) -> Part:
    address = f"http://127.0.0.1:{settings.demo_port}"
    return Part(
        "demo",
        after=("schema",),
        command=lambda: [sys.executable, "-m", "groundswell.demo"],
        env=env,
        ready=lambda: probes.is_up(f"{address}/health"),
        port=settings.demo_port,
        stop_limit_s=2.0,
        wave=PAGES,
    )


def _worker(settings: Settings, env: dict[str, str], index: int, name: str) -> Part:
    port = settings.worker_port + index
    own = {
        "OMP_NUM_THREADS": str(settings.classifier_threads),
        # the encoder comes from a package and the weights from a folder: no hub is ever asked
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        # each thread's own arena of the C library would keep what it once held
        "MALLOC_ARENA_MAX": "2",
    }
    return Part(
        name,
        after=("schema",),
        command=lambda: [sys.executable, "-m", "stream", "--worker-id", str(index), "--web-port", str(port)],
        env=env | own,
        ready=lambda: probes.is_up(f"http://127.0.0.1:{port}/health"),
        port=port,
        stop_limit_s=7.0,
        wave=WORKERS,
    )


def _has_push(settings: Settings) -> bool:
    return any(source.kind is Kind.PUSH for source in parse_sources(settings.sources))


def _push(settings: Settings, env: dict[str, str]) -> Part:
    return Part(
        "push",
        after=("schema",),
        command=lambda: [sys.executable, "-m", "groundswell.push"],
        env=env,
        ready=lambda: probes.is_up(f"http://{settings.push_host}:{settings.push_port}/health"),
        port=settings.push_port,
        wave=PAGES,
    )


def _dashboard(settings: Settings, env: dict[str, str]) -> Part:
    address = f"http://127.0.0.1:{settings.dashboard_port}"
    options = {
        "server.headless": "true",
        "server.address": "127.0.0.1",
        "server.port": str(settings.dashboard_port),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return Part(
        "dashboard",
        after=("schema",),
        command=lambda: [sys.executable, "-m", "dashboard", *arguments],
        env=env,
        # its theme stands in .streamlit beside the pages
        cwd=ROOT / "dashboard",
        ready=lambda: probes.is_up(f"{address}/_stcore/health"),
        port=settings.dashboard_port,
        stop_limit_s=2.0,
        wave=PAGES,
        url=address,
    )


def _api(settings: Settings, env: dict[str, str]) -> Part:
    here = settings.api_host if settings.api_host not in ("", "0.0.0.0", "::") else "127.0.0.1"
    address = f"http://{here}:{settings.api_port}"
    return Part(
        "api",
        after=("schema",),
        command=lambda: [sys.executable, "-m", "dashboard.api"],
        env=env,
        ready=lambda: probes.is_up(f"{address}/health"),
        port=settings.api_port,
        stop_limit_s=3.0,
        wave=PAGES,
        url=f"{address}/openapi.json",
    )


def _scraper(env: dict[str, str], after: Sequence[str]) -> Part:
    return Part(
        "scraper",
        after=tuple(after),
        command=lambda: [sys.executable, "-m", "groundswell.scraper"],
        env=env,
        stop_limit_s=3.0,
        wave=SCRAPERS,
    )


def _airflow(settings: Settings, env: dict[str, str], folder: DataFolder, after: Sequence[str]) -> list[Part]:
    dsn = urlsplit(settings.dsn.get_secret_value())._replace(path=f"/{airflow_parts.DATABASE}").geturl()
    own = airflow_parts.environment(
        home=folder.airflow,
        dags=ROOT / "dags",
        dsn=dsn,
        port=settings.airflow_port,
        secret=settings.airflow_secret.get_secret_value(),
    )
    return airflow_parts.parts(env | own, port=settings.airflow_port, after=tuple(after), wave=SCRAPERS)
