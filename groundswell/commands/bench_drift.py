"""`groundswell bench drift`: whether drift is seen in months that are shifted, and never in quiet ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError

if TYPE_CHECKING:
    from groundswell.benchmarks.drift import Figures


def drift(
    data: Annotated[Path, typer.Option(help="Folder of the public data sets, as docs/drift.md names them.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    months: Annotated[int, typer.Option(min=1, help="Quiet months, and as many of each shift.")] = 20,
    threads: Annotated[int, typer.Option(min=0, help="Of the classifier; 0 = all cores.")] = 0,
) -> None:
    """Months drawn of real days, quiet and shifted, and the real days in their order."""
    from core.settings import Settings
    from groundswell.benchmarks.drift import measure_drift
    from models.classifier import load_classifier

    if json_file is not None and not json_file.parent.is_dir():
        raise SetupError(f"there is no folder {json_file.parent} to write the figures to")
    reader = load_classifier(Settings().weights, threads=threads or None)
    figures = measure_drift(data, reader, months, lambda said: typer.echo(said, err=True))
    _show(figures)
    if json_file is not None:
        json_file.write_text(json.dumps(figures.as_dict(), indent=1) + "\n", encoding="utf-8")


def _show(figures: Figures) -> None:
    from rich.console import Console
    from rich.table import Table

    from core.drift import WINDOW_DAYS

    console = Console()
    console.print(f"quiet months: alarms in {figures.months_with_alarms} of {figures.months}, all channels together")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in (
        "shift",
        "channel",
        "size",
        f"seen within {WINDOW_DAYS} days",
        "median delay",
        "latest",
        "first seen by",
    ):
        table.add_column(title, justify="right" if title in ("median delay", "latest") else "left", overflow="fold")
    for one in figures.seen:
        found = sorted(delay for delay in one.delays if delay is not None)
        by = ", ".join(f"{name} {count}" for name, count in one.by.most_common(3))
        table.add_row(
            one.shift.name, one.shift.channel, one.shift.size, f"{one.in_time} of {len(one.delays)}",
            str(found[len(found) // 2]) if found else "", str(found[-1]) if found else "", by,
        )  # fmt: skip
    console.print(table)
    for channel, over in figures.since_then.items():
        said = ", ".join(f"{name} {days}" for name, days in over.items()) or "nothing"
        console.print(
            f"real days of {channel} in their order, over the line of {figures.watched[channel]} days: {said}"
        )
