"""Everything that decides what a training run computes, besides the data."""

from __future__ import annotations

from dataclasses import dataclass

from models.data import TASKS, Fold


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Of one run; in its record, and in its checkpoint's signature."""

    epochs: float = 4.0
    max_minutes: float = 0.0
    """Wall-clock budget over all resumptions; the schedule shortens to fit. 0 = no limit."""
    batch_size: int = 64
    max_tokens: int = 96
    learning_rate: float = 2e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    full: bool = True
    """Train the linear layers' own weights and keep the best low-rank update of what changed; else train such an
    update alone, which was up to 2 points worse."""
    layer_decay: float = 0.8
    """With `full`: each layer's learning rate, as a share of the next higher one's."""
    emotion_share: float = 0.5
    """Of the emotion rows, which each epoch reads, another one each time: they are half of all rows, and reading all
    of them cost tweets' sentiment one to two points."""
    joined: int = 2_500
    """Examples for the entity head that join two headlines of different sentiment."""
    frozen_layers: int = 0
    """With `full`: as many of the lowest layers are not trained, which makes a big teacher cheaper."""
    rank: int = 72
    """Of the update that is kept; 72 is the largest whose artefact stays under 8 MB."""
    word_dropout: float = 0.1
    """Share of the words hidden in each step, so that no single one decides."""
    tasks: tuple[str, ...] = TASKS
    """The heads that are trained."""
    fold: Fold | None = None
    """A part of the training rows that is left out: of those, the run's artefact can tell a student as of new texts."""
    variants: int = 0
    """Altered copies of each finance and banking row, for a teacher to judge; each epoch reads one."""
    teacher_share: float = 0.6
    """Of a row that teachers were asked about: what their opinion counts, and the label the rest."""
    variant_weight: float = 1.0
    """Of the teachers' opinion on an altered copy, which has no label beside it."""
    hear_all: bool = False
    """Hear every teacher about every row, and not only those whose fold it is."""
    averaging: float = 0.998
    """Decay a step of the averaged weights, which are what is kept."""
    interpolation: float = 1.0
    """How far what is kept goes from the weights before the first step (0) to the averaged ones (1). Half of the way
    keeps half of what was learnt, and forgets far less than half (Wortsman et al. 2022, Robust Fine-tuning of Zero-shot
    Models, sec. 4). With low-rank updates both factors go it: the difference is of second order."""
    seed: int = 0
