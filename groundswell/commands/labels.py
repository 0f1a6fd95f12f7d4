"""`groundswell labels import | export | queue | agreement`: what people say posts are."""

from __future__ import annotations

import getpass
import json
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import GroundswellError, SetupError
from core.guidelines import Task

if TYPE_CHECKING:
    from core.agreement import Agreement, Conduct
    from core.label_queue import QueueItem
    from storage.postgres import Database

app = typer.Typer(help="What people say posts are: bring, take out, look at.", no_args_is_help=True)

Dsn = Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
MOST_FAULTS_SHOWN = 50


class BadLines(GroundswellError):
    """Lines of a file that were not taken."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines with post_id, task, value, and maybe by, at, said.")],
    by: Annotated[str | None, typer.Option(help="Whose labels they are, where a line does not say.")] = None,
    dsn: Dsn = None,
) -> None:
    """Bring labels from a file; each bad line is named with its number, and the others are taken."""
    from groundswell.label_files import bring

    shown = 0

    def fault(line: int, what: str) -> None:
        nonlocal shown
        shown += 1
        if shown <= MOST_FAULTS_SHOWN:
            typer.echo(f"line {line}: {what}", err=True)

    with closing(_database(dsn)) as database:
        done = bring(database.labels, file, by, getpass.getuser(), datetime.now(UTC), fault)
    typer.echo(f"{done.added:,} labels added, {done.known:,} were there before, {len(done.faults):,} lines refused")
    if done.faults:
        raise BadLines(f"{len(done.faults):,} of {done.lines:,} lines of {file} were refused; the others were taken")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSON lines are written here.")],
    settled: Annotated[bool, typer.Option("--settled", help="One value a post, where people agree.")] = False,
    since: Annotated[str | None, typer.Option(help="Only what was labelled at this time or later.")] = None,
    dsn: Dsn = None,
) -> None:
    """Write every label that stands to a file that an import reads, or with --settled what holds."""
    from groundswell.label_files import write

    with closing(_database(dsn)) as database:
        count = write(database.labels, file, settled, _moment(since))
    typer.echo(f"{count:,} labels written to {file}")


@app.command()
def queue(
    by: Annotated[str | None, typer.Option(help="Whose turn it is; you, when left out.")] = None,
    task: Annotated[list[Task] | None, typer.Option(help="Only these; may be repeated.")] = None,
    count: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 10,
    as_json: Json = False,
    dsn: Dsn = None,
) -> None:
    """Show what somebody would be asked next, and why; nothing is held for them."""
    with closing(_database(dsn)) as database:
        items = database.labels.next(
            by or getpass.getuser(), count, datetime.now(UTC), task or tuple(Task), hold_for=None
        )
    if as_json:
        for item in items:
            typer.echo(json.dumps(_as_dict(item), ensure_ascii=False))
    else:
        _show_queue(items)


@app.command()
def agreement(as_json: Json = False, dsn: Dsn = None) -> None:
    """Show how far people agree, by task, and how each one's labels stand beside the others' and the model's."""
    with closing(_database(dsn)) as database:
        found, people = database.labels.agreement(), database.labels.conduct()
    if as_json:
        content = {"tasks": [asdict(one) for one in found.values()], "people": [asdict(one) for one in people]}
        typer.echo(json.dumps(content, indent=1))
    else:
        _show_agreement(list(found.values()), people)


def _database(dsn: str | None) -> Database:
    from core.settings import Settings
    from storage.postgres import Database

    return Database(dsn or Settings().dsn.get_secret_value())


def _moment(written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise SetupError(f"--since {written} is not a time like 2026-01-31T09:30:00Z") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _as_dict(item: QueueItem) -> dict[str, object]:
    post = item.post.post
    return {
        "post_id": post.post_id,
        "task": item.task.value,
        "why": item.why.value,
        "because": item.because,
        "said": list(item.said),
        "model_version": item.post.scores.model_version if item.post.scores else "",
        "text": post.text,
        "channel": post.channel.value,
        "source": post.source,
        "published_at": post.published_at.isoformat(),
    }


def _show_queue(items: list[QueueItem]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("task", "text", "the model says", "why"):
        table.add_column(title, overflow="fold")
    for item in items:
        table.add_row(
            item.task.value, escape(item.post.post.text[:200]), escape(", ".join(item.said)), escape(item.because)
        )
    Console().print(table if items else "nothing to label")


def _show_agreement(tasks: list[Agreement], people: list[Conduct]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table(box=None, header_style="bold")
    for title in ("task", "posts", "by two", "agree", "Cohen's kappa", "settled", "wait for a third", "open"):
        table.add_column(title, justify="left" if title == "task" else "right")
    for one in tasks:
        kappa = (
            ""
            if one.kappa is None or one.interval is None
            else "{:.2f} [{:.2f}, {:.2f}]".format(one.kappa, *one.interval)
        )
        share = f"{one.agreed:.0%}" if one.twice else ""
        table.add_row(
            one.task.value, f"{one.posts:,}", f"{one.twice:,}", share, kappa, f"{one.settled:,}", f"{one.waiting:,}",
            f"{one.open:,}",
        )  # fmt: skip
    console.print(table)
    if not people:
        return
    table = Table(box=None, header_style="bold")
    for title in ("who", "task", "labels", "differs from others", "p", "corrects the model", "p"):
        table.add_column(title, justify="left" if title in ("who", "task") else "right")
    for person in people:
        table.add_row(
            escape(person.by), person.task.value, f"{person.labels:,}",
            f"{person.differed:,} of {person.compared:,}", _chance(person.p_differs),
            f"{person.against_model:,} of {person.with_model:,}", _chance(person.p_against),
        )  # fmt: skip
    console.print()
    console.print(table)


def _chance(p: float | None) -> str:
    return "" if p is None else f"{p:.2g}"
