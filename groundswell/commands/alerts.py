"""`groundswell alerts list | silence | unsilence | test`: what is told, what is not, and whether a receiver hears."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import GroundswellError, SetupError
from core.settings import Settings

if TYPE_CHECKING:
    from storage.postgres import Database

app = typer.Typer(help="List alerts and silences, silence some, and try a receiver.", no_args_is_help=True)

Dsn = Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")]


@app.command("list")
def list_(dsn: Dsn = None) -> None:
    """Show open incidents with their labels, who was told, what waits or was given up, and the silences."""
    from rich.console import Console

    from groundswell import alert_tables
    from ingest.configured import read_configuration

    settings, now = Settings(), datetime.now(UTC)
    routing = read_configuration(settings.config).routing(settings.dashboard_url)
    with _database(dsn) as database:
        standing = database.incidents.standing(now)
        messages = database.read("unsent_notifications")
    console = Console()
    console.print(alert_tables.alerts(routing, standing, now))
    if messages:
        console.print(alert_tables.messages(messages, now))
    if standing.silences or routing.silences:
        console.print(alert_tables.silences((*routing.silences, *standing.silences), now))


@app.command()
def silence(
    matchers: Annotated[list[str], typer.Argument(help="entity=HRBL, severity!=critical, topic=~'Earnings|Macro' …")],
    comment: Annotated[str, typer.Option(help="Why: whoever is on duty will ask.")],
    for_: Annotated[str, typer.Option("--for", help="How long, as 30m, 2h or 1d.")] = "2h",
    owner: Annotated[str | None, typer.Option(help="Who; you, when left out.")] = None,
    dsn: Dsn = None,
) -> None:
    """Tell nobody of alerts that fit all the matchers, for a time. What was told before is still told to have ended."""
    from uuid import uuid4

    from core.durations import parse_duration
    from core.matching import parse_matcher
    from core.silences import Silence

    now = datetime.now(UTC)
    try:
        made = Silence(
            silence_id=uuid4().hex[:8],
            matchers=tuple(parse_matcher(text) for text in matchers),
            owner=owner or getpass.getuser(),
            comment=comment,
            starts_at=now,
            ends_at=now + parse_duration(for_),
        )
    except (ValueError, OverflowError) as exc:
        raise SetupError(str(exc)) from None
    with _database(dsn) as database:
        database.silences.add(made)
        fitting = sum(made.holds(labels, now) for labels in _labels(database, now))
    typer.echo(
        f"silence {made.silence_id} until {made.ends_at:%Y-%m-%d %H:%M} UTC; "
        f"{fitting} of the open incidents {'fits' if fitting == 1 else 'fit'} it"
    )


@app.command()
def unsilence(silence_id: Annotated[str, typer.Argument(help="As `alerts list` shows it.")], dsn: Dsn = None) -> None:
    """End a silence now; what still fires is told at the next look."""
    with _database(dsn) as database:
        if not database.silences.end(silence_id, datetime.now(UTC), getpass.getuser()):
            raise GroundswellError(
                f"no silence {silence_id} lasts: `alerts list` shows those that do; the file's end there"
            )
    typer.echo(f"silence {silence_id} is over")


@app.command()
def test(receiver: Annotated[str, typer.Argument(help="Its name; `groundswell` is the one of the settings.")]) -> None:
    """Send a receiver a trial alert, and at once its end, so that a pager closes again. Nothing is stored."""
    from groundswell.datafolder import DataFolder
    from groundswell.stack import with_secrets
    from groundswell.trial import trial
    from ingest.configured import read_configuration
    from stream.alerts import environment
    from stream.receivers import notifier

    settings = Settings()
    folder = DataFolder(settings.data_dir.expanduser().resolve())
    if folder.root.is_dir():  # what `up` signs with there
        settings = with_secrets(settings, folder)
    found = read_configuration(settings.config)
    tried = notifier(receiver, found, settings, environment())
    for message in trial(receiver, settings.dashboard_url, datetime.now(UTC)):
        tried.notify(message)
        typer.echo(f"{receiver} took the trial alert: {message.event} ({message.notification_id})")


def _labels(database: Database, now: datetime) -> Iterator[dict[str, str]]:
    from core.notifications import labels_of
    from core.routing import TOLD_OF
    from ingest.configured import read_configuration

    about = read_configuration(Settings().config).routing("").about
    for incident in database.incidents.standing(now).incidents:
        if incident.state in TOLD_OF:
            yield labels_of(incident, about)


@contextmanager
def _database(dsn: str | None) -> Iterator[Database]:
    from storage.postgres import Database

    opened = Database(dsn or Settings().dsn.get_secret_value())
    try:
        yield opened
    finally:
        opened.close()
