"""`groundswell bench classify | gpu | pipeline | store | pages | memory`: speed, side by side, with its spread."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import SetupError
from core.settings import Settings

if TYPE_CHECKING:
    from groundswell.benchmarks import classify as of_classifier

JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures here.")]
Texts = Annotated[
    Path | None, typer.Option("--data", help="CSV, TSV, JSON lines or Parquet of texts; else the demo's posts.")
]
TextColumn = Annotated[str, typer.Option(help="Column of the texts.")]


def classify(
    data: Texts = None,
    text_column: TextColumn = "text",
    posts: Annotated[int, typer.Option(min=16, help="Texts at most.")] = 1_024,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds, after one to warm up.")] = 5,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 = one a core.")] = 0,
    weights: Annotated[Path | None, typer.Option(help="Artefact folder, instead of the setting.")] = None,
    json_file: JsonFile = None,
) -> None:
    """The classifier beside three BERT-base pipelines, and beside its own encoder in four plain pipelines."""
    from groundswell.benchmarks import classify as of_classifier
    from groundswell.benchmarks.texts import read_texts

    check_file(json_file)
    texts = read_texts(data, text_column, posts)
    figures = of_classifier.measure(weights or Settings().weights, texts, repeats, threads)
    _show_classify(figures)
    write_json(json_file, figures.as_dict())


def _show_classify(figures: of_classifier.Figures) -> None:
    from rich.console import Console

    from groundswell.benchmarks.timing import number

    console = Console()
    console.print(
        table(
            f"{figures.texts:,} texts of {figures.mean_tokens:.0f} tokens, {figures.device}, {figures.dtype}, "
            f"{figures.threads} threads",
            ("what", "posts a second (least to greatest)"),
            [(name, str(rate)) for name, rate in figures.rates.items()],
        )
    )
    console.print(f"ours / three BERT-base pipelines: {figures.ratio_three_pipelines}")
    console.print(f"ours / four pipelines of the same encoder: {figures.ratio_same_encoder}")
    console.print(
        f"share of the matrix products' peak ({number(figures.peak_gflops)} GFLOP/s): {figures.share_of_peak:.0%}"
    )
    console.print("The pipelines' weights are random; the arithmetic is that of trained ones.")


def gpu(
    posts: Annotated[int, typer.Option(min=64, help="Made of the demo's posts.")] = 32_768,
    mean_tokens: Annotated[float, typer.Option(min=3, max=90, help="Of a post.")] = 30.0,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds, after one to warm up.")] = 5,
    tokenizers: Annotated[int, typer.Option(min=-1, help="Processes that tokenise; -1 = one a core but two.")] = -1,
    weights: Annotated[Path | None, typer.Option(help="Artefact folder, instead of the setting.")] = None,
    json_file: JsonFile = None,
) -> None:
    """The classifier on a GPU: eager, compiled and padding-free, and who waits for whom."""
    from rich.console import Console

    from groundswell.benchmarks import gpu as of_gpu
    from groundswell.benchmarks.texts import read_texts

    check_file(json_file)
    folder = weights or Settings().weights
    texts = of_gpu.long_enough(folder, read_texts(None, "text", posts), mean_tokens, posts)
    figures = of_gpu.measure(folder, texts, repeats, tokenizers=None if tokenizers < 0 else tokenizers)
    for title, columns, rows in of_gpu.shown(figures):
        Console().print(table(title, columns, rows))
    write_json(json_file, figures.as_dict())


def store(
    sizes: Annotated[str, typer.Option(help="Posts in the store, ascending, by commas.")] = "10000,100000,1000000",
    large: Annotated[bool, typer.Option("--large", help="And ten million, which takes hours to fill.")] = False,
    runs: Annotated[int, typer.Option(min=5, help="Of each query at each size.")] = 100,
    json_file: JsonFile = None,
) -> None:
    """Every query of the dashboard, and the worker's look at the surges, as the store grows."""
    from rich.console import Console
    from rich.progress import Progress

    from groundswell.benchmarks import store as of_store

    check_file(json_file)
    chosen = _whole_numbers(sizes, least=1_000) + ([of_store.LARGE] if large else [])
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        bar = progress.add_task("filling a PostgreSQL of its own", total=chosen[-1])
        figures = of_store.measure(chosen, runs, lambda count: progress.advance(bar, count))
    rows = [
        (query, *(f"{ms:.1f}" for ms in times), f"{figures.growth(query):.2f}")
        for query, times in figures.p95_ms.items()
    ]
    columns = ("query, p95 in ms", *(f"{size:,} posts" for size in figures.sizes), "growth")
    Console().print(table(f"{runs} runs each", columns, rows))
    write_json(json_file, figures.as_dict())


def pages(
    posts: Annotated[int, typer.Option(min=1_000, help="Posts in the store.")] = 1_000_000,
    minutes: Annotated[float, typer.Option(min=0.2, help="How long the windows stay open; 20 tell of memory.")] = 3.0,
    windows: Annotated[int, typer.Option(min=0, max=100, help="Windows of the page Now, at once.")] = 10,
    dsn: Annotated[str | None, typer.Option("--dsn", help="A filled PostgreSQL, instead of one of its own.")] = None,
    json_file: JsonFile = None,
) -> None:
    """The dashboard in Chromium: the first paint, every refresh, and memory with many windows open."""
    from contextlib import nullcontext

    from rich.console import Console
    from rich.progress import Progress

    from groundswell.benchmarks import pages as of_pages
    from groundswell.benchmarks.filling import filled

    check_file(json_file)
    console = Console()
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        bar = progress.add_task("filling a PostgreSQL of its own", total=posts, visible=dsn is None)
        source = nullcontext(dsn) if dsn else filled(posts, lambda count: progress.advance(bar, count))
        with source as address:
            progress.remove_task(bar)
            figures = of_pages.measure(address, minutes, windows, console.print).as_dict()
    shown = {name: value for name, value in figures.items() if not isinstance(value, list)}
    console.print(table(f"{windows} windows", ("what", ""), [(name, str(value)) for name, value in shown.items()]))
    write_json(json_file, figures)


def pipeline(
    data: Texts = None,
    text_column: TextColumn = "text",
    posts: Annotated[int, typer.Option(min=1_000, help="Put into Kafka at once.")] = 20_000,
    stream_s: Annotated[float, typer.Option(min=5, help="Seconds of a steady stream at half of that pace.")] = 60.0,
    workers: Annotated[str, typer.Option(help="Numbers of workers, by commas.")] = "1,2",
    weights: Annotated[Path | None, typer.Option(help="Artefact folder, instead of the setting.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write where the CPU's time goes here, as a PNG or SVG picture.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """From Kafka to committed rows, beside the classifier alone on the same texts and cores."""
    from rich.console import Console

    from groundswell.benchmarks import pipeline as of_pipeline
    from groundswell.benchmarks.texts import read_texts

    check_file(json_file)
    check_file(plot)
    texts, console = read_texts(data, text_column, posts), Console()
    loads = []
    for count in _whole_numbers(workers, least=1):
        loads.append(
            of_pipeline.measure(
                weights or Settings().weights, texts, posts, stream_s, count, lambda said: typer.echo(said, err=True)
            )
        )
    rows = [
        (
            str(load.workers), f"{load.posts_per_s:,.0f}", str(load.classifier_posts_per_s),
            f"{load.ratio_to_classifier:.2f}", *(f"{seconds:.2f}" for seconds in load.latency_s.values()),
            f"{load.share_beside_classifier:.0%}",
        )
        for load in loads
    ]  # fmt: skip
    columns = (
        "workers", "posts/s", "classifier alone, posts/s", "ratio", "p50 s", "p95 s", "p99 s",
        "CPU beside the classifier",
    )  # fmt: skip
    console.print(table(f"{posts:,} posts; latency at half the pace", columns, rows))
    for load in loads:
        spent = [(name, f"{seconds:.1f}") for name, seconds in load.cpu_s.items()]
        console.print(table(f"CPU seconds, {load.workers} workers", ("stage", "s"), spent))
    if plot is not None:
        of_pipeline.draw(loads, posts, plot)
    write_json(json_file, loads[0].as_dict() | {"loads": [load.as_dict() for load in loads]})


def memory(
    minutes: Annotated[float, typer.Option(min=2, help="After everything is up; the first one does not count.")] = 20.0,
    viewers: Annotated[int, typer.Option(min=0, max=100, help="Sessions open at the dashboard.")] = 3,
    json_file: JsonFile = None,
) -> None:
    """The whole demo, Airflow too: what each part holds in memory, and whether it grows."""
    from rich.console import Console

    from groundswell.benchmarks import memory as of_memory

    check_file(json_file)
    found = of_memory.measure(Settings(), minutes, viewers, lambda said: typer.echo(said, err=True))
    rows = [
        (
            part,
            f"{held.most:,.0f}",
            f"{held.slope_mb_an_hour:+,.0f} ({held.slope_low:+,.0f} to {held.slope_high:+,.0f})",
        )
        for part, held in found.items()
    ]
    Console().print(table(f"{minutes:g} minutes", ("part", "most, MB", "growth, MB an hour (95 %)"), rows))
    write_json(json_file, {part: asdict(held) | {"grows": held.grows} for part, held in found.items()})


def _whole_numbers(text: str, least: int) -> list[int]:
    try:
        numbers = [int(part) for part in text.replace("_", "").split(",")]
    except ValueError:
        numbers = []
    if not numbers or numbers != sorted(set(numbers)) or numbers[0] < least:
        raise typer.BadParameter(f"write whole numbers of at least {least:,}, ascending, separated by commas")
    return numbers


def table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Any:
    from rich.table import Table

    table = Table(title=title, box=None, header_style="bold", title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    return table


def check_file(file: Path | None) -> None:
    """Before minutes are spent on what could then not be written."""
    if file is not None and not file.absolute().parent.is_dir():
        raise SetupError(f"there is no folder {file.absolute().parent} to write {file.name} into")


def write_json(file: Path | None, figures: dict[str, Any]) -> None:
    if file is not None:
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
