"""Sees to it that no process outlives `groundswell up`, even when that is killed with SIGKILL.

`up` writes down each process it starts. A guard, started first, waits for the end of its standard input, which comes
when `up` is gone however it went, and then ends whatever is still written down. It is run as
`python -m groundswell.leftovers FOLDER`. A later `up` or `down` does the same, in case the guard was killed too.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

GRACE_S = 4.0
"""Between SIGTERM and SIGKILL."""


def write_down(path: Path, processes: Mapping[str, psutil.Process]) -> None:
    """Replace the list of what runs; a pid counts only with its start time, since pids are used again."""
    entries = {}
    for name, process in processes.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            entries[name] = [process.pid, process.create_time()]
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(entries))
    draft.replace(path)


def running(path: Path) -> dict[str, psutil.Process]:
    """By name, every process that is written down and still runs."""
    found = {}
    if path.exists():
        for name, (pid, created) in json.loads(path.read_text() or "{}").items():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 1.0:
                    found[name] = process
    return found


def end_all(path: Path) -> list[str]:
    """End every process that is written down and still runs, with its group and children; returns their names."""
    found = running(path)
    end(found.values(), GRACE_S)
    path.unlink(missing_ok=True)
    return list(found)


def end(leaders: Iterable[psutil.Process], grace_s: float) -> None:
    """SIGTERM to each process and its group, then SIGKILL to what is left of it and of its children."""
    leaders = list(leaders)
    family = with_children(leaders)
    for leader in leaders:
        signal_group(leader.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=grace_s)
    for leader in leaders:
        signal_group(leader.pid, signal.SIGKILL)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def known(pids: Iterable[int]) -> list[psutil.Process]:
    """Those of the processes that are there."""
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


def with_children(leaders: Iterable[psutil.Process]) -> list[psutil.Process]:
    family = []
    for leader in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            family += [leader, *leader.children(recursive=True)]
    return family


def signal_group(leader: int, how: signal.Signals) -> None:
    """To a process and all of its group; each part leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, how)


def guard(path: Path) -> None:
    """Wait until whoever started us is gone, then end what it left."""
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(how, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_all(path)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
