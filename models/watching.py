"""Shows a training run to whoever waits for it: a progress bar or lines with time left, and TensorBoard logs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

from models.checkpoint import Position
from models.training import Watcher

LOG_EVERY = 20
"""Steps between two points of a curve."""
LINE_EVERY_S = 30.0
"""Between two lines of a run that writes to a file or a pipe, where a bar cannot be drawn."""

TELLS: Final = 0.01
"""From this share of a run on, what it took says how long the rest will take."""


class Everyone:
    """Passes each step on to several watchers."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        for watcher in self._watchers:
            watcher.advanced(progress, position, losses, learning_rate)


class Smooth:
    """The losses of the last steps, as one short text."""

    def __init__(self) -> None:
        self._means: dict[str, float] = {}

    def add(self, losses: dict[str, float]) -> str:
        """Take one step's losses, and say where the means stand."""
        for task, loss in losses.items():
            self._means[task] = 0.95 * self._means.get(task, loss) + 0.05 * loss
        return " ".join(f"{task} {loss:.2f}" for task, loss in sorted(self._means.items()))


class Bar:
    """A progress bar with the losses of the last steps; the time left follows the schedule, not the step count."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("training", total=1.0, losses="")
        self._smooth = Smooth()

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        self._progress.update(
            self._task, completed=progress, losses=f"step {position.step:,}  {self._smooth.add(losses)}"
        )


class Lines:
    """A plain line now and then, with the share done, the time left and the losses of the last steps."""

    def __init__(self, write: Callable[[str], None], now_s: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._now_s = now_s
        self._written_s: float | None = None
        self._smooth = Smooth()

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        shown = self._smooth.add(losses)
        now_s = self._now_s()
        if self._written_s is not None and now_s - self._written_s < LINE_EVERY_S and progress < 1:
            return
        self._written_s = now_s
        left = "begun"
        if progress >= TELLS:
            left = f"about {position.elapsed_s * (1 - progress) / progress / 60:.0f} min left"
        self._write(f"{progress:.1%}, step {position.step:,}, {left}: {shown}")


class Curves:
    """Loss of each task and the learning rate, as TensorBoard reads them; a resumed run continues its curves."""

    def __init__(self, writer: SummaryWriter) -> None:
        self._writer = writer

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        if position.step % LOG_EVERY:
            return
        for task, loss in losses.items():
            self._writer.add_scalar(f"loss/{task}", loss, position.step)
        self._writer.add_scalar("learning rate", learning_rate, position.step)


@contextmanager
def watching(logs: Path, console: Console) -> Iterator[Watcher]:
    """A bar on a terminal or else a line every half minute, and curves in the folder, while the context is open."""
    writer = SummaryWriter(str(logs))
    try:
        if console.is_terminal:
            with Progress(*_columns(), console=console) as progress:
                yield Everyone([Bar(progress), Curves(writer)])
        else:
            yield Everyone([Lines(lambda line: print(line, flush=True)), Curves(writer)])
    finally:
        writer.close()


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )
