"""The folder of the local stack: its lock, its secrets, its logs, and where each part keeps its files."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import SetupError


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths below `root`, which is absolute; nothing is made before `prepare()`."""

    root: Path

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def airflow(self) -> Path:
        return self.root / "airflow"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def status_path(self) -> Path:
        """What a running `up` says about its parts, for whoever asks from outside."""
        return self.root / "run" / "status.json"

    @property
    def processes_path(self) -> Path:
        """Which processes a running `up` has started, so that nothing outlives it."""
        return self.root / "run" / "processes.json"

    @property
    def _lock_path(self) -> Path:
        return self.root / "run" / "lock"

    def prepare(self) -> None:
        """Make the folder and those that `up` itself writes to.

        Raises:
            SetupError: the folder cannot be written.
        """
        try:
            for folder in (self.logs, self._lock_path.parent):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.root / "run" / f"probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as exc:
            raise SetupError(self._unwritable(exc.strerror)) from exc

    def fault(self) -> str | None:
        """What is wrong with the folder, found out without making it; `None` when nothing is."""
        there = next(path for path in (self.root, *self.root.parents) if path.exists())
        if not there.is_dir():
            return self._unwritable(f"{there} is not a folder")
        if not os.access(there, os.W_OK | os.X_OK):
            return self._unwritable(f"no right to write in {there}")
        return None

    def _unwritable(self, why: str | None) -> str:
        return f"the data folder {self.root} cannot be written ({why}); choose another with --data-dir"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; the lock goes with the process, however that ends.

        Raises:
            SetupError: another `up` holds it.
        """
        with self._lock_path.open("a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SetupError(self.in_use(self.owner())) from None
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            try:
                yield
            finally:
                self._lock_path.unlink(missing_ok=True)
                self.status_path.unlink(missing_ok=True)

    def in_use(self, owner: int | None) -> str:
        """The sentence for a second `up` on the same data."""
        return (
            f"another `groundswell up` (pid {owner}) runs on {self.root}; "
            "stop it with `groundswell down`, or choose another folder with --data-dir"
        )

    def owner(self) -> int | None:
        """Pid of the `up` that holds the folder, or `None`."""
        try:
            with self._lock_path.open("r") as handle:
                try:
                    fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(handle.read() or 0)
        except FileNotFoundError:
            pass
        return None

    def secrets(self) -> dict[str, str]:
        """Keys of this data folder, made once and readable by its owner alone."""
        path = self.root / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        made = {name: value for name, value in _new_secrets().items() if name not in known}
        if made:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as file:
                json.dump(known | made, file, indent=1)
        return known | made


def _new_secrets() -> dict[str, str]:
    return {
        "author_key": secrets.token_hex(32),
        # Standard Webhooks: 24 to 64 random bytes, base64, with this prefix
        "webhook_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        # HS512 wants a key of 64 bytes
        "airflow_secret": secrets.token_hex(32),
    }
