"""Trains the champion further on labels that people settled, beside replayed old rows, into a candidate's artefact.

What keeps the old abilities: the update starts as the champion's own, the learning rate is small and the epochs few;
heads that have nothing new to learn stay as they are; old rows are read again, more of the tasks that are learnt; what
the champion says of them is to stay, in place of their labels, and so is what it says of the new texts beyond their
label (Li & Hoiem 2017, Learning without Forgetting); and the candidate goes only part of the way from the champion's
weights to those that were learnt.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch

from core.errors import SetupError
from core.snapshots import Row
from models import artefact
from models.cases import cases
from models.corrections import examples_of
from models.data import Example, TrainingData, read_training_data
from models.distilling import teach
from models.joining import joined_headlines
from models.network import Network
from models.produce import Trained, write_artefact
from models.replaying import beside, replayed
from models.settings import TrainingSettings
from models.teachers import Teacher
from models.training import Watcher, train

CHECKPOINT_EVERY_S: Final = 20.0
"""A run takes minutes, so it is saved more often than one from the beginning."""
NICEST: Final = 19
JOINED: Final = TrainingSettings().joined
SNAPSHOT: Final = "snapshot"
"""Key of the training record: what of the labels a model has learnt."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the outcome of a retraining, besides labels, champion and training data."""

    epochs: float = 2.0
    learning_rate: float = 8e-5
    head_learning_rate: float = 3e-4
    replay: int = 4_000
    """Old rows that are read again."""
    repeat: int = 4
    """Times that a new row is read in an epoch: there are few."""
    beside: int = 2
    """Old rows of the same task that are read beside each of these readings, so that a head does not hear the new
    language alone."""
    batch_size: int = 64
    averaging: float = 0.98
    """A run has some hundred steps, so the average of the weights forgets faster than one of thousands."""
    interpolation: float = 0.8
    """How far the candidate goes from the champion's weights to those that were learnt."""


def base_data(folder: Path | None, champion: Path) -> TrainingData:
    """The data that the champion was first trained on, split as it was then.

    Raises:
        SetupError: there is no such folder, or it holds other data: its split would be another, and rows that were
            trained on would be tested on.
    """
    if folder is None:
        raise SetupError(
            "a retraining needs the training data, to replay it and to measure on its development part: without it"
            " nothing shows that a candidate has forgotten nothing; set GROUNDSWELL_TRAINING_DATA to the folder with"
            " the five data sets (docs/retraining.md)"
        )
    description = artefact.read_description(champion)
    data = read_training_data(folder, description.seed)
    if data.files != artefact.read_json(champion, artefact.RECORD).get("data_sha256"):
        raise SetupError(
            f"{folder} is not the data that the champion {description.version} was trained on; its split would be"
            " another, and rows that were trained on would be tested on"
        )
    return data


def learnt_until(champion: Path) -> str | None:
    """When the newest label that a model has learnt was given, as ISO 8601; `None` where it has learnt none."""
    learnt = artefact.read_json(champion, artefact.RECORD).get(SNAPSHOT)
    return None if learnt is None else str(learnt["until"])


def settings_of(champion: Path, plan: Plan) -> TrainingSettings:
    """The training settings that a plan means for a champion: its own rank, tokens and split."""
    description = artefact.read_description(champion)
    rank = int(artefact.read_json(champion, artefact.ADAPTER_CONFIG)["r"])
    return TrainingSettings(
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        max_tokens=description.max_tokens,
        learning_rate=plan.learning_rate,
        head_learning_rate=plan.head_learning_rate,
        full=False,
        emotion_share=1.0,
        joined=0,
        rank=rank,
        word_dropout=0.05,
        teacher_share=1.0,
        averaging=plan.averaging,
        interpolation=plan.interpolation,
        seed=description.seed,
    )


def continue_training(
    data: TrainingData,
    champion: Path,
    rows: Sequence[Row],
    plan: Plan,
    output: Path,
    watcher: Watcher,
    *,
    snapshot: Mapping[str, Any],
    device: torch.device,
    say: Callable[[str], None] = lambda _: None,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
) -> Path:
    """Train, calibrate and measure a candidate; run again after a kill, it continues at its last checkpoint.

    Args:
        data: as `base_data` reads it.
        champion: artefact to start from.
        rows: settled labels; those that are held back are not read.
        plan: how much.
        output: folder of this run; the checkpoint stays in `output/training` until the candidate is whole.
        watcher: told after each step.
        snapshot: goes into the training record; `id` also decides which old rows are replayed.
        device: where to compute.
        say: told what the champion is asked, before the first step.
        checkpoint_every_s: how much a killed run may lose.

    Returns:
        The candidate's artefact folder, which is there whole or not at all.

    Raises:
        SetupError: the run's folder holds a checkpoint of another run.
        ModelUnusable: the champion cannot be loaded.
    """
    finished, part, working = output / "candidate", output / "candidate.part", output / "training"
    if finished.is_dir():
        return finished
    settings = settings_of(champion, plan)
    learnt = examples_of([row for row in rows if not row.held_back], data.labels)
    old = _old_rows(data, plan.replay, settings.seed, str(snapshot["id"]))
    same = beside(data.train, learnt, plan.repeat * plan.beside, str(snapshot["id"]))
    mixed = replace(data, train=old + same + learnt * plan.repeat)
    tasks = tuple(artefact.read_description(champion).labels)
    teaching = teach([Teacher(champion, tasks)], mixed.train, data.files, settings.seed, working, say)
    network, update, position = train(
        mixed, settings, working, watcher, device=device, teaching=teaching,
        initial=lambda fresh: _begin(champion, {one.task for one in learnt}, fresh),
        checkpoint_every_s=checkpoint_every_s,
    )  # fmt: skip
    shutil.rmtree(part, ignore_errors=True)
    further = {SNAPSHOT: dict(snapshot) | {"rows": len(learnt)}}
    write_artefact(Trained(network, update, position, mixed, settings), part, champion, None, further)
    os.replace(part, finished)
    shutil.rmtree(working)
    return finished


def _begin(champion: Path, tasks: Collection[str], fresh: Network) -> None:
    """Start as the champion; a head that has nothing new to learn stays as it is."""
    artefact.continue_from(champion, fresh)
    for task, head in fresh.heads.items():
        head.requires_grad_(task in tasks)


def _old_rows(data: TrainingData, count: int, seed: int, draw: str) -> tuple[Example, ...]:
    """Rows of the data sets, and a tenth as many of the texts that teach what no data set does (`models.cases`)."""
    own = cases(seed, data.labels["intent"]) + joined_headlines(data.train, JOINED, seed)
    return replayed(data.train, count, draw) + replayed(own, count // 10, draw)


def give_way(threads: int) -> None:
    """Take the lowest priority and few threads, for the rest of this process: whoever classifies posts goes first."""
    os.nice(NICEST - os.nice(0))
    torch.set_num_threads(threads)
