"""Scores a network on the development examples and fits its calibration there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.calibration import Calibration, fit_emotions, fit_temperature, sigmoid, softmax
from core.evaluation import Report, evaluate_multiple, evaluate_single, membership
from models.batches import encode
from models.data import Example
from models.encoder import choose_attention
from models.inference import bfloat16_pays, logits_of
from models.network import Network

Logits = NDArray[np.float32]
BATCH_TOKENS = 1_024


def development_logits(
    network: Network, tokenizer: Tokenizer, examples: Sequence[Example]
) -> dict[str, tuple[list[Example], Logits]]:
    """By task, its development examples and their logits from the task's head."""
    device = next(network.parameters()).device
    choose_attention(network.encoder, device.type)
    found = {}
    for task in network.heads:
        rows = [example for example in examples if example.task == task]
        encoded = encode(tokenizer, [e.text for e in rows], [e.entity for e in rows])
        found[task] = rows, logits_of(network, encoded, [task], BATCH_TOKENS, autocast=bfloat16_pays(device))[task]
    return found


def calibrate(logits: Mapping[str, tuple[Sequence[Example], Logits]]) -> Calibration:
    """Fit every head's calibration on all of its development examples."""
    temperatures = {
        task: fit_temperature(values, _single(rows)) for task, (rows, values) in logits.items() if task != "emotion"
    }
    if "emotion" not in logits:
        return Calibration(temperatures, (), (), ())
    rows, values = logits["emotion"]
    slopes, shifts, thresholds = fit_emotions(values, membership([e.labels for e in rows], values.shape[1]))
    return Calibration(temperatures, tuple(slopes.tolist()), tuple(shifts.tolist()), tuple(thresholds.tolist()))


def cross_fitted(task: str, rows: Sequence[Example], logits: Logits, folds: Sequence[int]) -> Report:
    """Measure a head on development examples without measuring calibration where it was fitted.

    Temperature, or each emotion's fit and threshold, come from one half and are applied to the other, both ways.

    Args:
        task: which head.
        rows: its n examples.
        logits: shape (n, k).
        folds: 0 or 1 a row; near-duplicates share one.
    """
    rng = np.random.default_rng(0)
    half = np.asarray(folds) == 0
    probabilities = np.zeros(logits.shape)
    if task != "emotion":
        truth = _single(rows)
        for fit, apply in ((half, ~half), (~half, half)):
            probabilities[apply] = softmax(logits[apply], fit_temperature(logits[fit], truth[fit]))
        return evaluate_single(truth, probabilities, rng)
    present = membership([e.labels for e in rows], logits.shape[1])
    named = np.zeros_like(present)
    for fit, apply in ((half, ~half), (~half, half)):
        slopes, shifts, thresholds = fit_emotions(logits[fit], present[fit])
        probabilities[apply] = sigmoid(logits[apply] * slopes + shifts)
        named[apply] = probabilities[apply] >= thresholds
    return evaluate_multiple(present, probabilities, named, rng)


def _single(rows: Sequence[Example]) -> NDArray[np.int64]:
    return np.array([example.labels[0] for example in rows], dtype=np.int64)
