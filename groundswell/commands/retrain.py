"""`groundswell retrain`: what the DAG does, without Airflow; and the report of a run."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError
from core.settings import Settings

if TYPE_CHECKING:
    from dags.retraining import Retraining


def retrain(
    once: Annotated[bool, typer.Option("--once", help="Retrain now, whatever the settings say of the time.")] = False,
    due: Annotated[bool, typer.Option("--due", help="Only say whether the settings would start a run now.")] = False,
    promote: Annotated[
        bool, typer.Option("--promote", help="Do not wait for the end of the time in shadow; nor if it is still on.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the report of a model, or of the last run, to this HTML file.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="With --report: of this model of the registry.")] = None,
    by: Annotated[str, typer.Option(help="Who it is that retrains; kept in the registry.")] = "",
) -> None:
    """Retrain the classifier on what people corrected: snapshot, validation, training, evaluation, gate, shadow.

    Run it again after an interruption and it goes on. A candidate that passes the gate scores beside the champion for
    GROUNDSWELL_RETRAIN_SHADOW_H hours; after them, the same command promotes it.
    """
    from dags.retraining import opened

    with opened(Settings(), by=by or f"{getpass.getuser()}, by hand", say=typer.echo) as retraining:
        if report is not None:
            _write_report(retraining, report, version)
        elif due:
            typer.echo(retraining.due() or "nothing is due")
        elif once or promote:
            with retraining.alone():
                retraining.give_way()
                _run(retraining, promote)
        else:
            raise SetupError("say what to do: --once, --due, --promote or --report FILE (groundswell retrain --help)")


def _run(retraining: Retraining, at_once: bool) -> None:
    waiting = retraining.promoting.in_shadow()
    if waiting is None:
        folder = retraining.export("started by hand")
        retraining.validate(folder)
        retraining.train(folder)
        retraining.evaluate(folder)
        passed = retraining.promoting.decide(folder)
        typer.echo(f"the report is {folder / 'report.html'}")
        if not passed:
            raise typer.Exit(1)
        waiting = folder
    until = retraining.promoting.shadow_until(waiting)
    if until is not None and until > datetime.now(UTC) and not at_once:
        typer.echo(
            f"the candidate scores beside the champion until {until:%Y-%m-%d %H:%M} UTC; after that the same command"
            " promotes it, and with --promote at once"
        )
        return
    if not retraining.promoting.promote(waiting):
        raise typer.Exit(1)


def _write_report(retraining: Retraining, file: Path, version: str | None) -> None:
    from dags.report_page import page

    if not file.absolute().parent.is_dir():
        raise SetupError(f"there is no folder {file.absolute().parent} to write {file.name} into")
    file.write_text(page(retraining.promoting.report_of(version)), encoding="utf-8")
    typer.echo(f"written to {file}")
