"""`groundswell models list | show | add | promote | rollback | export`: the registry of the classifier's models."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ModelUnusable, SetupError
from core.registry import State
from core.settings import Settings

if TYPE_CHECKING:
    from core.learning_ports import ModelStore
    from core.registry import Model

app = typer.Typer(help="The registry of models: who scores, who waits, and how to go back.", no_args_is_help=True)

Dsn = Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")]
Version = Annotated[str, typer.Argument(help="As `models list` shows it; its first digits are enough.")]
Why = Annotated[str, typer.Option("--why", help="Kept with the change, for whoever asks later.")]
By = Annotated[str, typer.Option("--by", help="Who does it.", default_factory=getpass.getuser)]
Check = Annotated[bool, typer.Option(help="Load it first, and ask it the golden texts, as each worker will.")]


@app.command("list")
def list_(dsn: Dsn = None) -> None:
    """Show every model: its state, its parent, when it was made, and macro-F1 by head on its development data."""
    from rich.console import Console

    from groundswell.model_tables import models

    with _registry(dsn) as registry:
        found = registry.all()
    Console().print(models(found))
    folder = Settings().weights
    version = _version(folder)
    if version is not None and all(model.version != version for model in found):
        typer.echo(
            f"The weights in {folder} are the model {version}, which is not among them; to let it score:"
            ' groundswell models add --promote --why "…"'
        )


@app.command()
def show(version: Version, dsn: Dsn = None) -> None:
    """Show one model: where it comes from, its figures with intervals, what happened to it, and its card."""
    from rich.console import Console
    from rich.markdown import Markdown

    from groundswell import model_tables

    console = Console()
    with _registry(dsn) as registry:
        model = _named(registry, version)
        console.print(model_tables.facts(model))
        console.print(model_tables.figures(model))
        console.print(model_tables.events(registry.events(model.version)))
        for refusal in registry.refusals(model.version):
            console.print(f"refused by worker {refusal.worker} at {refusal.at:%Y-%m-%d %H:%M}: {refusal.why}")
    console.print(Markdown(model.card))


@app.command()
def add(
    why: Why,
    by: By,
    folder: Annotated[
        Path | None,
        typer.Argument(help="An artefact, as `groundswell train` writes it; left out: the one of GROUNDSWELL_WEIGHTS."),
    ] = None,
    parent: Annotated[str | None, typer.Option(help="The version that its training started from.")] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Make it the champion, also if it is known.")] = False,
    check: Check = True,
    dsn: Dsn = None,
) -> None:
    """Enter a trained model as a candidate, which scores nothing until it is promoted; with --promote, as the champion.

    After an upgrade that brings newer weights: groundswell models add --promote --why "upgraded".
    """
    from models.registering import describe

    chosen = Settings().weights if folder is None else folder
    with _registry(dsn) as registry:
        before = None if parent is None else _named(registry, parent).version
        model, artefact = describe(chosen, datetime.now(UTC), parent=before)
        if check:
            _check_folder(chosen)
        if not promote or all(known.version != model.version for known in registry.all()):
            registry.add(model, artefact, by, why)
        state = registry.move(model.version, State.CHAMPION, by, why).state if promote else model.state
    typer.echo(f"{model.version} is {state}, {model.size_bytes / 1e6:.1f} MB")


@app.command()
def promote(
    version: Version,
    why: Why,
    by: By,
    to: Annotated[State, typer.Option(help="champion scores every post, shadow a sample beside it.")] = State.CHAMPION,
    check: Check = True,
    dsn: Dsn = None,
) -> None:
    """Make a model the champion, or what --to says. Workers take a champion up within seconds, without a restart."""
    with _registry(dsn) as registry:
        model = _named(registry, version)
        if check and to in (State.CHAMPION, State.SHADOW):
            _check_stored(registry, model)
        moved = registry.move(model.version, to, by, why)
    typer.echo(f"{moved.version} is {moved.state}")


@app.command()
def rollback(why: Why, by: By, dsn: Dsn = None) -> None:
    """Take back the champion before this one; done twice, it goes back two."""
    with _registry(dsn) as registry:
        left = registry.champion()
        back = registry.rollback(by, why)
    typer.echo(f"{back.version} is champion again" + (f", in place of {left.version}" if left else ""))


@app.command()
def export(
    version: Version,
    folder: Annotated[Path, typer.Argument(help="Made if need be; must be empty.")],
    dsn: Dsn = None,
) -> None:
    """Write a model as a folder that `peft` opens on the encoder, and `groundswell train --initial` starts from."""
    from models.packing import unpack

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(f"{folder} is not an empty folder: choose another one")
    with _registry(dsn) as registry:
        model = _named(registry, version)
        unpack(registry.artefact(model.version), folder, model.sha256)
    typer.echo(f"{model.version} is in {folder}")


@contextmanager
def _registry(dsn: str | None) -> Iterator[ModelStore]:
    """The registry, in which the shipped weights are entered where there is no champion."""
    from models.registering import ensure_champion
    from storage.postgres import Database

    settings = Settings()
    database = Database(dsn or settings.dsn.get_secret_value())
    try:
        ensure_champion(database.models, settings.weights, lambda: datetime.now(UTC))
        yield database.models
    finally:
        database.close()


def _version(folder: Path) -> str | None:
    """Of a folder's weights; `None` where it holds none, since a registry with a champion needs none."""
    from models.artefact import read_description

    try:
        return read_description(folder).version
    except ModelUnusable:
        return None


def _named(registry: ModelStore, version: str) -> Model:
    """The model of this version, or the only one whose version begins so."""
    found = [model for model in registry.all() if model.version.startswith(version)]
    if len(found) > 1 and all(model.version != version for model in found):
        listed = ", ".join(model.version for model in found)
        raise SetupError(f"{version} may be {listed}: write more of it")
    return registry.get(version if len(found) != 1 else found[0].version)


def _check_stored(registry: ModelStore, model: Model) -> None:
    from tempfile import TemporaryDirectory

    from models.packing import unpack

    with TemporaryDirectory(prefix="groundswell-model-") as folder:
        try:
            unpack(registry.artefact(model.version), Path(folder), model.sha256)
            _check_folder(Path(folder))
        except ModelUnusable as exc:
            raise ModelUnusable(f"{model.version} is not promoted, no worker would take it up: {exc}") from exc


def _check_folder(folder: Path) -> None:
    from models.classifier import load_classifier
    from models.golden import check

    check(load_classifier(folder, device="cpu", threads=1))
