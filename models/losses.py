"""What the heads are trained to lower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.data import Example
from models.network import Network

SMOOTHING: Final = 0.05
"""Label smoothing of the single-label heads: the sets have label noise (Ying & Thomas 2022 for Banking77)."""
EMOTION_WEIGHT: Final = 0.3
"""Half of the rows are emotions: at 0.5 tweets' sentiment lost a point, and emotions were far over their aim."""
POLARITY_WEIGHT: Final = 0.1
"""Of the sentiment that an emotion implies: customers' messages are nearer to GoEmotions than to finance tweets, but
the tweets' own labels count more."""
RARE_POWER: Final = 0.3
"""Weight of a present emotion: (absent / present)^0.3; 1 would drown the frequent ones, 0 forgets grief (77 rows)."""


class TaskLoss(nn.Module):
    """Mean over a mixed batch of each example's own loss."""

    def __init__(self, emotion_weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("emotion_weights", emotion_weights)

    def forward(self, network: Network, pooled: Tensor, examples: Sequence[Example]) -> tuple[Tensor, dict[str, float]]:
        """Args: pooled of shape (n, size), one row an example. Returns the loss and each task's mean of it."""
        total = pooled.new_zeros((), dtype=torch.float32)
        means: dict[str, float] = {}
        for task, rows in _rows_by_task(examples).items():
            logits = network.heads[task](pooled[rows]).float()
            loss = self._loss(task, logits, [examples[row].labels for row in rows])
            total = total + loss
            means[task] = float(loss.detach()) / len(rows)
        implied = [row for row, example in enumerate(examples) if example.polarity is not None]
        if implied:
            logits = network.heads["sentiment"](pooled[implied]).float()
            target = torch.tensor([examples[row].polarity for row in implied], device=logits.device)
            total = total + POLARITY_WEIGHT * functional.cross_entropy(
                logits, target, label_smoothing=SMOOTHING, reduction="sum"
            )
        return total / len(examples), means

    def _loss(self, task: str, logits: Tensor, labels: Sequence[tuple[int, ...]]) -> Tensor:
        if task != "emotion":
            target = torch.tensor([ids[0] for ids in labels], device=logits.device)
            return functional.cross_entropy(logits, target, label_smoothing=SMOOTHING, reduction="sum")
        target = torch.zeros_like(logits)
        for row, ids in enumerate(labels):
            target[row, list(ids)] = 1.0
        weights = self.get_buffer("emotion_weights")
        loss = functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weights, reduction="sum")
        return EMOTION_WEIGHT * loss


def emotion_weights(examples: Sequence[Example], labels: Mapping[str, Sequence[str]]) -> Tensor:
    """How much a present emotion counts, shape (emotions,), float32; rarer ones more."""
    counts = np.ones(len(labels["emotion"]))
    rows = [example for example in examples if example.task == "emotion"]
    for example in rows:
        counts[list(example.labels)] += 1
    return torch.tensor((max(len(rows), 1) / counts) ** RARE_POWER, dtype=torch.float32)


def _rows_by_task(examples: Sequence[Example]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.task, []).append(row)
    return rows
