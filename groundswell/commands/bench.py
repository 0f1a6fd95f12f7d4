"""`groundswell bench`: figures, each beside what one would use instead."""

from __future__ import annotations

import typer

from groundswell.commands.bench_surges import surges

app = typer.Typer(help="Measure, side by side with what one would use instead.", no_args_is_help=True)
app.command()(surges)


@app.callback()
def _group() -> None:
    """Commands of their own names, also while there is only one."""
