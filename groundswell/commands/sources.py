"""`groundswell sources list | kinds | test | add`: what is read, whether it answers, and one more."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.durations import parse_duration
from core.errors import SetupError, SourceRefused
from core.posts import Channel
from core.settings import Settings
from core.sources import FACTS, Key, Kind, Source, faults, make_source

app = typer.Typer(help="List the sources, try one, and add one.", no_args_is_help=True)

TRIAL_S = 3.5
"""Longest wait for a site that is tried: the table is there within 5 s."""


@app.command("list")
def list_() -> None:
    """Show every source with its kind, channel and cadence, and which of them waits for a key."""
    from rich.console import Console

    from groundswell import source_tables
    from ingest.configured import configured, environment
    from ingest.sources import choose_sources

    settings, _ = configured(Settings())
    listed = choose_sources(settings.sources, settings.demo_port)
    Console().print(source_tables.sources(listed, environment(), settings.scrape_every_s))


@app.command()
def kinds() -> None:
    """Show what a source can be, what each kind looks for, and which need a key."""
    from rich.console import Console

    from groundswell import source_tables

    Console().print(source_tables.kinds())


@app.command()
def test(name: Annotated[str, typer.Argument(help="As `sources list` shows it, or an address.")]) -> None:
    """Print what a source would bring, as a table; nothing is published or stored."""
    from ingest.configured import configured
    from ingest.sources import choose_sources

    settings, _ = configured(Settings())
    listed = {source.name: source for source in choose_sources(settings.sources, settings.demo_port)}
    source = listed.get(name)
    if source is None:
        if "/" not in name:
            raise SetupError(f"there is no source {name}; there are {', '.join(listed)}")
        source = _guessed(name, None, None, None)
    _show(source, settings)


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="Of a feed, a page with a feed, a subreddit, a folder …")],
    name: Annotated[str | None, typer.Option(help="What posts bear as their source.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Instead of what the address looks like.")] = None,
    query: Annotated[str | None, typer.Option(help="What to look for there.")] = None,
    key: Annotated[str | None, typer.Option(help="Name of the environment variable that holds its key.")] = None,
    every: Annotated[str | None, typer.Option(help="How often, as 30s, 5m or 1h.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Of items that do not say their own.")] = None,
    file: Annotated[Path | None, typer.Option(help="Instead of GROUNDSWELL_CONFIG or ./groundswell.toml.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the lines.")] = False,
) -> None:
    """Try a source and write it to groundswell.toml; without such a file, print the lines to add."""
    from ingest.adding import add_to, added, table_of
    from ingest.configured import find_file

    settings = Settings()
    source = _guessed(address, kind, query, key)
    try:
        every_s = int(parse_duration(every).total_seconds()) if every else None
    except ValueError as exc:
        raise typer.BadParameter(str(exc), param_hint="--every") from None
    changes = {"name": name, "channel": channel, "every_s": every_s}
    source = replace(source, **{field: value for field, value in changes.items() if value})  # type: ignore[arg-type]
    for field, said in faults(source):
        raise SetupError(f"{field}: {said}")
    source = _show(source, settings)
    path = file or find_file(settings.config)
    if path is None or dry_run:
        added(path.read_text(encoding="utf-8") if path is not None and path.exists() else "", source, str(path))
        typer.echo(f"\nadd to {path or 'groundswell.toml'}:\n\n{table_of(source)}", nl=False)
        return
    add_to(path, source)
    typer.echo(f"\n{source.name} is in {path}")


def _guessed(address: str, kind: Kind | None, query: str | None, key: str | None) -> Source:
    from ingest.recognise import Guess, name_for, recognise

    guess = recognise(address)
    if kind is not None and kind is not guess.kind:
        guess = Guess(kind, address if address != FACTS[kind].url else "", query or "")
    guess = replace(guess, query=query or guess.query)
    if key is None and FACTS[guess.kind].key is Key.MUST:
        key = f"{guess.kind.value.upper().replace('-', '_')}_KEY"
    return make_source(name_for(guess), guess.kind, guess.url, query=guess.query, key=key)


def _show(source: Source, settings: Settings) -> Source:
    """Read one page and print it; the source as it answers: where a page names its feed, the feed."""
    from rich.console import Console

    from groundswell import source_tables
    from ingest.compose import Composer
    from ingest.configured import environment, read_configuration
    from ingest.entities import choose_watchlist
    from ingest.fetching import fetcher
    from ingest.preview import preview
    from ingest.recognise import feeds_of
    from ingest.sources import key_of

    key = key_of(source, environment())
    if key is None:
        typer.echo(f"{source.name} needs a key: set {source.key} ({source.facts.key_is})")
        return source
    if source.kind is Kind.PUSH:
        typer.echo(f"{source.name} is not read: what it brings is pushed to /push/{source.name}")
        return source
    began = time.monotonic()
    watchlist = choose_watchlist(settings.watchlist, read_configuration(settings.config).institutions)
    composer = Composer(watchlist, settings.author_key.get_secret_value())
    bounded = settings.model_copy(update={"http_timeout_s": min(settings.http_timeout_s, TRIAL_S)})
    with fetcher(bounded, source) as fetch:
        try:
            shown = preview(source, fetch, composer, key, datetime.now(UTC))
        except SourceRefused:
            feeds = feeds_of(fetch(source.url).body or b"", source.url) if source.kind is Kind.FEED else []
            if not feeds:
                raise
            typer.echo(f"{source.url} is a page; its feed is {feeds[0]}")
            source = replace(source, url=feeds[0])
            shown = preview(source, fetch, composer, key, datetime.now(UTC))
    console = Console()
    if shown.posts:
        console.print(source_tables.posts(shown, datetime.now(UTC)))
    for reason in shown.reasons[:5]:
        typer.echo(f"set aside: {reason}")
    typer.echo(
        f"{source.name}: {shown.offered} items offered, {len(shown.posts)} shown, {len(shown.reasons)} set aside, "
        f"in {time.monotonic() - began:.1f} s"
    )
    return source
