"""Shows a training run to whoever waits for it: a progress bar with time left, and TensorBoard logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

from models.checkpoint import Position
from models.training import Watcher

LOG_EVERY = 20
"""Steps between two points of a curve."""


class Everyone:
    """Passes each step on to several watchers."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        for watcher in self._watchers:
            watcher.advanced(progress, position, losses, learning_rate)


class Bar:
    """A progress bar with the losses of the last steps; the time left follows the schedule, not the step count."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("training", total=1.0, losses="")
        self._smooth: dict[str, float] = {}

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        for task, loss in losses.items():
            self._smooth[task] = 0.95 * self._smooth.get(task, loss) + 0.05 * loss
        shown = " ".join(f"{task} {loss:.2f}" for task, loss in sorted(self._smooth.items()))
        self._progress.update(self._task, completed=progress, losses=f"step {position.step:,}  {shown}")


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
    """A bar on the console and curves in the folder, for as long as the context is open."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )
    writer = SummaryWriter(str(logs))
    try:
        with Progress(*columns, console=console) as progress:
            yield Everyone([Bar(progress), Curves(writer)])
    finally:
        writer.close()
