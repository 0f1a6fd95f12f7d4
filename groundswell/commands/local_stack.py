"""`groundswell up | down | doctor`: the local stack, from the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from core.settings import Settings

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the stack's data, logs and locks.")]
Workers = Annotated[int, typer.Option(min=1, max=16, help="How many workers read the stream.")]
NoAirflow = Annotated[bool, typer.Option("--no-airflow", help="Leave Airflow out; a timer runs the scrapes instead.")]
Kafka = Annotated[str | None, typer.Option("--bootstrap-servers", help="Use this Kafka instead of starting one.")]
Postgres = Annotated[str | None, typer.Option("--dsn", help="Use this PostgreSQL instead of starting one.")]

Detach = Annotated[bool, typer.Option("--detach", help="Return once it is up; `groundswell down` stops it.")]
For = Annotated[str | None, typer.Option("--for", help="Run this long once ready (90s, 3m), then stop.")]
ReportTo = Annotated[Path | None, typer.Option("--report", help="With --for: write what happened, as JSON.")]


def up(
    workers: Workers = 1,
    detach: Detach = False,
    for_: For = None,
    report: ReportTo = None,
    bootstrap_servers: Kafka = None,
    dsn: Postgres = None,
    data_dir: DataDir = None,
    no_airflow: NoAirflow = False,
) -> None:
    """Start everything: Kafka, PostgreSQL, workers, dashboard, Airflow, and the demo when no source is set."""
    from groundswell import local, stack

    for_s = None if for_ is None else seconds(for_)
    if report is not None and for_s is None:
        raise typer.BadParameter("--report needs --for")
    settings = chosen(data_dir, bootstrap_servers, dsn)
    if detach:
        # everything but --detach itself, said again
        raise typer.Exit(local.detach(_without_detach(), settings.data_dir, typer.echo))
    bounded = None if for_s is None else local.Bounded(for_s, report)
    choice = stack.choose(settings, workers=workers, airflow=not no_airflow)
    raise typer.Exit(local.up(settings, choice, bounded))


def _without_detach() -> list[str]:
    import sys

    return [argument for argument in sys.argv[2:] if argument != "--detach"]


def down(data_dir: DataDir = None) -> None:
    """Stop the `up` that runs on the data folder, also one in the background."""
    from groundswell import local

    typer.echo(local.down(chosen(data_dir).data_dir))


def doctor(
    workers: Workers = 1,
    bootstrap_servers: Kafka = None,
    dsn: Postgres = None,
    data_dir: DataDir = None,
    no_airflow: NoAirflow = False,
) -> None:
    """Check what `up` would check, and start nothing; exit code 2 when something is not fit."""
    from groundswell import checks, stack

    settings = chosen(data_dir, bootstrap_servers, dsn)
    choice = stack.choose(settings, workers=workers, airflow=not no_airflow)
    settings = stack.resolve(settings, choice)
    fit = True
    for finding in checks.look(settings, choice):
        typer.secho("ok    " if finding.ok else "fault ", fg="green" if finding.ok else "red", nl=False)
        typer.echo(f"{finding.subject}: {finding.sentence}")
        fit = fit and finding.ok
    if not fit:
        raise typer.Exit(2)


def setup(bootstrap_servers: Kafka = None, dsn: Postgres = None) -> None:
    """Make the topics and the tables, and Airflow's database; `up` does this by itself."""
    from groundswell import schema

    schema.make(chosen(None, bootstrap_servers, dsn), airflow=True, say=typer.echo)


def chosen(data_dir: Path | None, bootstrap_servers: str | None = None, dsn: str | None = None) -> Settings:
    """The environment's settings, with what the command line says in their place."""
    changes: dict[str, object] = {}
    if data_dir is not None:
        changes["data_dir"] = data_dir
    if bootstrap_servers is not None:
        changes["bootstrap_servers"] = bootstrap_servers
    if dsn is not None:
        changes["dsn"] = SecretStr(dsn)
    return Settings().model_copy(update=changes)


def seconds(text: str) -> float:
    """
    >>> [seconds(text) for text in ("90", "180s", "3m", "1.5h")]
    [90.0, 180.0, 180.0, 5400.0]
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a time such as 90s, 3m or 1h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
