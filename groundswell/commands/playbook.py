"""`groundswell playbook check | measure`: whether a playbook may be used, and how well its entries are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SetupError
from core.settings import Settings

app = typer.Typer(help="Check a playbook, or measure how well it is found.", no_args_is_help=True)

File = Annotated[Path | None, typer.Argument(help="Playbook; without it the setting's, or the one that ships.")]


@app.command()
def check(file: File = None) -> None:
    """Name every fault with its line, as FILE:LINE: what; exit 1 where there is one."""
    from importlib.resources import files

    from core.playbook_file import read

    settings = Settings()
    path = file or (
        Path(settings.playbook) if settings.playbook else Path(str(files("core").joinpath("playbook.toml")))
    )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SetupError(f"{path} cannot be read: {exc}") from exc
    playbook, faults = read(text, _intents(settings.weights))
    for fault in faults:
        typer.echo(f"{path}:{fault.line}: {fault.says}")
    if faults or playbook is None:
        raise typer.Exit(1)
    sentences = sum(
        len(entry.step) + len(entry.info) + len(entry.ask) + len(entry.acknowledge) for entry in playbook.entry
    )
    typer.echo(
        f"{path}: version {playbook.version}, {len(playbook.entry)} entries, "
        f"{sum(len(e.intents) for e in playbook.entry)} intents, {sentences} sentences of their own, "
        f"{sum(len(e.examples) for e in playbook.entry)} examples: no fault"
    )


@app.command()
def measure(
    data: Annotated[Path, typer.Option(help="Folder that holds the data sets by name.")],
    file: Annotated[Path | None, typer.Option(help="Playbook, instead of the setting.")] = None,
    most: Annotated[int, typer.Option(min=0, help="Payday complaints at most; 0 = all.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Retrieval on Banking77's development part and on headlines, and what becomes of the CFPB's complaints.

    Nothing that is measured was trained on, but the bounds of `core/retrieval.py` were chosen on half of the
    development part and on other headlines than these.
    """
    from groundswell.measuring_replies import measure_all, show

    settings = Settings()
    playbook = str(file) if file else settings.playbook
    figures = measure_all(data, settings.weights, playbook, most)
    typer.echo(json.dumps(figures, indent=2) if as_json else show(figures))


def _intents(weights: Path) -> tuple[str, ...]:
    """The classifier's; none where there are no weights, and what depends on them is not checked."""
    path = weights / "labels.json"
    if not path.is_file():
        return ()
    return tuple(json.loads(path.read_text(encoding="utf-8")).get("intent", ()))
