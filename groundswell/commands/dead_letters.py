"""`groundswell dead-letters list | replay`: what was set aside, and putting it back."""

from __future__ import annotations

from typing import Annotated

import typer

from core.settings import Settings

app = typer.Typer(help="List what was set aside, or replay it.", no_args_is_help=True)

Kafka = Annotated[str | None, typer.Option("--bootstrap-servers", help="Kafka, instead of the setting.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50, bootstrap_servers: Kafka = None
) -> None:
    """Show the newest letters: where each came from, why it was set aside, and how it begins."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from stream.dead_letters import list_letters

    table = Table(box=None, header_style="bold")
    for title in ("offset", "set aside", "from", "error", "reason", "begins"):
        table.add_column(title, overflow="fold")
    letters = list_letters(bootstrap_servers or Settings().bootstrap_servers, limit)
    for kept in letters:
        when = "" if kept.set_aside_at is None else f"{kept.set_aside_at:%Y-%m-%d %H:%M:%S}"
        letter = kept.letter
        begins = letter.body[:60].decode("utf-8", "backslashreplace")
        cells = (str(kept.offset), when, letter.origin, letter.error, letter.reason, begins)
        table.add_row(*(escape(cell) for cell in cells))
    Console().print(table if letters else "no dead letters")


@app.command()
def replay(
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; all when left out.")] = None,
    bootstrap_servers: Kafka = None,
) -> None:
    """Publish again what was set aside since the last replay."""
    from stream.dead_letters import replay_letters

    done = replay_letters(bootstrap_servers or Settings().bootstrap_servers, limit)
    typer.echo(f"replayed {done.replayed} letters; {done.left} of scrapers are left to the next scrape")
