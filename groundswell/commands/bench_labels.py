"""`groundswell bench labels`: what the label queue saves, beside labelling at random."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError
from core.guidelines import Task

if TYPE_CHECKING:
    from groundswell.benchmarks.labels import Curve


def labels(
    data: Annotated[Path, typer.Option(help="Folder that holds the data sets by name.")],
    task: Annotated[list[Task] | None, typer.Option(help="topic, sentiment or intent; may be repeated.")] = None,
    start: Annotated[int, typer.Option(min=20, help="Labels drawn at random, the same for both.")] = 300,
    batch: Annotated[int, typer.Option(min=1, help="Labels between two models.")] = 50,
    most: Annotated[int, typer.Option(min=40, help="Labels at the end.")] = 1_500,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each.")] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """The label queue's choice beside a random one at equal counts of labels, on the frozen encoder."""
    from groundswell.benchmarks.labels import Plan, measure, read

    if most < start + batch:
        raise SetupError("--most leaves no batch after --start")
    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise SetupError(f"there is no folder {json_file.absolute().parent} to write the figures to")

    def say(what: str) -> None:
        typer.echo(what, err=True)

    curves = [measure(read(data, one, say), Plan(start, batch, most, seeds), say) for one in task or [Task.TOPIC]]
    for curve in curves:
        _show(curve)
    if json_file is not None:
        content = {curve.task: curve.as_dict() for curve in curves}
        json_file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _show(curve: Curve) -> None:
    from rich.console import Console
    from rich.table import Table

    from groundswell.benchmarks.labels import QUEUE, RANDOM

    table = Table(box=None, header_style="bold", title=f"{curve.task}: macro-F1 by number of labels")
    for title in ("labels", "random", "queue", "queue better by (least to most over seeds)"):
        table.add_column(title, justify="right")
    rows = zip(curve.counts, curve.mean(RANDOM), curve.mean(QUEUE), curve.gain(), strict=True)
    every = max(1, len(curve.counts) // 8)
    for place, (count, random, queue, gain) in enumerate(rows):
        if place % every == 0 or place == len(curve.counts) - 1:
            table.add_row(f"{count:,}", f"{random:.3f}", f"{queue:.3f}", "{:+.3f} ({:+.3f} to {:+.3f})".format(*gain))
    console = Console()
    console.print(table)
    saved = curve.saved()
    console.print(
        f"labels saved at the score of random's last: {sum(saved) / len(saved):.0%} "
        f"(over seeds {min(saved):.0%} to {max(saved):.0%})"
    )
