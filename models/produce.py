"""From a data folder to an artefact folder: train, calibrate, measure on the development part, write everything."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import SetupError
from core.evaluation import Report
from models import artefact, checkpoint, distilling
from models.cases import cases
from models.checkpoint import Position
from models.code_version import code_version
from models.data import Example, TrainingData, read_training_data, without
from models.development import Logits, calibrate, cross_fitted, development_logits
from models.distilling import teach
from models.encoder import identify, load_tokenizer
from models.grouping import group
from models.joining import joined_headlines
from models.model_card import model_card
from models.network import Network
from models.settings import TrainingSettings
from models.teachers import Teacher, describe
from models.training import Watcher, train
from models.varying import variants


def produce(
    data_folder: Path,
    output: Path,
    settings: TrainingSettings,
    watcher: Watcher,
    *,
    initial: Path | None = None,
    encoder: Path | None = None,
    teachers: Sequence[Teacher] = (),
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Report]:
    """Train on a data folder and leave an artefact in the output folder.

    Args:
        data_folder: holds the data sets by name, as `models.data` reads them.
        output: made if need be; keeps the checkpoint while the run is unfinished.
        settings: what to compute.
        watcher: told after each step.
        initial: artefact to start from instead of the plain encoder.
        encoder: folder of another encoder than the installed package's, which `transformers` reads.
        teachers: artefacts to learn from beside the labels.
        say: told what the teachers are asked, before the first step.

    Returns:
        The development figures, as `development_reports` names them.

    Raises:
        SetupError: data are missing, or the output folder holds a checkpoint of another run.
        ModelUnusable: the encoder or the initial artefact cannot be loaded.
    """
    if settings.variants and not teachers:
        raise SetupError("altered copies have no label: --variants needs a --teacher to judge them")
    data = without(read_training_data(data_folder, settings.seed), settings.fold)
    added = cases(settings.seed, data.labels["intent"]) + joined_headlines(data.train, settings.joined, settings.seed)
    data = only(replace(data, train=data.train + added), settings.tasks)
    data = replace(data, train=data.train + variants(data.train, settings.variants, settings.seed))
    teaching = teach(teachers, data.train, data.files, settings.seed, output, say, hear_all=settings.hear_all)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    start = None if initial is None else lambda network: artefact.continue_from(initial, network)
    network, update, position = train(
        data, settings, output, watcher, device=device, initial=start, encoder=encoder, teaching=teaching
    )
    trained = Trained(network, update, position, data, settings)
    reports = write_artefact(trained, output, initial, encoder, {"teachers": describe(teachers)})
    checkpoint.remove(output)
    (output / distilling.FILE).unlink(missing_ok=True)
    return reports


@dataclass(frozen=True, slots=True)
class Trained:
    """What a finished run leaves, before it is an artefact."""

    network: Network
    update: Mapping[str, Tensor]
    position: Position
    data: TrainingData
    settings: TrainingSettings


def write_artefact(
    trained: Trained, output: Path, initial: Path | None, encoder: Path | None, further: Mapping[str, Any]
) -> dict[str, Report]:
    """Measure on the development part, fit the calibration there, and write the artefact folder.

    Args:
        trained: by `models.training.train`.
        output: made if need be.
        initial: artefact that the run started from.
        encoder: folder of another encoder than the installed package's.
        further: goes into the training record.

    Returns:
        The development figures, as `development_reports` names them.
    """
    data, settings = trained.data, trained.settings
    logits = development_logits(trained.network, load_tokenizer(settings.max_tokens, encoder), data.development)
    reports = development_reports(logits)
    record = _record(data, settings, trained.position, reports, initial, encoder) | dict(further)
    artefact.save_weights(trained.network, trained.update, output, encoder)
    artefact.save_description(output, data.labels, calibrate(logits), record)
    (output / "README.md").write_text(model_card(record), encoding="utf-8")
    return reports


def measure_development(weights: Path, data_folder: Path) -> dict[str, Report]:
    """The development figures of an artefact, computed anew from the data folder it was trained on.

    Raises:
        SetupError: the data are missing, or are not those of the training record: the split would be another one,
            and rows that were trained on would be measured.
        ModelUnusable: the artefact cannot be loaded.
    """
    description = artefact.read_description(weights)
    data = data_of(weights, data_folder)
    network = artefact.load_network(weights, description)
    tokenizer = load_tokenizer(description.max_tokens, description.encoder)
    return development_reports(development_logits(network, tokenizer, data.development))


def data_of(weights: Path, data_folder: Path) -> TrainingData:
    """The data that an artefact was trained on, split as it was then.

    Raises:
        SetupError: the data are missing, or are not those of the training record: the split would be another one,
            and rows that were trained on would be measured.
        ModelUnusable: it is no artefact.
    """
    data = read_training_data(data_folder, artefact.read_description(weights).seed)
    if data.files != artefact.read_json(weights, artefact.RECORD).get("data_sha256"):
        raise SetupError(f"{data_folder} is not the data of {weights}'s training record; its split would be another")
    return data


def only(data: TrainingData, tasks: Sequence[str]) -> TrainingData:
    """The same split, without the examples of other tasks."""
    return TrainingData(
        train=tuple(example for example in data.train if example.task in tasks),
        development=tuple(example for example in data.development if example.task in tasks),
        labels={task: data.labels[task] for task in tasks},
        files=data.files,
    )


def development_reports(logits: Mapping[str, tuple[Sequence[Example], Logits]]) -> dict[str, Report]:
    """Figures by head, calibration cross-fitted; sentiment is the tweets', "headline" the other set's.

    "conflict" are the entities of headlines that name entities of different sentiment.
    """
    parts: dict[str, tuple[str, list[int]]] = {}
    for task, (rows, _) in logits.items():
        parts[task] = task, list(range(len(rows)))
    if "sentiment" in logits:
        headlines = [row for row, e in enumerate(logits["sentiment"][0]) if e.dataset == "sentfin"]
        parts["sentiment"] = "sentiment", sorted(set(parts["sentiment"][1]) - set(headlines))
        parts["headline"] = "sentiment", headlines
    if "entity" in logits:
        parts["conflict"] = "entity", [row for row, e in enumerate(logits["entity"][0]) if e.conflict]
    return {name: _report(task, rows, logits[task]) for name, (task, rows) in parts.items() if rows}


def _report(task: str, rows: Sequence[int], scored: tuple[Sequence[Example], Logits]) -> Report:
    examples = [scored[0][row] for row in rows]
    folds = [int(name, 16) % 2 for name in group([example.text for example in examples])]
    return cross_fitted(task, examples, scored[1][list(rows)], folds)


def _kind(example: Example) -> str:
    return f"{example.dataset}/{example.task}" + ("" if example.variant is None else "/variants")


def _record(
    data: TrainingData,
    settings: TrainingSettings,
    position: Position,
    reports: Mapping[str, Report],
    initial: Path | None,
    encoder: Path | None,
) -> dict[str, Any]:
    earlier = None
    if initial is not None:
        earlier = artefact.read_json(initial, artefact.RECORD)
        earlier = {key: earlier[key] for key in ("settings", "steps", "minutes", "started_from")}
    return {
        "encoder": asdict(identify(encoder)),
        "settings": asdict(settings),
        "steps": position.step,
        "minutes": round(position.elapsed_s / 60, 1),
        "started_from": earlier,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "torch": torch.__version__,
        "code_version": code_version(),
        "data_sha256": data.files,
        "rows_train": dict(Counter(_kind(e) for e in data.train)),
        "rows_development": dict(Counter(f"{e.dataset}/{e.task}" for e in data.development)),
        "development": {name: report.as_dict() for name, report in reports.items()},
    }
