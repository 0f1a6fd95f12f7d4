"""Whether this machine and these settings are fit to start: one sentence a finding, and nothing is started."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.errors import ModelUnusable, SetupError
from core.settings import Settings
from groundswell import kafka_server, leftovers, postgres_server, probes
from groundswell.datafolder import DataFolder
from groundswell.stack import Choice, Listener, listeners

MIN_DISK_BYTES = 3_000_000_000
"""Jars, an empty cluster, Kafka's segments and Airflow's logs are about 0.5 GB; the rest is a day's posts."""

MIN_MEMORY_BYTES = 4_000_000_000
"""Measured, in MB: worker 830, Airflow 730, Kafka 240, dashboard 140, PostgreSQL 70; the rest is for what else runs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `sentence` says what is wrong and what to do, or what was found."""

    subject: str
    ok: bool
    sentence: str


def look(settings: Settings, choice: Choice) -> Iterator[Finding]:
    """Every check; `settings` are resolved."""
    folder = DataFolder(settings.data_dir)
    yield data_folder(folder)
    yield lock(folder)
    yield disk(settings.data_dir, MIN_DISK_BYTES)
    yield memory(MIN_MEMORY_BYTES)
    yield weights(settings.weights)
    yield sources(settings.sources)
    yield from ports(listeners(settings, choice))
    if not choice.kafka:
        yield _outside_kafka(settings.bootstrap_servers)
    if not choice.postgres:
        yield _outside_postgres(settings.dsn.get_secret_value())
    if choice.airflow:
        yield _airflow()


def data_folder(folder: DataFolder) -> Finding:
    """Whether the data folder, which need not be there yet, can be written."""
    fault = folder.fault()
    return Finding("data folder", fault is None, fault or f"{folder.root} can be written")


def lock(folder: DataFolder) -> Finding:
    """Whether another `up` runs on the data folder."""
    owner = folder.owner()
    if owner is not None:
        return Finding("lock", False, folder.in_use(owner))
    if left := leftovers.running(folder.processes_path):
        names = ", ".join(left)
        return Finding("lock", False, f"an earlier run left {names}; `groundswell down` ends them, and so does `up`")
    return Finding("lock", True, "no other `up` runs on it")


def disk(folder: Path, least: int) -> Finding:
    """Whether the disk of a folder, which need not be there yet, has this many bytes left."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = psutil.disk_usage(str(there)).free
    if free >= least:
        return Finding("disk", True, f"{_gb(free)} free")
    return Finding("disk", False, f"the disk of {folder} has {_gb(free)} left, and {_gb(least)} are needed")


def memory(least: int) -> Finding:
    """Whether this many bytes of memory are left to us, in a container too."""
    available = psutil.virtual_memory().available
    limit, used = _cgroup("memory.max"), _cgroup("memory.current")
    if limit is not None and used is not None:
        # what is cached of files is counted as used, and is given back when it is needed
        available = min(available, limit - used + (_cgroup("memory.stat", "inactive_file ") or 0))
    if available >= least:
        return Finding("memory", True, f"{_gb(available)} available")
    hint = "stop something else first"
    return Finding("memory", False, f"{_gb(available)} of memory are available, and {_gb(least)} are needed; {hint}")


def _cgroup(name: str, prefix: str = "") -> int | None:
    try:
        lines = Path("/sys/fs/cgroup", name).read_text().splitlines()
        return int(next(line for line in lines if line.startswith(prefix)).removeprefix(prefix))
    except (OSError, ValueError, StopIteration):  # no such file outside a container, and "max" for no limit
        return None


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def weights(folder: Path) -> Finding:
    """Whether the classifier's artefact is whole; the tensors are not loaded, only their headers are read."""
    from safetensors import SafetensorError, safe_open

    from models.artefact import read_description

    try:
        version = read_description(folder).version
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise ModelUnusable(f"there are no weights in {folder}: no safetensors file")
        for file in files:
            try:
                with safe_open(file, framework="np") as tensors:
                    tensors.keys()
            except (SafetensorError, OSError) as exc:
                raise ModelUnusable(f"{file.name} in {folder} is damaged: {exc}") from exc
    except ModelUnusable as exc:
        return Finding("weights", False, f"{exc}; point GROUNDSWELL_WEIGHTS at a folder that is whole")
    return Finding("weights", True, f"model {version}")


def sources(text: str) -> Finding:
    """Whether the sites to scrape are written as they should be."""
    from ingest.sources import parse_sources

    try:
        count = len(parse_sources(text))
    except SetupError as exc:
        return Finding("sources", False, str(exc))
    return Finding("sources", True, f"{count} sites" if count else "the demo's")


def ports(listeners: Sequence[Listener]) -> Iterator[Finding]:
    """Whether each port is free, and nobody's but one part's."""
    taken: dict[int, str] = {}
    for listener in listeners:
        number, setting = listener.port, f"GROUNDSWELL_{listener.setting.upper()}"
        subject = f"port {number}"
        if number in taken:
            yield Finding(subject, False, f"{taken[number]} and {listener.part} have port {number}; change {setting}")
        elif probes.is_free(number):
            yield Finding(subject, True, f"free, for {listener.part}")
        else:
            yield Finding(subject, False, f"port {number}, for {listener.part}, is in use; set {setting} to another")
        taken[number] = listener.part


def _outside_kafka(bootstrap_servers: str) -> Finding:
    ok = kafka_server.answers(bootstrap_servers, timeout_s=5)
    said = f"Kafka at {bootstrap_servers} " + ("answers" if ok else "does not answer; see --bootstrap-servers")
    return Finding("kafka", ok, said)


def _outside_postgres(dsn: str) -> Finding:
    # the DSN may hold a password, so it is not printed
    ok = postgres_server.answers(dsn)
    return Finding("postgres", ok, "the PostgreSQL of --dsn " + ("answers" if ok else "does not answer or refuses us"))


def _airflow() -> Finding:
    if importlib.util.find_spec("airflow") is not None:
        return Finding("airflow", True, "installed")
    return Finding("airflow", False, "Airflow is not installed; install it, or leave it out with --no-airflow")
