"""`groundswell train`, `evaluate` and `explain`: make the classifier, measure it, and ask it why."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import SetupError
from core.settings import Settings

if TYPE_CHECKING:
    from core.evaluation import Report

Weights = Annotated[Path | None, typer.Option(help="Artefact folder, instead of the setting.")]


class Task(StrEnum):
    """The heads."""

    TOPIC = "topic"
    SENTIMENT = "sentiment"
    EMOTION = "emotion"
    INTENT = "intent"
    ENTITY = "entity"
    REPLIES = "replies"
    """Not a head: the drafts of replies."""


HEADS = tuple(task.value for task in Task if task is not Task.REPLIES)


def train(
    data: Annotated[Path, typer.Option(help="Folder that holds the data sets by name.")],
    output: Annotated[Path, typer.Option(help="Artefact folder to write; keeps the checkpoint of an unfinished run.")],
    epochs: Annotated[float, typer.Option(min=0.01, help="Passes over the training data.")] = 4.0,
    max_minutes: Annotated[float, typer.Option(min=0, help="Shorten the schedule to this time; 0 = no limit.")] = 0.0,
    full: Annotated[
        bool, typer.Option("--full/--lora", help="Train the layers and keep a low-rank update, or that update alone.")
    ] = True,
    rank: Annotated[int, typer.Option(min=1, max=384, help="Rank of the update that is kept.")] = 72,
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-7, max=0.1, help="Peak, of the encoder; 2e-4, or with --lora 4e-4.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, max=4_096, help="Texts a step.")] = 64,
    max_tokens: Annotated[int, typer.Option(min=16, max=512, help="Where a text is cut.")] = 96,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the order and the first weights.")] = 0,
    initial: Annotated[Path | None, typer.Option(help="Artefact to start from.")] = None,
    encoder: Annotated[
        Path | None, typer.Option(help="Folder of another encoder that transformers reads, for a teacher.")
    ] = None,
    teacher: Annotated[
        list[str] | None, typer.Option(help="Artefact to learn from, or ARTEFACT:task,task; may be repeated.")
    ] = None,
    tasks: Annotated[str, typer.Option(help="Heads to train, by commas; the classifier needs all.")] = ",".join(HEADS),
    layer_decay: Annotated[float, typer.Option(min=0.1, max=1, help="Of the rate, a layer downwards.")] = 0.8,
    emotion_share: Annotated[float, typer.Option(min=0.01, max=1, help="Of the emotion rows, read in an epoch.")] = 0.5,
    frozen_layers: Annotated[int, typer.Option(min=0, help="Lowest layers that are not trained.")] = 0,
    averaging: Annotated[float, typer.Option(min=0, max=0.9999, help="Decay a step of the weights' average.")] = 0.998,
    word_dropout: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the words hidden in a step.")] = 0.1,
    fold: Annotated[
        str | None, typer.Option(help="Leave part I of K of the training rows out, as I/K: a teacher for those.")
    ] = None,
    variants: Annotated[
        int, typer.Option(min=0, max=50, help="Altered copies of each finance and banking row for teachers to judge.")
    ] = 0,
    teacher_share: Annotated[
        float, typer.Option(min=0, max=1, help="What teachers' opinion of a row counts; its label the rest.")
    ] = 0.6,
    variant_weight: Annotated[float, typer.Option(min=0, max=10, help="Of their opinion on an altered copy.")] = 1.0,
    hear_all: Annotated[
        bool, typer.Option("--hear-all", help="Hear every teacher, also those that were trained on a row.")
    ] = False,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 = one a core.")] = 0,
) -> None:
    """Fine-tune the classifier; run it again after an interruption and it continues."""
    import torch
    from rich.console import Console

    from models.produce import produce
    from models.settings import TrainingSettings
    from models.teachers import parse_teacher
    from models.watching import watching

    if threads:
        torch.set_num_threads(threads)
    settings = TrainingSettings(
        epochs=epochs,
        max_minutes=max_minutes,
        batch_size=batch_size,
        max_tokens=max_tokens,
        learning_rate=learning_rate or (2e-4 if full else 4e-4),
        rank=rank,
        full=full,
        layer_decay=layer_decay,
        word_dropout=word_dropout,
        averaging=averaging,
        frozen_layers=frozen_layers,
        emotion_share=emotion_share,
        tasks=_tasks(tasks),
        fold=_fold(fold),
        variants=variants,
        teacher_share=teacher_share,
        variant_weight=variant_weight,
        hear_all=hear_all,
        seed=seed,
    )
    teachers = [parse_teacher(value) for value in teacher or ()]
    console = Console()
    with watching(output / "logs", console) as watcher:
        say = console.print
        reports = produce(data, output, settings, watcher, initial=initial, encoder=encoder, teachers=teachers, say=say)
    _print(reports)
    console.print(f"written to {output}")


def average(
    artefacts: Annotated[list[Path], typer.Argument(help="Artefact folders, trained from the same weights.")],
    data: Annotated[Path, typer.Option(help="Folder of their training data, to calibrate and measure.")],
    output: Annotated[Path, typer.Option(help="Artefact folder to write.")],
) -> None:
    """Average the weights of runs that started from the same ones: better than each, at the cost of one."""
    from rich.console import Console

    from models.averaging import average_artefacts

    reports = average_artefacts(artefacts, data, output)
    _print(reports)
    Console().print(f"written to {output}")


def _tasks(listed: str) -> tuple[str, ...]:
    names = {name.strip() for name in listed.split(",")}
    if not names <= set(HEADS):
        raise SetupError(f"--tasks knows {', '.join(HEADS)}; not {', '.join(sorted(names - set(HEADS)))}")
    return tuple(task for task in HEADS if task in names)


def _fold(value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", value.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]) or int(found[2]) < 2:
        raise SetupError(f"--fold takes one part of several, such as 1/5; not {value}")
    return int(found[1]), int(found[2])


def evaluate(
    task: Annotated[Task | None, typer.Option(help="Which head; needed with a file.")] = None,
    data: Annotated[Path | None, typer.Option(help="Labelled CSV, TSV, JSON-lines or Parquet file.")] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the texts, or its number from 0.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the labels; emotions by commas.")] = None,
    entity_column: Annotated[str | None, typer.Option(help="Column of the entity, for --task entity.")] = None,
    label_map: Annotated[
        str | None,
        typer.Option(
            help='JSON file: {"their label": "ours"}; null = leave out. Or a published order of ids by name: '
            "twitter_financial_sentiment, negative-neutral-positive, banking77-alphabetical, banking77-categories."
        ),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the confusion matrix here, as PNG.")] = None,
    development: Annotated[
        Path | None, typer.Option(help="Data folder: measure every head on its development part instead of a file.")
    ] = None,
    table: Annotated[
        bool, typer.Option(help="With --development: train and score the baselines too, and print Markdown.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(help="With --table: write it between this file's markers, as in README.md.")
    ] = None,
    behaviours: Annotated[bool, typer.Option(help="Run the texts written for this project instead.")] = False,
    writer: Annotated[
        list[str] | None,
        typer.Option(help="With --task replies, once for each: template, zero-shot, local, a model or an address."),
    ] = None,
    weights: Weights = None,
) -> None:
    """Measure the classifier on a labelled file, or on the development part of a data folder.

    With --task replies: measure the drafts. FILE has JSON lines with `message`, and maybe `plan` and `reference`.
    """
    folder = weights or Settings().weights
    if task is Task.REPLIES:
        _measure_replies(folder, data, writer or [], json_file, into)
        return
    if behaviours:
        _print_behaviours(folder)
        return
    _check_folders(json_file, plot)
    if table or into is not None:
        content: dict[str, Any] = _compare(folder, development, into)
        reports = {}
    elif development is not None:
        reports = _measure_development(folder, development)
        content = {name: report.as_dict() for name, report in reports.items()}
    elif task is None or data is None:
        raise SetupError("say what to measure: --task and --data FILE, or --development FOLDER")
    else:
        columns = {"text_column": text_column, "label_column": label_column, "entity_column": entity_column}
        reports = _measure_file(folder, task, data, columns, label_map, plot)
        content = reports[task.value].as_dict() | {k: r.as_dict() for k, r in reports.items() if k != task.value}
    if reports:
        _print(reports)
    if json_file is not None:
        json_file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def explain(
    text: Annotated[str, typer.Option(help="What to explain.")],
    task: Annotated[Task, typer.Option(help="Which head.")] = Task.SENTIMENT,
    weights: Weights = None,
) -> None:
    """Say which words moved the label, by how much, and toward what."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.classifier import load_classifier
    from models.explaining import explain as explain_text

    if not text.strip():
        raise SetupError("--text is empty; there is nothing to explain")
    if task in (Task.ENTITY, Task.REPLIES):
        raise SetupError("explain knows topic, sentiment, emotion and intent")
    found = explain_text(load_classifier(weights or Settings().weights), text, task.value)
    if not found.words:
        raise SetupError("nothing is left of --text without its links; there is nothing to explain")
    table = Table(box=None, header_style="bold", title=f"{task}: {found.label}, {found.probability:.2f}")
    for title in ("word", "moves it by", "toward"):
        table.add_column(title)
    for word in found.words:
        table.add_row(escape(word.word), f"{word.weight:+.3f}", word.toward)
    Console().print(table)


def _measure_replies(
    folder: Path, data: Path | None, kinds: list[str], json_file: Path | None, into: Path | None
) -> None:
    from groundswell.commands.draft import chosen_writer
    from groundswell.measuring_writers import ZERO_SHOT, insert, measure, read_rows
    from models.writer import load_writer

    if data is None:
        raise SetupError("--task replies needs --data FILE")
    _check_folders(json_file, into)
    settings, rows = Settings(), read_rows(data)
    writers = {}
    for kind in kinds or [settings.writer]:
        chosen = chosen_writer(settings, "local" if kind == ZERO_SHOT else kind)
        writers[kind] = load_writer(replace(chosen, adapter="") if kind == ZERO_SHOT else chosen)
    text, found = measure(rows, writers, folder, settings.playbook)
    if into is None:
        typer.echo(text)
    else:
        insert(into, text)
    if json_file is not None:
        json_file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _measure_file(
    folder: Path, task: Task, data: Path, columns: dict[str, str | None], label_map: str | None, plot_to: Path | None
) -> dict[str, Report]:
    from rich.progress import Progress

    from models.artefact import read_description
    from models.label_names import named_map
    from models.labelled import read_labelled

    labels = read_description(folder).labels
    mapping = None if label_map is None else named_map(label_map, labels[task.value]) or _read_map(Path(label_map))
    labelled = read_labelled(data, task.value, labels, label_map=mapping, **columns)

    from models.classifier import load_classifier
    from models.measuring import measure, plot

    classifier = load_classifier(folder)
    with Progress(transient=True) as progress:
        bar = progress.add_task(f"{task} on {data.name}", total=len(labelled.texts))
        measured = measure(classifier, task.value, labelled, lambda count: progress.advance(bar, count))
    if plot_to is not None:
        plot(measured, classifier.labels[task.value], f"{task}, {data.name}, n = {measured.report.n:,}", plot_to)
    if labelled.left_out:
        typer.echo(f"{labelled.left_out:,} rows left out by the label map")
    reports = {task.value: measured.report}
    return reports if measured.conflict is None else reports | {"conflict": measured.conflict}


def _measure_development(folder: Path, data: Path) -> dict[str, Report]:
    from models.produce import measure_development

    return measure_development(folder, data)


def _check_folders(*files: Path | None) -> None:
    """Before minutes are spent on what could then not be written."""
    for file in files:
        if file is not None and not file.absolute().parent.is_dir():
            raise SetupError(f"there is no folder {file.absolute().parent} to write {file.name} into")


def _compare(folder: Path, data: Path | None, into: Path | None) -> dict[str, Any]:
    """The classifier beside the baselines, on one split; the table to a file or to standard output."""
    from models.comparison import check, insert, markdown

    if data is None:
        raise SetupError("--table needs --development FOLDER, the data that the baselines are trained on")
    if into is not None:
        check(into)

    from models.baselines import TASKS, baselines, methods
    from models.data import read_training_data

    ours = _measure_development(folder, data)
    found: dict[tuple[str, str], Report] = {}
    count = sum(1 for task in TASKS for _ in methods(task))

    def keep(method: str, task: str, report: Report, seconds: float) -> None:
        found[task, method] = report
        figures = f"{report.accuracy.value:.3f} / {report.macro_f1.value:.3f}"
        typer.echo(f"{len(found)} of {count}: {task}, {method}: {figures}, {seconds:.0f} s", err=True)

    baselines(read_training_data(data, _seed(folder)), keep)
    table = markdown(ours, found)
    if into is None:
        typer.echo(table, nl=False)
    else:
        insert(into, table)
    by_method = {f"{task}: {method}": report for (task, method), report in found.items()}
    return {name: report.as_dict() for name, report in (ours | by_method).items()}


def _seed(folder: Path) -> int:
    from models.artefact import read_description

    return read_description(folder).seed


def _print_behaviours(folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    from models.behaviours import pass_rates, swaps
    from models.classifier import load_classifier

    classifier, console = load_classifier(folder), Console()
    for rate in pass_rates(classifier):
        console.print(f"[bold]{rate.group}[/bold]: {rate.passed} of {rate.cases} ({rate.passed / rate.cases:.0%})")
        for text in rate.failures:
            console.print(f"  not: {escape(text)}")
    for swap in swaps(classifier):
        console.print(
            f"[bold]swapped {swap.group}[/bold]: median move over {swap.pairs} pairs "
            f"{', '.join(f'{head} {move:.3f}' for head, move in swap.medians.items())}; worst "
            f"{swap.worst:.3f} ({swap.worst_label}): {escape(swap.worst_pair[0])} / {escape(swap.worst_pair[1])}"
        )


def _read_map(path: Path) -> dict[str, str | None]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise SetupError(
            f"the label map {path} is neither a JSON file that can be read nor an order of this task's ids by name"
        ) from exc
    if not isinstance(content, dict) or not all(isinstance(name, str | None) for name in content.values()):
        raise SetupError(f'the label map {path} must be an object such as {{"their label": "our label"}}')
    return content


def _print(reports: dict[str, Report]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", caption="95 % intervals by bootstrap over texts")
    for title in ("head", "n", "accuracy", "macro-F1", "weighted F1", "calibration error"):
        table.add_column(title)
    for name, report in reports.items():
        figures = (report.accuracy, report.macro_f1, report.weighted_f1, report.ece)
        table.add_row(name, f"{report.n:,}", *(str(figure) for figure in figures))
    Console().print(table)
