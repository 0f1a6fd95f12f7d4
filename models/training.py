"""Trains all heads together on one encoder; a killed run continues from its last checkpoint."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn

from models import checkpoint
from models.batches import Encoded, Specials, hide, pad, specials_of
from models.checkpoint import Position
from models.curriculum import Curriculum, curriculum
from models.data import Example, TrainingData
from models.distilling import NOTHING, Teaching
from models.encoder import choose_attention, identify, load_encoder, load_tokenizer
from models.inference import bfloat16_pays
from models.losses import TaskLoss, Taught, emotion_weights
from models.network import Network, adapt, adapter_of, extract, layer_of, merge, release, restore, strip
from models.settings import TrainingSettings

WARM_UP: Final = 0.05
"""Share of the run over which the learning rate rises."""
FLOOR: Final = 0.02
"""Share of the learning rate left at the end of the cosine."""
CHECKPOINT_EVERY_S: Final = 120.0
LOG_EVERY: Final = 20


class Watcher(Protocol):
    """Is told how a run goes; a progress bar or a log."""

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        """After a step: progress in [0, 1], and each task's mean loss in the last batch."""
        ...


@dataclass(frozen=True, slots=True)
class Saving:
    """How a run is kept, and how often."""

    now: Callable[[], None]
    every_s: float


@dataclass(slots=True)
class Run:
    """The moving parts of one training run."""

    network: Network
    loss: TaskLoss
    optimizer: torch.optim.Optimizer
    trained: dict[str, nn.Parameter]
    start: dict[str, Tensor]
    """What was trained, as it was before the first step."""
    average: dict[str, Tensor]
    before: dict[str, Tensor]
    """The plain encoder's weights by layer, where those are what is trained."""
    position: Position
    specials: Specials


def train(
    data: TrainingData,
    settings: TrainingSettings,
    output: Path,
    watcher: Watcher,
    *,
    device: torch.device,
    initial: Callable[[Network], None] | None = None,
    encoder: Path | None = None,
    teaching: Teaching = NOTHING,
    clock: Callable[[], float] = time.monotonic,
    checkpoint_every_s: float = CHECKPOINT_EVERY_S,
) -> tuple[Network, dict[str, Tensor], Position]:
    """Train to the end of the schedule, and load the averaged weights into the network.

    Args:
        data: the split examples.
        settings: what to compute.
        output: folder for the checkpoint.
        watcher: told after each step.
        device: where to compute; bfloat16 is used where the device multiplies it in hardware.
        initial: loads earlier weights into the fresh network, to start from those.
        encoder: folder of another encoder than the installed package's.
        teaching: what teachers say of the training rows.
        clock: seconds, monotonic.
        checkpoint_every_s: how much a killed run may lose.

    Returns:
        The network in evaluation mode, with its update merged; the update, in float16; and how far the run came. With
        `full` the network holds the low-rank update, not all that was trained: it is what is kept.

    Raises:
        SetupError: the output folder holds a checkpoint of another run.
        ModelUnusable: the encoder cannot be loaded.
    """
    run = _prepare(data, settings, device, initial, encoder)
    signature = _signature(data, settings, encoder, teaching)
    found = checkpoint.load(output, signature)
    if found:
        _restore(run, *found)
    tokenizer = load_tokenizer(settings.max_tokens, encoder)
    run.specials = specials_of(tokenizer)
    reading = curriculum(tokenizer, data.train, settings.emotion_share, settings.seed)
    save = Saving(lambda: _save(run, output, signature), checkpoint_every_s)
    _loop(run, data.train, reading, teaching, settings, watcher, clock, save)
    with torch.no_grad():
        for name, parameter in run.trained.items():
            parameter.copy_(torch.lerp(run.start[name], run.average[name], settings.interpolation))
    return run.network.eval(), _settle(run, settings), run.position


def _settle(run: Run, settings: TrainingSettings) -> dict[str, Tensor]:
    """Leave the plain encoder with the update merged in the network, and return the update."""
    encoder = run.network.encoder
    if settings.full:
        update = extract(encoder, run.before, settings.rank)
        restore(encoder, run.before)
    else:
        update = adapter_of(encoder)
        strip(encoder)
    merge(encoder, update, scale=1.0)
    return update


def _prepare(
    data: TrainingData,
    settings: TrainingSettings,
    device: torch.device,
    initial: Callable[[Network], None] | None,
    folder: Path | None,
) -> Run:
    torch.manual_seed(settings.seed)
    random.seed(settings.seed)
    encoder = load_encoder(folder)
    choose_attention(encoder, device.type)
    before: dict[str, Tensor] = {}
    if settings.full:
        before = release(encoder, settings.frozen_layers)
    else:
        adapt(encoder, settings.rank)
    network = Network(encoder, {task: len(names) for task, names in data.labels.items()})
    if initial:
        initial(network)
    network = network.to(device)
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    start, average = ({name: p.detach().clone() for name, p in trained.items()} for _ in range(2))
    loss = TaskLoss(emotion_weights(data.train, data.labels), settings.teacher_share, settings.variant_weight).to(
        device
    )
    return Run(
        network, loss, _optimizer(trained, settings), trained, start, average, before, Position(), Specials((), 0)
    )


def _optimizer(trained: dict[str, nn.Parameter], settings: TrainingSettings) -> torch.optim.Optimizer:
    top = max((layer_of(name) for name in trained), default=0)
    by_peak: dict[float, list[nn.Parameter]] = {}
    for name, parameter in trained.items():
        peak = settings.head_learning_rate
        if not name.startswith("heads."):
            below = top - layer_of(name) if settings.full else 0
            peak = settings.learning_rate * settings.layer_decay**below
        by_peak.setdefault(peak, []).append(parameter)
    groups = [{"params": parameters, "lr": peak, "peak": peak} for peak, parameters in by_peak.items()]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, betas=(0.9, 0.98), fused=True)


def _loop(
    run: Run,
    examples: Sequence[Example],
    reading: Curriculum,
    teaching: Teaching,
    settings: TrainingSettings,
    watcher: Watcher,
    clock: Callable[[], float],
    save: Saving,
) -> None:
    started = clock() - run.position.elapsed_s
    saved_at = clock()
    run.network.train()
    steps_an_epoch = -(-len(reading.rows(0)) // settings.batch_size)
    while True:
        epoch = run.position.epoch
        batches = reading.batches(settings.batch_size, settings.seed, epoch)
        for batch in batches[run.position.batch :]:
            progress = _progress(run.position, settings, steps_an_epoch)
            if progress >= 1.0:
                return
            share = rate_at(progress)
            for part in run.optimizer.param_groups:
                part["lr"] = part["peak"] * share
            encoded = [reading.read(row, epoch) for row in batch]
            losses = _step(run, [examples[row] for row in batch], encoded, teaching.of(batch), settings)
            run.position.batch += 1
            run.position.step += 1
            run.position.elapsed_s = clock() - started
            watcher.advanced(progress, run.position, losses, settings.learning_rate * share)
            if clock() - saved_at >= save.every_s:
                save.now()
                saved_at = clock()
        run.position.epoch += 1
        run.position.batch = 0


def _progress(position: Position, settings: TrainingSettings, steps_an_epoch: int) -> float:
    """How far the schedule is, by steps or by time, whichever is further."""
    by_steps = position.step / (settings.epochs * steps_an_epoch)
    by_time = position.elapsed_s / (60 * settings.max_minutes) if settings.max_minutes else 0.0
    return max(by_steps, by_time)


def rate_at(progress: float) -> float:
    """Share of the peak learning rate: a linear rise, then half a cosine.

    >>> [round(rate_at(p), 2) for p in (0.0, 0.05, 0.525, 1.0)]
    [0.02, 1.0, 0.51, 0.02]
    """
    if progress < WARM_UP:
        return max(progress / WARM_UP, FLOOR)
    cosine = torch.cos(torch.tensor(torch.pi * (progress - WARM_UP) / (1 - WARM_UP))).item()
    return FLOOR + (1 - FLOOR) * (1 + cosine) / 2


def _step(
    run: Run,
    examples: Sequence[Example],
    encoded: Sequence[Encoded],
    taught: Mapping[str, Taught],
    settings: TrainingSettings,
) -> dict[str, float]:
    device = next(iter(run.trained.values())).device
    ids, mask, segments = pad(encoded)
    ids = hide(ids, segments, settings.word_dropout, run.specials)
    with _autocast(device):
        pooled = run.network.pool(ids.to(device), mask.to(device), None if segments is None else segments.to(device))
        loss, losses = run.loss(run.network, pooled, examples, taught)
    loss.backward()
    nn.utils.clip_grad_norm_(list(run.trained.values()), 1.0)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    decay = min(settings.averaging, (1 + run.position.step) / (10 + run.position.step))
    with torch.no_grad():
        torch._foreach_lerp_(list(run.average.values()), list(run.trained.values()), 1 - decay)
    return dict(losses)


def _autocast(device: torch.device) -> AbstractContextManager[Any]:
    return torch.autocast(device.type, torch.bfloat16) if bfloat16_pays(device) else nullcontext()


def _signature(data: TrainingData, settings: TrainingSettings, encoder: Path | None, teaching: Teaching) -> str:
    """What a checkpoint must share with the run that continues it."""
    parts = [asdict(settings), data.files, len(data.train), identify(encoder).sha256, teaching.signature]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _save(run: Run, output: Path, signature: str) -> None:
    state = {
        "trained": {name: parameter.detach() for name, parameter in run.trained.items()},
        "average": run.average,
        "optimizer": run.optimizer.state_dict(),
        "random": torch.get_rng_state(),
    }
    checkpoint.save(output, signature, run.position, state)


def _restore(run: Run, position: Position, state: dict[str, Any]) -> None:
    with torch.no_grad():
        for name, parameter in run.trained.items():
            parameter.copy_(state["trained"][name])
            run.average[name].copy_(state["average"][name])
    run.optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    run.position = position
