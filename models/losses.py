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
BEYOND_WEIGHT: Final = 0.5
"""Of a teacher's opinion for a head for which the row has no label."""
TWIN_WEIGHT: Final = 1.0
"""Of the common opinion on texts that differ only in who speaks."""
TEACHER_TEMPERATURE: Final = 2.0
"""Softens both sides, so that the smaller probabilities are learnt as well (Hinton et al. 2015, sec. 2)."""
RARE_POWER: Final = 0.3
"""Weight of a present emotion: (absent / present)^0.3; 1 would drown the frequent ones, 0 forgets grief (77 rows)."""

Taught = tuple[list[int], Tensor]


class TaskLoss(nn.Module):
    """Mean over a mixed batch of each example's own loss."""

    def __init__(self, emotion_weights: Tensor, teacher_share: float = 0.6, variant_weight: float = 1.0) -> None:
        """`teacher_share` and `variant_weight` are those of `TrainingSettings`."""
        super().__init__()
        self.teacher_share = teacher_share
        self.variant_weight = variant_weight
        self.register_buffer("emotion_weights", emotion_weights)

    def forward(
        self, network: Network, pooled: Tensor, examples: Sequence[Example], taught: Mapping[str, Taught]
    ) -> tuple[Tensor, dict[str, float]]:
        """What a batch costs.

        Args:
            network: whose heads are asked.
            pooled: shape (n, size), one row an example.
            examples: the n examples.
            taught: by task, which rows a teacher was asked about, and its logits.

        Returns:
            The loss, and of each task the mean over the rows that have its label.
        """
        total = pooled.new_zeros((), dtype=torch.float32)
        means: dict[str, float] = {}
        for task, rows in _rows_by_task(examples).items():
            logits = network.heads[task](pooled[rows]).float()
            losses = self._losses(task, logits, [examples[row].labels for row in rows])
            means[task] = float(losses.detach().mean())
            known = set(taught[task][0]) if task in taught else set()
            shares = [1 - self.teacher_share if row in known else 1.0 for row in rows]
            total = total + losses @ torch.tensor(shares, device=losses.device)
        for task, (rows, opinion) in taught.items():
            logits = network.heads[task](pooled[rows]).float()
            weights = torch.tensor([self._weight(task, examples[row]) for row in rows], device=logits.device)
            total = total + distances(task, logits, opinion.to(logits.device)) @ weights
        implied = [row for row, example in enumerate(examples) if example.polarity is not None]
        if implied and "sentiment" in network.heads:
            logits = network.heads["sentiment"](pooled[implied]).float()
            target = torch.tensor([examples[row].polarity for row in implied], device=logits.device)
            total = total + POLARITY_WEIGHT * functional.cross_entropy(
                logits, target, label_smoothing=SMOOTHING, reduction="sum"
            )
        return total / len(examples), means

    def _losses(self, task: str, logits: Tensor, labels: Sequence[tuple[int, ...]]) -> Tensor:
        """Each row's own, shape (n,)."""
        if task != "emotion":
            target = torch.tensor([ids[0] for ids in labels], device=logits.device)
            return functional.cross_entropy(logits, target, label_smoothing=SMOOTHING, reduction="none")
        target = torch.zeros(logits.shape)  # filled where it costs nothing, and moved at once
        for row, ids in enumerate(labels):
            target[row, list(ids)] = 1.0
        target = target.to(logits.device)
        weights = self.get_buffer("emotion_weights")
        loss = functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weights, reduction="none")
        return EMOTION_WEIGHT * loss.sum(dim=1)

    def _weight(self, task: str, example: Example) -> float:
        if example.twin is not None:
            return TWIN_WEIGHT
        if example.task != task:
            return BEYOND_WEIGHT
        return self.teacher_share if example.variant is None else self.variant_weight


def distances(task: str, logits: Tensor, opinion: Tensor) -> Tensor:
    """How far each row is from a teacher's opinion: 0 where the logits are the teacher's.

    Args:
        task: decides whether labels exclude each other.
        logits: shape (n, k).
        opinion: the teacher's logits, shape (n, k).

    Returns:
        Shape (n,): Kullback-Leibler divergence, softened and scaled by the temperature squared, so that its gradient
        is as large as the labels'; for emotions the sum over all, by EMOTION_WEIGHT.
    """
    if task == "emotion":
        target = torch.sigmoid(opinion)
        loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        least = functional.binary_cross_entropy_with_logits(opinion, target, reduction="none")
        return EMOTION_WEIGHT * (loss - least).sum(dim=1)
    softened = functional.log_softmax(logits / TEACHER_TEMPERATURE, dim=1)
    target = functional.log_softmax(opinion / TEACHER_TEMPERATURE, dim=1)
    divergence = functional.kl_div(softened, target, log_target=True, reduction="none").sum(dim=1)
    return TEACHER_TEMPERATURE**2 * divergence


def emotion_weights(examples: Sequence[Example], labels: Mapping[str, Sequence[str]]) -> Tensor:
    """How much a present emotion counts, shape (emotions,), float32; rarer ones more."""
    counts = np.ones(len(labels.get("emotion", ())))
    rows = [example for example in examples if example.task == "emotion"]
    for example in rows:
        counts[list(example.labels)] += 1
    return torch.tensor((max(len(rows), 1) / counts) ** RARE_POWER, dtype=torch.float32)


def _rows_by_task(examples: Sequence[Example]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        if example.variant is None:
            rows.setdefault(example.task, []).append(row)
    return rows
