"""`groundswell surges backtest`: what the detector, and rules of one's own, would have found."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Find surges in what is stored.", no_args_is_help=True)


@app.callback()
def _has_commands() -> None:
    """Find surges in what is stored."""


@app.command()
def backtest(
    since: Annotated[datetime, typer.Option(help="From when on, in UTC; what was usual is read from before.")],
    until: Annotated[datetime | None, typer.Option(help="To when, in UTC; now, when left out.")] = None,
    rules: Annotated[Path | None, typer.Option(help="A groundswell.toml, instead of the one that is in force.")] = None,
    events: Annotated[
        Path | None, typer.Option(help="CSV of known events: ticker, kind, window_start_utc, window_end_utc.")
    ] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(help="With --events: an entity that was watched; without it, those of the events."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything to this file, too.")] = None,
    dsn: Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")] = None,
) -> None:
    """Say which incidents would have opened on what is stored, and how many a week; nothing is stored or sent.

    Every post is taken to have come in the minute it was published in.
    """
    from groundswell.backtesting import run

    run(since, until, rules, events, entity, json_file, dsn)
