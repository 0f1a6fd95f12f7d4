"""`groundswell bench engines`: which engine suits a CPU, by rate and by labels."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.settings import Settings
from groundswell.commands.bench_speed import JsonFile, check_file, table, write_json


def engines(
    data: Annotated[Path, typer.Option(help="Folder of the training data; its development part is read.")],
    posts: Annotated[int, typer.Option(min=16, help="Tweets that are timed.")] = 1_024,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds, after one to warm up.")] = 5,
    weights: Annotated[Path | None, typer.Option(help="Artefact folder, instead of the setting.")] = None,
    json_file: JsonFile = None,
) -> None:
    """The classifier's passes on a CPU by torch, ONNX Runtime and OpenVINO: rates, and whose labels change."""
    from rich.console import Console

    from groundswell.benchmarks import engines as of_engines

    check_file(json_file)
    found = of_engines.measure(
        weights or Settings().weights, data, posts, repeats, lambda said: typer.echo(said, err=True)
    )
    before = found[of_engines.REFERENCE].macro_f1
    rows = [
        (
            name, str(engine.posts_per_s), str(engine.ratio),
            *(f"{engine.agreement[task]:.1%}" for task in of_engines.HEADS),
            *(f"{100 * (engine.macro_f1[task] - before[task]):+.1f}" for task in before),
        )
        for name, engine in found.items()
    ]  # fmt: skip
    columns = (
        "engine", "posts a second", "ratio",
        *(f"{task}, same label" for task in of_engines.HEADS), *(f"{task}, macro-F1" for task in before),
    )  # fmt: skip
    console = Console()
    console.print(table("same label: as torch in float32; macro-F1: points above it", columns, rows))
    for name, packages in of_engines.missing().items():
        console.print(f'{name} was left out: pip install "groundswell\\[engines]" brings {", ".join(packages)}')
    write_json(json_file, {name: asdict(engine) for name, engine in found.items()})
