"""What teachers say of the training rows, for a student to learn beside the labels and beyond them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from models import artefact
from models.batches import encode
from models.data import Example, Fold, fold_of
from models.encoder import choose_attention, load_tokenizer
from models.inference import bfloat16_pays, logits_of
from models.network import Network
from models.teachers import Teacher, check_split, fold_left_out

FILE: Final = "teaching.npz"
BATCH_TOKENS: Final = {"cpu": 2_048, "cuda": 65_536}
CHUNK: Final = {"cpu": 2_048, "cuda": 32_768}
"""Rows between two reports of progress."""
ASKED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("twitter_financial_topic", "topic"): ("topic", "sentiment"),
    ("twitter_financial_sentiment", "sentiment"): ("sentiment", "topic"),
    ("sentfin", "sentiment"): ("sentiment", "topic"),
    ("sentfin", "entity"): ("entity",),
    ("goemotions", "emotion"): ("emotion",),
    ("banking77", "intent"): ("intent",),
    ("cases", "sentiment"): ("sentiment", "emotion", "intent"),
    ("labels", "topic"): ("sentiment", "emotion", "intent"),
    ("labels", "sentiment"): ("topic", "emotion", "intent"),
    ("labels", "emotion"): ("topic", "sentiment", "intent"),
    ("labels", "intent"): ("topic", "sentiment", "emotion"),
}
"""By data set and task: the heads whose opinion of a row is asked. Finance texts teach each other's heads. A text that
people labelled is asked about all the others' but its own: there the people are right."""

Floats = NDArray[np.float32]
Opinions = dict[str, tuple[list[int], Floats]]
"""By task: the rows that its head is asked about, and its logits, shape (rows, labels)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one teacher says, and which fold of the training rows it has not seen."""

    opinions: Opinions
    fold: Fold | None


@dataclass(frozen=True, slots=True)
class Teaching:
    """By task: the rows that have a teacher's logits, and those, shape (rows of the task, labels)."""

    places: dict[str, dict[int, int]]
    logits: dict[str, Tensor]
    signature: str = ""

    def of(self, batch: Sequence[int]) -> dict[str, tuple[list[int], Tensor]]:
        """By task: which places of a batch of rows have logits, and those."""
        found = {}
        for task, places in self.places.items():
            at = [place for place, row in enumerate(batch) if row in places]
            if at:
                found[task] = at, self.logits[task][[places[batch[place]] for place in at]].float()
        return found


NOTHING: Final = Teaching({}, {})


def teach(
    teachers: Sequence[Teacher],
    examples: Sequence[Example],
    data_files: Mapping[str, str],
    seed: int,
    kept: Path,
    say: Callable[[str], None],
    *,
    hear_all: bool = False,
) -> Teaching:
    """Ask the teachers about the training rows; several ones' logits are averaged.

    Where some of them left a row's fold out of their training, only those are heard about it: a teacher that was
    trained on a row repeats its label, be it right or wrong. Logits of heads with one label are divided by the
    teacher's temperature. Cases that differ only in who speaks get their common mean, so that a student learns that
    this does not matter.

    Args:
        teachers: trained on the same split.
        examples: the training rows.
        data_files: SHA-256 sums of the data, as in `TrainingData`.
        seed: of the split.
        kept: folder where the answers are kept for a resumed run.
        say: told about progress.
        hear_all: hear every teacher about every row.

    Raises:
        SetupError: a teacher was trained on another split, so that it may have seen development rows.
        ModelUnusable: a teacher cannot be loaded.
    """
    if not teachers:
        return NOTHING
    for teacher in teachers:
        check_split(teacher, data_files, seed)
    signature = _signature(teachers, examples, hear_all)
    found = _kept(kept / FILE, signature)
    if found is None:
        answers = [ask(teacher, examples, say) for teacher in teachers]
        if hear_all:
            answers = [replace(answer, fold=None) for answer in answers]
        found = average(answers, examples)
        found = {task: (rows, _common(task, examples, rows, logits)) for task, (rows, logits) in found.items()}
        _keep(kept / FILE, signature, found)
    places = {task: {int(row): place for place, row in enumerate(rows)} for task, (rows, _) in found.items()}
    return Teaching(places, {task: torch.from_numpy(logits) for task, (_, logits) in found.items()}, signature)


def _signature(teachers: Sequence[Teacher], examples: Sequence[Example], hear_all: bool) -> str:
    who = [[artefact.read_description(teacher.folder).version, teacher.tasks] for teacher in teachers]
    texts = hashlib.sha256("\n".join(example.text for example in examples).encode()).hexdigest()
    return hashlib.sha256(json.dumps([who, texts, len(examples), str(dict(ASKED)), hear_all]).encode()).hexdigest()


def ask(teacher: Teacher, examples: Sequence[Example], say: Callable[[str], None]) -> Answer:
    """What one teacher says of the rows that its heads are asked about. Raises ModelUnusable."""
    description = artefact.read_description(teacher.folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = artefact.load_network(teacher.folder, description).to(device)
    network = network.to(torch.bfloat16) if bfloat16_pays(device) else network
    choose_attention(network.encoder, device.type)
    tokenizer = load_tokenizer(description.max_tokens, description.encoder)

    def told(progress: str) -> None:
        say(f"asking {teacher.folder.name}: {progress}")

    temperatures = description.calibration.temperatures
    return Answer(opinions(network, tokenizer, teacher.tasks, temperatures, examples, told), fold_left_out(teacher))


def opinions(
    network: Network,
    tokenizer: Tokenizer,
    tasks: Sequence[str],
    temperatures: Mapping[str, float],
    examples: Sequence[Example],
    say: Callable[[str], None],
) -> Opinions:
    """Ask a network's heads about the rows that they are to be asked about.

    Args:
        network: in evaluation mode, on its device.
        tokenizer: of its encoder.
        tasks: heads to ask.
        temperatures: by task; a task without one is not cooled.
        examples: the rows.
        say: told how many have been asked.
    """
    device = next(network.parameters()).device.type
    asked = {row: _asked(example, tasks) for row, example in enumerate(examples)}
    rows = [row for row, wanted in asked.items() if wanted]
    encoded = encode(tokenizer, [examples[row].text for row in rows], [examples[row].entity for row in rows])
    parts: dict[str, list[Floats]] = {task: [] for task in tasks}
    chunk = CHUNK[device]
    for start in range(0, len(rows), chunk):
        logits = logits_of(network, encoded[start : start + chunk], tasks, BATCH_TOKENS[device])
        for task in tasks:
            wanted = [place for place, row in enumerate(rows[start : start + chunk]) if task in asked[row]]
            parts[task].append(logits[task][wanted] / temperatures.get(task, 1.0))
        say(f"{min(start + chunk, len(rows)):,} of {len(rows):,} texts")
    return {task: ([row for row in rows if task in asked[row]], np.concatenate(parts[task])) for task in tasks}


def _asked(example: Example, tasks: Sequence[str]) -> tuple[str, ...]:
    if example.dataset == "cases" and example.twin is None:
        return ()
    return tuple(task for task in ASKED.get((example.dataset, example.task), ()) if task in tasks)


def average(answers: Sequence[Answer], examples: Sequence[Example]) -> Opinions:
    """One opinion a task and row: the mean of the teachers that left the row out, or else of all.

    Which rows are asked depends on the task alone, so they are the same for all teachers.
    """
    found: Opinions = {}
    for task in {task for answer in answers for task in answer.opinions}:
        given = [(answer.fold, *answer.opinions[task]) for answer in answers if task in answer.opinions]
        rows = given[0][1]
        heard = np.array([[_is_new(examples[row], fold) for row in rows] for fold, _, _ in given])
        heard |= ~heard.any(axis=0)
        total = np.sum([logits * of[:, None] for (_, _, logits), of in zip(given, heard, strict=True)], axis=0)
        found[task] = rows, np.asarray(total / heard.sum(axis=0)[:, None], dtype=np.float32)
    return found


def _is_new(example: Example, fold: Fold | None) -> bool:
    return fold is not None and fold_of(example, fold[1]) == fold[0]


def _common(task: str, examples: Sequence[Example], rows: Sequence[int], logits: Floats) -> Floats:
    """Give rows that are each other's twins their mean."""
    twins: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        twin = examples[row].twin
        if twin is not None:
            twins.setdefault(twin, []).append(place)
    for places in twins.values():
        logits[places] = logits[places].mean(axis=0)
    return logits


def _keep(path: Path, signature: str, found: Mapping[str, tuple[Sequence[int], Floats]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {"signature": np.array(signature)}
    for task, (rows, logits) in found.items():
        arrays[f"{task}/rows"], arrays[f"{task}/logits"] = np.array(rows), logits
    np.savez(path, allow_pickle=False, **arrays)


def _kept(path: Path, signature: str) -> dict[str, tuple[list[int], Floats]] | None:
    """The answers of an earlier try of the same run."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        if str(arrays["signature"]) != signature:
            return None
        tasks = {name.removesuffix("/rows") for name in arrays if name.endswith("/rows")}
        return {task: (arrays[f"{task}/rows"].tolist(), arrays[f"{task}/logits"]) for task in tasks}
