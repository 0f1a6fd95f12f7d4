"""`groundswell writer train | pairs`: teach the small language model to word replies, and see what it learns from."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SetupError

if TYPE_CHECKING:
    from models.writer_pairs import Pair

app = typer.Typer(
    help="Teach the small language model to word replies, or list what it learns from.", no_args_is_help=True
)


@app.command()
def train(
    output: Annotated[Path, typer.Option(help="Folder to write; keeps the checkpoint of an unfinished run.")],
    epochs: Annotated[float, typer.Option(min=0.001, help="Passes over the pairs.")] = 2.0,
    max_minutes: Annotated[float, typer.Option(min=0, help="Shorten the schedule to this time; 0 = no limit.")] = 0.0,
    batch_size: Annotated[int, typer.Option(min=1, max=256, help="Pairs a step.")] = 4,
    learning_rate: Annotated[float, typer.Option(min=1e-7, max=0.1, help="Peak.")] = 1e-3,
    rank: Annotated[int, typer.Option(min=1, max=64, help="Of the low-rank update; 16 is 5 MB.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Of the order and the first weights.")] = 0,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 = one a core.")] = 0,
) -> None:
    """Fine-tune on the pairs that ship; run it again after an interruption and it continues."""
    import torch
    from rich.console import Console

    from models.watching import watching
    from models.writer_model import load_local
    from models.writer_training import WriterSettings
    from models.writer_training import train as run

    if threads:
        torch.set_num_threads(threads)
    settings = WriterSettings(
        epochs=epochs,
        max_minutes=max_minutes,
        batch_size=batch_size,
        learning_rate=learning_rate,
        rank=rank,
        seed=seed,
    )
    console = Console()
    with watching(output / "logs", console) as watcher:
        record = run(_pairs(held_out=False), load_local(to_teach=True), settings, output, watcher)
    console.print(f"{record['steps']} steps, last loss {record['loss of the last steps']}; written to {output}")


@app.command()
def pairs(
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Those to measure with, not those to learn from.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="JSON-lines file to write, instead of standard output.")] = None,
) -> None:
    """Put the pairs together, hold each against its plan by the guard, and write them as JSON lines."""
    from core.plans import as_json

    lines = [
        json.dumps({"message": pair.message, "plan": as_json(pair.plan), "reference": pair.reply}, ensure_ascii=False)
        for pair in _pairs(held_out=held_out)
    ]
    if output is None:
        typer.echo("\n".join(lines))
        return
    if not output.absolute().parent.is_dir():
        raise SetupError(f"there is no folder {output.absolute().parent} to write {output.name} into")
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    typer.echo(f"{len(lines):,} pairs, no guard finding in any; written to {output}")


def _pairs(*, held_out: bool) -> list[Pair]:
    """Under the playbook that ships: it is the one that the replies were written for."""
    from core.playbook_file import parse
    from models.writer_pairs import held_out_pairs, training_pairs

    playbook = parse(files("core").joinpath("playbook.toml").read_text(encoding="utf-8"))
    return held_out_pairs(playbook) if held_out else training_pairs(playbook)
