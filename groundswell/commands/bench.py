"""`groundswell bench`: figures, each beside what one would use instead."""

from __future__ import annotations

import typer

from groundswell.commands.bench_drift import drift
from groundswell.commands.bench_engines import engines
from groundswell.commands.bench_labels import labels
from groundswell.commands.bench_speed import classify, gpu, memory, pages, pipeline, store
from groundswell.commands.bench_surges import surges

app = typer.Typer(help="Measure, side by side with what one would use instead.", no_args_is_help=True)
for measure in (classify, engines, gpu, pipeline, store, pages, memory, surges, labels, drift):
    app.command()(measure)
