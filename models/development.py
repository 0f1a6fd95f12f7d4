"""Scores a network on the development examples and fits its calibration there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.calibration import Calibration, fit_emotions, fit_temperature, sigmoid, softmax
from core.evaluation import Bools, Floats, Report, evaluate_multiple, evaluate_single, membership
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


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """What a head says of n development examples, calibrated where it was not fitted."""

    truth: Bools
    """Shape (n, k)."""
    probabilities: Floats
    """Shape (n, k)."""
    named: Bools
    """The labels that are named, shape (n, k): the most probable one, of emotions those over their thresholds."""


def cross_fit(task: str, rows: Sequence[Example], logits: Logits, folds: Sequence[int]) -> CrossFitted:
    """Temperature, or each emotion's fit and threshold, come from one half and are applied to the other, both ways.

    Args:
        task: which head.
        rows: its n examples.
        logits: shape (n, k).
        folds: 0 or 1 a row; near-duplicates share one.
    """
    half = np.asarray(folds) == 0
    probabilities = np.zeros(logits.shape)
    present = membership([e.labels for e in rows], logits.shape[1])
    named = np.zeros_like(present)
    for fit, apply in ((half, ~half), (~half, half)):
        if task != "emotion":
            temperature = fit_temperature(logits[fit], _single(rows)[fit])
            probabilities[apply] = softmax(logits[apply], temperature)
        else:
            slopes, shifts, thresholds = fit_emotions(logits[fit], present[fit])
            probabilities[apply] = sigmoid(logits[apply] * slopes + shifts)
            named[apply] = probabilities[apply] >= thresholds
    if task != "emotion":
        named[np.arange(len(rows)), probabilities.argmax(axis=1)] = True
    return CrossFitted(present, probabilities, named)


def cross_fitted(task: str, rows: Sequence[Example], logits: Logits, folds: Sequence[int]) -> Report:
    """Measure a head on development examples without measuring calibration where it was fitted; as `cross_fit`."""
    rng = np.random.default_rng(0)
    found = cross_fit(task, rows, logits, folds)
    if task != "emotion":
        return evaluate_single(_single(rows), found.probabilities, rng)
    return evaluate_multiple(found.truth, found.probabilities, found.named, rng)


def _single(rows: Sequence[Example]) -> NDArray[np.int64]:
    return np.array([example.labels[0] for example in rows], dtype=np.int64)
