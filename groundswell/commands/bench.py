"""`groundswell bench`: figures, each beside what one would use instead."""

from __future__ import annotations

import signal

import typer

from groundswell.commands.bench_drift import drift
from groundswell.commands.bench_engines import engines
from groundswell.commands.bench_labels import labels
from groundswell.commands.bench_speed import classify, gpu, memory, pages, pipeline, store
from groundswell.commands.bench_surges import surges

app = typer.Typer(help="Measure, side by side with what one would use instead.", no_args_is_help=True)


@app.callback()
def end_with_what_was_started() -> None:
    """SIGTERM ends a measurement as Ctrl-C does: the servers and workers that it has started end first."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


for measure in (classify, engines, gpu, pipeline, store, pages, memory, surges, labels, drift):
    app.command()(measure)
