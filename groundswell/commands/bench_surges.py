"""`groundswell bench surges`: how early and how rarely the detector cries, by the Numenta Anomaly Benchmark's score."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError

if TYPE_CHECKING:
    from groundswell.benchmarks.false_alarms import Rates
    from groundswell.benchmarks.nab import Figures


def surges(
    data: Annotated[Path, typer.Option(help="Folder with windows.json, profiles.json and the series they name.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    simulate: Annotated[
        int, typer.Option(min=0, help="Also watch so many simulated series of each kind for four weeks.")
    ] = 0,
) -> None:
    """The surge detector on labelled series, one threshold for all, beside a windowed Gaussian and fixed thresholds."""
    from groundswell.benchmarks import false_alarms
    from groundswell.benchmarks.nab import measure

    if json_file is not None and not json_file.parent.is_dir():
        raise SetupError(f"there is no folder {json_file.parent} to write the figures to")
    figures = measure(data, lambda name: typer.echo(f"reading {name}", err=True))
    _show(figures)
    content = figures.as_dict()
    if simulate:
        rates = false_alarms.simulate(simulate, 28, lambda name: typer.echo(f"simulating {name}", err=True))
        _show_rates(rates)
        content["simulated"] = false_alarms.as_dict(rates)
    if json_file is not None:
        json_file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _show(figures: Figures) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("detector", "standard", "low FP", "low FN", "windows", "false points"):
        table.add_column(title, justify="left" if title == "detector" else "right")
    for name in figures.outcomes:
        row = figures.scores(name)
        table.add_row(
            name, *(f"{row[f'nab_{profile}']:.1f}" for profile in ("standard", "low_fp", "low_fn")),
            f"{row['windows_hit']} of {row['windows']}", str(row["false_points"]),
        )  # fmt: skip
    console = Console()
    console.print(table)
    for name, outcome in figures.by_series.items():
        console.print(
            f"{name}: {len(outcome.hits)} of {outcome.windows} windows; false: "
            f"{', '.join(figures.false_points[name]) or 'none'}",
            soft_wrap=True,
        )
    median, p99 = figures.step_us
    console.print(f"one step: median {median:.0f} µs, 99th percentile {p99:.0f} µs; a state: {figures.state_bytes:,} B")


def _show_rates(rates: Mapping[str, Rates]) -> None:
    from rich.console import Console
    from rich.table import Table

    from groundswell.benchmarks.false_alarms import LEVELS

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("where nothing happens")
    for title in ("days", *(f"days with p ≤ {level:g}" for level in LEVELS), "negative a week", "attention a week"):
        table.add_column(title, justify="right")
    for name, one in rates.items():
        shares = (f"{share:.2%}" for share in one.below)
        table.add_row(name, str(one.days), *shares, f"{one.negative_a_week:.3f}", f"{one.attention_a_week:.3f}")
    Console().print(table)
