"""`groundswell rescore`: the present champion judges a period again, through Kafka."""

from __future__ import annotations

import getpass
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError
from core.posts import Channel

if TYPE_CHECKING:
    from core.rescoring import Rescoring
    from groundswell.rescoring import Done
    from storage.postgres import Database

HEADS = ("topic", "sentiment", "emotion", "intent")
QUIET_S = 15.0


def rescore(
    since: Annotated[datetime, typer.Option(help="From when on, in UTC, by the time of publication.")],
    until: Annotated[datetime | None, typer.Option(help="To when, in UTC; 25 hours ago, when left out.")] = None,
    channel: Annotated[list[Channel] | None, typer.Option(help="Only this one; all, when left out.")] = None,
    dsn: Annotated[str | None, typer.Option(help="PostgreSQL, instead of the setting.")] = None,
    bootstrap_servers: Annotated[
        str | None, typer.Option("--bootstrap-servers", help="Kafka, instead of the setting.")
    ] = None,
) -> None:
    """Judge a period's posts again by the present champion; new posts go first.

    Scores are replaced, repeats take over what their first post gets, and the rollups follow exactly. Nobody is
    alerted: the last 25 hours, which are still watched for surges, are left out. Broken off, the same command goes on.
    """
    from core.settings import Settings
    from groundswell.rescoring import Workers
    from groundswell.rescoring import rescore as run
    from ingest.kafka import KafkaPublisher, ensure_topics
    from storage.postgres import Database
    from stream.rescoring import waiting_orders

    settings = Settings()
    servers = bootstrap_servers or settings.bootstrap_servers
    now = datetime.now(UTC)
    start, end = _period(since, until, now)
    with closing(Database(dsn or settings.dsn.get_secret_value())) as database:
        channels = [one.value for one in channel or ()]
        rescoring = database.rescoring.begin(start, end, channels, _champion(database), getpass.getuser(), now)
        ensure_topics(servers)
        with _Bar(rescoring.wanted) as bar:
            workers = Workers(lambda: _champion(database), lambda: waiting_orders(servers))
            publisher = KafkaPublisher(servers)
            done = run(database.rescoring, publisher, rescoring, workers, lambda: datetime.now(UTC), bar.show)
        if not done.left:
            database.drift.forget(start.date(), end.date(), channels)  # its sketches are made anew
    _say(done)
    if done.left:
        raise typer.Exit(1)


def _period(since: datetime, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Raises SetupError."""
    from core.rescoring import latest_until

    latest = latest_until(now)
    start = since if since.tzinfo is not None else since.replace(tzinfo=UTC)
    end = latest if until is None else until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    if end > latest:
        raise SetupError(
            f"posts after {latest:%Y-%m-%d %H:%M} UTC are still watched for surges, and another model's opinion of "
            "them would look like news; end there, and do the rest tomorrow"
        )
    if start >= end:
        raise SetupError(f"the period ends at {end:%Y-%m-%d %H:%M} UTC, before it begins")
    return start, end


def _champion(database: Database) -> str:
    champion = database.models.champion()
    if champion is None:
        raise SetupError("there is no champion yet: start a worker first")
    return champion.version


def _say(done: Done) -> None:
    one = done.rescoring
    changed = ", ".join(f"{getattr(one, head):,} {head}" for head in HEADS)
    typer.echo(f"rescored {one.rescored:,} posts (changed: {changed}); skipped {one.skipped:,}")
    if done.left:
        typer.echo(
            f"{done.left:,} posts are still as they were: no worker with the champion took them up; see that one runs, "
            "and give the same command again",
            err=True,
        )


class _Bar:
    """How many posts are judged."""

    def __init__(self, wanted: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=wanted)

    def __enter__(self) -> _Bar:
        self._progress.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.__exit__(None, None, None)

    def show(self, rescoring: Rescoring, quiet_s: float) -> None:
        waits = quiet_s > QUIET_S
        said = "waiting for a worker that has no new posts to judge" if waits else "judging again"
        self._progress.update(self._task, completed=rescoring.rescored, description=said)
