"""Shows what the parts are doing: a live table in a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import psutil
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from groundswell.leftovers import known, with_children
from groundswell.supervisor import State, Supervised

MEMORY_EVERY_S = 3.0
COLOURS = {
    State.READY: "green",
    State.DONE: "green",
    State.RESTARTING: "red",
    State.STARTING: "yellow",
    State.PREPARING: "yellow",
}


class View(Protocol):
    """What `up` shows its parts on."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, parts: Sequence[Supervised]) -> None:
        """Called a few times a second."""
        ...

    def say(self, line: str) -> None:
        """One line that stays."""
        ...


def age(seconds: float | None) -> str:
    """
    >>> [age(s) for s in (None, 5, 65, 3700, 90_000)]
    ['', '5s', '1m05s', '1h01m', '25h00m']
    """
    if seconds is None:
        return ""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def row(part: Supervised, now: float, memory_mb: float | None) -> list[str]:
    """One part's cells: name, state, port, age, memory, restarts, log."""
    state = f"{part.state}: {part.detail}" if part.detail else str(part.state)
    return [
        part.part.name,
        state,
        str(part.part.port or ""),
        age(None if part.started_at is None or part.process is None else now - part.started_at),
        "" if memory_mb is None else f"{memory_mb:,.0f} MB",
        str(part.restarts or ""),
        _short(part.log) if not part.part.is_step or part.restarts else "",
    ]


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def memory_mb(pid: int) -> float | None:
    """Memory of a process and its children; pages that several share are counted once where the system can tell."""
    total = 0
    for process in with_children(known([pid])):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += _own_bytes(process)
    return total / 1e6 if total else None


def _own_bytes(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    except psutil.AccessDenied:  # another user's, as PostgreSQL is for root in some containers
        plain = process.memory_info()
        return int(plain.rss - getattr(plain, "shared", 0))


class LiveTable:
    """The table, drawn again in place."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._memory: dict[str, float | None] = {}
        self._measured_at = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, parts: Sequence[Supervised]) -> None:
        now = time.monotonic()
        if now - self._measured_at > MEMORY_EVERY_S:
            self._memory = {part.part.name: memory_mb(part.process.pid) for part in parts if part.process is not None}
            self._measured_at = now
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("part", "state", "port", "age", "memory", "restarts", "log"):
            table.add_column(title, justify="right" if title in ("port", "age", "memory", "restarts") else "left")
        for part in parts:
            cells = [escape(cell) for cell in row(part, now, self._memory.get(part.part.name))]
            colour = COLOURS.get(part.state)
            cells[1] = f"[{colour}]{cells[1]}[/]" if colour else cells[1]
            table.add_row(*cells)
        self._live.update(Group(table, "", *_links(parts), "Ctrl-C stops it all."), refresh=True)

    def say(self, line: str) -> None:
        self._live.console.print(line, markup=False)


def _links(parts: Iterable[Supervised]) -> list[str]:
    return [f"{part.part.name}: {part.part.url}" for part in parts if part.part.url and part.state is State.READY]


class Lines:
    """One line a change of state, with the seconds since the start; for logs and pipes."""

    def __init__(self) -> None:
        self._began_at = time.monotonic()
        self._last: dict[str, tuple[State, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, parts: Sequence[Supervised]) -> None:
        for part in parts:
            # the progress of one stage is for eyes on a terminal
            detail = part.detail if part.state is State.RESTARTING else ""
            if self._last.get(part.part.name, (State.WAITING, "")) != (part.state, detail):
                self._last[part.part.name] = (part.state, detail)
                more = f": {detail} (log: {part.log})" if detail else ""
                link = f" {part.part.url}" if part.part.url and part.state is State.READY else ""
                self.say(f"{part.part.name} {part.state}{more}{link}")

    def say(self, line: str) -> None:
        print(f"[{time.monotonic() - self._began_at:6.1f} s] {line}", flush=True)


def view() -> View:
    """The table when a person looks on, lines otherwise."""
    console = Console()
    return LiveTable(console) if console.is_terminal else Lines()
