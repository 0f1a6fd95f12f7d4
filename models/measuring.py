"""Measures a loaded classifier on labelled texts, and draws its confusions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation import Report, confusion, evaluate_multiple, evaluate_single, membership
from models.classifier import TransformerClassifier
from models.labelled import Labelled

CHUNK: Final = 512
"""Texts between two moves of the progress bar."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures over all texts, those over the conflicting entities, and what the drawing needs."""

    report: Report
    conflict: Report | None
    confusions: NDArray[np.int64] | None
    """Rows truth, columns prediction; `None` for emotion, where a text has several labels."""
    emotion_f1: NDArray[np.float64] | None


def measure(
    classifier: TransformerClassifier, task: str, labelled: Labelled, advance: Callable[[int], None], seed: int = 0
) -> Measurement:
    """Run the task's head over the texts and measure.

    Args:
        classifier: loaded.
        task: topic, sentiment, emotion, intent or entity.
        labelled: at least one row.
        advance: told how many texts are newly done.
        seed: of the bootstrap.

    Raises:
        ModelUnusable: the device fails.
    """
    probabilities = _probabilities(classifier, task, labelled, advance)
    rng = np.random.default_rng(seed)
    if task == "emotion":
        truth = membership(labelled.labels, probabilities.shape[1])
        named = probabilities >= np.array(classifier.calibration.thresholds)
        report = evaluate_multiple(truth, probabilities, named, rng)
        both = (truth & named).sum(axis=0)
        f1 = 2 * both / np.maximum(truth.sum(axis=0) + named.sum(axis=0), 1)
        return Measurement(report, None, None, f1)
    truth_ids = np.array([labels[0] for labels in labelled.labels], dtype=np.int64)
    report = evaluate_single(truth_ids, probabilities, rng)
    conflict = None
    if labelled.conflict is not None and any(labelled.conflict):
        rows = np.array(labelled.conflict)
        conflict = evaluate_single(truth_ids[rows], probabilities[rows], rng)
    matrix = confusion(truth_ids, probabilities.argmax(axis=1), probabilities.shape[1])
    return Measurement(report, conflict, matrix, None)


def _probabilities(
    classifier: TransformerClassifier, task: str, labelled: Labelled, advance: Callable[[int], None]
) -> Floats:
    order = sorted(range(len(labelled.texts)), key=lambda row: len(labelled.texts[row]))
    found = np.zeros((len(order), len(classifier.labels[task])))
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        entities = None if labelled.entities is None else [labelled.entities[row] for row in rows]
        found[rows] = classifier.probabilities(task, [labelled.texts[row] for row in rows], entities)
        advance(len(rows))
    return found


def plot(measurement: Measurement, labels: tuple[str, ...], title: str, path: Path) -> None:
    """Draw the confusion matrix, each row in shares of its truth; for emotion, F1 by label. Writes a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    size = max(4.0, 0.32 * len(labels) + 2)
    if measurement.confusions is None:
        figure, axes = pyplot.subplots(figsize=(7, size))
        assert measurement.emotion_f1 is not None
        order = np.argsort(measurement.emotion_f1)
        axes.barh([labels[i] for i in order], measurement.emotion_f1[order], color="#35618f")
        axes.set_xlabel("F1")
        axes.set_xlim(0, 1)
    else:
        figure, axes = pyplot.subplots(figsize=(size + 1, size))
        matrix = measurement.confusions
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
        axes.set_yticks(range(len(labels)), labels, fontsize=8)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        figure.colorbar(image, label="share of the true label", shrink=0.7)
    axes.set_title(title)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
