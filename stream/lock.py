"""One process an identity: two live workers with one group instance id would fence each other for ever."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from core.errors import SetupError


def hold(folder: Path, worker_id: int) -> IO[str]:
    """Take the lock of a worker's identity; it goes when the file is closed or the process ends, however it ends.

    Raises:
        SetupError: a live process holds it, or the folder cannot be written.
    """
    path = folder / f"worker-{worker_id}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as exc:
        raise SetupError(f"cannot write {path}: {exc.strerror}") from exc
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        file.close()
        raise SetupError(f"worker {worker_id} runs already: {path} is locked") from exc
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
