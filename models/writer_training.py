"""Teaches the small language model to word plans: a low-rank update, from pairs written for this project.

A killed run continues from its last checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models import checkpoint
from models.checkpoint import Position
from models.training import Watcher, rate_at
from models.writer_adapter import adapt, adapter_of, save
from models.writer_model import END, NAME, Loaded
from models.writer_pairs import Pair

RECORD: Final = "training_record.json"
CHECKPOINT_EVERY_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """Everything that decides what a run computes, besides the pairs."""

    epochs: float = 1.0
    max_minutes: float = 0.0
    """Wall-clock budget over all resumptions; the schedule shortens to fit. 0 = no limit."""
    batch_size: int = 4
    learning_rate: float = 1e-3
    rank: int = 16
    """5 MB in float16."""
    scale: float = 1.0
    """Of the update: alpha / rank."""
    max_tokens: int = 640
    """A longer pair is left out."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """One pair: the model reads all of it, and learns what stands from `start` on."""

    ids: tuple[int, ...]
    start: int


def encode(pairs: Sequence[Pair], loaded: Loaded, most: int) -> list[Tokens]:
    """The pairs as tokens; those over `most` are left out."""
    found = []
    for pair in pairs:
        prompt = loaded.encode(pair.plan, pair.message)
        answer = loaded.tokenizer(pair.reply, add_special_tokens=False)["input_ids"]
        if len(prompt) + len(answer) < most:
            found.append(Tokens((*prompt, *answer, END), len(prompt)))
    return found


def train(
    pairs: Sequence[Pair],
    loaded: Loaded,
    settings: WriterSettings,
    output: Path,
    watcher: Watcher,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Train to the end of the schedule, write the adapter, and return the training record.

    Raises:
        SetupError: the output folder holds a checkpoint of another run.
    """
    torch.manual_seed(settings.seed)
    tokens = encode(pairs, loaded, settings.max_tokens)
    model = loaded.model
    trained = adapt(model, settings.rank, settings.scale)
    model.train()
    optimizer = torch.optim.AdamW(trained, lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    signature = hashlib.sha256(json.dumps([asdict(settings), [one.ids for one in tokens]]).encode()).hexdigest()
    position = Position()
    if found := checkpoint.load(output, signature):
        position, state = found
        with torch.no_grad():
            for parameter, value in zip(trained, state["trained"], strict=True):
                parameter.copy_(value)
        optimizer.load_state_dict(state["optimizer"])

    def keep() -> None:
        state = {"trained": [one.detach() for one in trained], "optimizer": optimizer.state_dict()}
        checkpoint.save(output, signature, position, state)

    losses = _loop(model, tokens, settings, optimizer, trained, position, watcher, clock, keep)
    save(output, adapter_of(model), settings.rank, settings.scale, NAME)
    record = {
        "base": NAME,
        "settings": asdict(settings),
        "pairs": len(tokens),
        "steps": position.step,
        "epochs": round(position.step * settings.batch_size / len(tokens), 3),
        "minutes": round(position.elapsed_s / 60, 1),
        "loss of the last steps": round(sum(losses) / max(1, len(losses)), 4),
        "pairs_sha256": signature,
    }
    (output / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    checkpoint.remove(output)
    return record


def _loop(
    model: nn.Module,
    tokens: Sequence[Tokens],
    settings: WriterSettings,
    optimizer: torch.optim.Optimizer,
    trained: Sequence[nn.Parameter],
    position: Position,
    watcher: Watcher,
    clock: Callable[[], float],
    keep: Callable[[], None],
) -> list[float]:
    """Run the schedule from where `position` stands; returns the losses of the last fifty steps."""
    began, kept_at, losses = clock() - position.elapsed_s, clock(), [0.0] * 0
    steps_an_epoch = -(-len(tokens) // settings.batch_size)
    while True:
        for batch in _batches(tokens, settings, position.epoch)[position.batch :]:
            by_time = position.elapsed_s / (60 * settings.max_minutes) if settings.max_minutes else 0.0
            progress = max(position.step / (settings.epochs * steps_an_epoch), by_time)
            if progress >= 1.0:
                return losses
            rate = settings.learning_rate * rate_at(progress)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_of(model, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            position.batch += 1
            position.step += 1
            position.elapsed_s = clock() - began
            losses = [*losses[-49:], loss.item()]
            watcher.advanced(progress, position, {"reply": losses[-1]}, rate)
            if clock() - kept_at >= CHECKPOINT_EVERY_S:
                keep()
                kept_at = clock()
        position.epoch += 1
        position.batch = 0


def _batches(tokens: Sequence[Tokens], settings: WriterSettings, epoch: int) -> list[list[Tokens]]:
    """Pairs of like length together, in an order that seed and epoch decide."""
    rng = random.Random(f"{settings.seed}/{epoch}")
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i].ids) + rng.uniform(-20, 20))
    size = settings.batch_size
    batches = [[tokens[i] for i in order[start : start + size]] for start in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches


def loss_of(model: nn.Module, batch: Sequence[Tokens]) -> Tensor:
    """Mean cross-entropy of the replies' tokens; the vocabulary is only spelled out where one is to be learnt."""
    longest = max(len(one.ids) for one in batch)
    ids = torch.tensor([[*one.ids, *[END] * (longest - len(one.ids))] for one in batch])
    mask = torch.tensor([[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in batch])
    states: Tensor = model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state  # type: ignore[operator]
    rows = [row for row, one in enumerate(batch) for _ in range(len(one.ids) - one.start)]
    places = [place - 1 for one in batch for place in range(one.start, len(one.ids))]
    wanted = torch.tensor([token for one in batch for token in one.ids[one.start :]])
    logits: Tensor = model.lm_head(states[rows, places])  # type: ignore[operator]
    return functional.cross_entropy(logits.float(), wanted)
