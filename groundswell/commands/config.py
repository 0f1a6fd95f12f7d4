"""`groundswell config check`: is the configuration file right, and what does it say?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.settings import Settings

app = typer.Typer(help="Check the configuration file.", no_args_is_help=True)


@app.callback()
def _has_commands() -> None:
    """Check the configuration file."""


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Instead of GROUNDSWELL_CONFIG or ./groundswell.toml.")] = None,
) -> None:
    """Say what is wrong, with file, line and field, or what the file holds; exit code 2 when something is wrong.

    Addresses and secrets are looked up in the environment and in .env, and never shown.
    """
    from ingest.configured import environment as sources_environment
    from ingest.configured import find_file, read_configuration
    from ingest.sources import key_of
    from stream.alerts import environment
    from stream.receivers import notifiers

    settings = Settings()
    path = str(file) if file is not None else settings.config
    found = read_configuration(path)
    notifiers(found, settings, environment())
    shown = find_file(path)
    counts = {
        "institutions": len(found.institutions),
        "sources": len(found.sources),
        "rules": len(found.rules),
        "receivers": len(found.receivers),
        "inhibit_rules": len(found.inhibit_rules),
        "time_intervals": len(found.time_intervals),
        "silences": len(found.silences),
    }
    if shown is None:
        typer.echo("no groundswell.toml here, and GROUNDSWELL_CONFIG is not set: everything is as it comes")
        return
    held = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing but defaults"
    typer.echo(f"{shown}: right ({held})")
    for source in (table.source() for table in found.sources):
        if key_of(source, sources_environment()) is None:
            typer.echo(f"source {source.name} waits for its key: set {source.key} ({source.facts.key_is})")
