"""`groundswell surges detect | backtest`: where a series of counts surges, and what would have opened incidents."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SetupError

app = typer.Typer(help="Find surges in a file of counts, or in what is stored.", no_args_is_help=True)


@app.command()
def detect(
    input_: Annotated[Path, typer.Option("--input", help="CSV with the columns timestamp and value (a count).")],
    output: Annotated[Path, typer.Option(help="CSV to write: those, anomaly_score (0 to 1) and label (0 or 1).")],
) -> None:
    """Score every row by what was before it; the score is 0.5 where an alert begins, and label 1 where one is raised.

    One alert speaks for a day, unless the surge doubles. Times without a zone are UTC; a row without a time follows the
    one above; an interval without a row is one without posts.
    """
    from core.replays import replay
    from core.surges import FIRE_SCORE, Kind
    from groundswell.series_file import read_series

    series = read_series(input_)
    verdicts = replay(series.buckets(), series.bucket_length, (Kind.ATTENTION,))
    alerts = 0
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("timestamp", "value", "anomaly_score", "label"))
            for stamp, time, value, verdict in zip(series.stamps, series.times, series.values, verdicts, strict=True):
                score = max(0.0, verdict.score)
                alerts += verdict.alert
                writer.writerow(
                    (
                        stamp or f"{time:%Y-%m-%d %H:%M:%S}",
                        value,
                        f"{score / (score + FIRE_SCORE):.4f}",
                        int(verdict.alert),
                    )
                )
    except OSError as exc:
        raise SetupError(f"{output} cannot be written: {exc.strerror}") from exc
    typer.echo(f"{alerts} alerts in {len(series.values):,} rows, {series.interval} apart; written to {output}")


@app.command()
def backtest(
    since: Annotated[datetime, typer.Option(help="From when on, in UTC; what was usual is read from before.")],
    until: Annotated[datetime | None, typer.Option(help="To when, in UTC; now, when left out.")] = None,
    rules: Annotated[Path | None, typer.Option(help="A groundswell.toml, instead of the one that is in force.")] = None,
    events: Annotated[
        Path | None, typer.Option(help="CSV of known events: ticker, kind, window_start_utc, window_end_utc.")
    ] = None,
    entity: Annotated[
        list[str] | None, typer.Option(help="With --events: one that was watched; left out, those of the events.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything to this file, too.")] = None,
    dsn: Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")] = None,
) -> None:
    """Say which incidents would have opened on what is stored, and how many a week; nothing is stored or sent.

    Every post is taken to have come in the minute it was published in.
    """
    from groundswell.backtesting import run

    run(since, until, rules, events, entity, json_file, dsn)
