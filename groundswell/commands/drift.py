"""`groundswell drift`: what has moved away from what the model is known to be good for."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from storage.postgres import Database


def drift(
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    look: Annotated[
        bool, typer.Option("--look", help="First look at the days that are over, as Airflow does hourly.")
    ] = False,
    dsn: Annotated[str | None, typer.Option(help="PostgreSQL, instead of the setting.")] = None,
) -> None:
    """Every statistic of every channel beside its line, and since when it is over it."""
    from core.settings import Settings
    from storage.postgres import Database

    with closing(Database(dsn or Settings().dsn.get_secret_value())) as database:
        if look:
            _look(database)
        rows = database.read("drift")
    if json_:
        typer.echo(json.dumps([_written(row) for row in rows], indent=1, default=str))
    else:
        _show(rows)


def _look(database: Database) -> None:
    from datetime import UTC, datetime

    from core.errors import SetupError
    from dags.drifting import answers_of, champion_of, load_encoder, look_for_drift

    champion = champion_of(database)
    if champion is None:
        raise SetupError("there is no champion yet: start a worker first, and give it some weeks of posts")
    now = datetime.now(UTC)
    answers = answers_of(database, now)
    done = look_for_drift(database.drift, answers, champion, load_encoder, now, lambda said: typer.echo(said, err=True))
    if done is None:
        typer.echo("somebody else is looking just now", err=True)


def _written(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "history"}


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from core.drift import REFERENCE_DAYS

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("channel", "statistic", "value", "line", "since", "what moved"):
        table.add_column(title, justify="right" if title in ("value", "line") else "left", overflow="fold")
    for row in rows:
        if row["statistic"] is not None:
            style = "bold red" if row["since"] is not None else ""
            table.add_row(
                row["channel"], row["statistic"], f"{row['value']:.4f}", f"{row['line']:.4f}", str(row["since"] or ""),
                row["note"], style=style,
            )  # fmt: skip
    if table.row_count:
        console.print(table)
    for row in rows:
        if row["statistic"] is None and row["written_first"] is None:
            console.print(f"{row['channel']}: learning, {row['days']} of {REFERENCE_DAYS} days")
    if not rows:
        console.print("no day was looked at yet; groundswell drift --look does it now")
