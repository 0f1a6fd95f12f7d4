"""`groundswell tokens add | list | revoke`: who may use the HTTP API of replies."""

from __future__ import annotations

import getpass
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError
from core.tokens import checked_name, parse_rights

if TYPE_CHECKING:
    from storage.postgres import Database

app = typer.Typer(help="Who may use the HTTP API of replies.", no_args_is_help=True)

Dsn = Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")]
Name = Annotated[str, typer.Argument(help="Who holds it; the name stands beside the verdicts.")]


@app.command()
def add(
    name: Name,
    rights: Annotated[str, typer.Option(help="read, verdict, or both with a comma between.")] = "read",
    dsn: Dsn = None,
) -> None:
    """Make a token and print it, this one time; only a hash of it is kept."""
    try:
        wanted, checked = parse_rights(rights), checked_name(name)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from None
    with closing(_database(dsn)) as database:
        secret = database.tokens.add(checked, wanted, datetime.now(UTC), getpass.getuser())
    if secret is None:
        raise SetupError(f"a token named {name!r} is in use; revoke it first, or choose another name")
    typer.echo(secret)


@app.command("list")
def list_(dsn: Dsn = None) -> None:
    """Show every token: its name, its rights, and when it was made, used last, and revoked."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    with closing(_database(dsn)) as database:
        tokens = database.tokens.listed()
    table = Table(box=None, header_style="bold")
    for title in ("name", "rights", "made", "last used", "revoked"):
        table.add_column(title, overflow="fold")
    for token in tokens:
        moments = (_when(moment) for moment in (token.created_at, token.used_at, token.revoked_at))
        table.add_row(escape(token.name), ",".join(sorted(token.rights)), *moments)
    Console().print(table if tokens else "no tokens")


@app.command()
def revoke(name: Name, dsn: Dsn = None) -> None:
    """Make a token worthless from now on."""
    with closing(_database(dsn)) as database:
        if not database.tokens.revoke(name, datetime.now(UTC), getpass.getuser()):
            raise SetupError(f"no token named {name!r} is in use")
    typer.echo(f"revoked {name}")


def _database(dsn: str | None) -> Database:
    from core.settings import Settings
    from storage.postgres import Database

    return Database(dsn or Settings().dsn.get_secret_value())


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
