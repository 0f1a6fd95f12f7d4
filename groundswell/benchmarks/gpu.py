"""`groundswell bench gpu`: the ways to compute the same, side by side, and what keeps each from being faster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from groundswell.benchmarks.classify import flops_of, peak_flops
from groundswell.benchmarks.timing import Spread, in_turns, ratios

if TYPE_CHECKING:
    from models.classifier import TransformerClassifier
    from models.tokens import Tokens

EAGER: Final = "eager"
ALIKE_TEXTS: Final = 4_096
"""Of which the labels are compared with those of float32."""
DEVICE, ARRAYS, SCORES = "device", "arrays", "scores"
THREADS, PROCESSES = "tokenizer, threads", "tokenizer, processes"


@dataclass(frozen=True, slots=True)
class Line:
    """One variant."""

    device: Spread
    """Posts a second from token arrays to logits: the engine alone."""
    arrays: Spread
    """From texts to calibrated probabilities of every head, as arrays."""
    scores: Spread
    """From texts to finished `Scores`."""
    ratio_device: Spread
    ratio_arrays: Spread
    """How many times as fast as eager, round by round."""
    busy_device: float | None
    busy_arrays: float | None
    busy_scores: float | None
    """Share of the time in which the GPU computes or copies: the profiler's kernel times over the unprofiled time."""
    share_of_peak_device: float
    share_of_peak_arrays: float
    """Arithmetic for real tokens over the peak of matrix products."""
    same_labels: dict[str, float]
    """By task, the share of texts whose most probable label is that of float32."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run found."""

    device: str
    dtype: str
    cores: int
    texts: int
    mean_tokens: float
    peak_tflops: float
    variants: dict[str, Line]
    tokenizer: dict[str, Spread]
    """Texts a second that are cleaned and tokenised, with nothing else going on."""
    skipped: tuple[str, ...]
    """Variants that this machine cannot do."""

    def as_dict(self) -> dict[str, Any]:
        """The fastest variant's keys, then everything."""
        name, best = max(self.variants.items(), key=lambda item: item[1].arrays.median)
        return {
            "posts_per_s": best.arrays.median, "scores_posts_per_s": best.scores.median,
            "gpu_busy_share": best.busy_arrays, "fastest": name, **asdict(self),
        }  # fmt: skip


def measure(
    weights: Path, texts: Sequence[str], repeats: int, variants: Sequence[str] = (), tokenizers: int | None = None
) -> Figures:
    """Time the variants in turns, each from token arrays, to probabilities, and to scores.

    Args:
        weights: artefact folder.
        texts: what to classify.
        repeats: rounds, after one that compiles, captures and warms up.
        variants: of `models.engine.VARIANTS`; none means all.
        tokenizers: processes that tokenise; `None` is one a core but two.

    Raises:
        ModelUnusable: the weights cannot be loaded, or the device fails.
    """
    import torch

    from models.classifier import load_classifier
    from models.engine import VARIANTS, usable

    classifier = load_classifier(weights, tokenizers=tokenizers)
    network = classifier.network
    parameter = next(network.parameters())
    asked = variants or tuple(VARIANTS)
    ways = {name: classifier.computing(name) for name in asked if usable(name, network)}
    some = next(iter(ways.values()))
    tokens = list(some.token_chunks(texts, apart=False))
    lengths = np.concatenate([chunk.lengths for chunk in tokens])
    contenders: dict[str, Callable[[], int]] = {}
    for name, way in ways.items():
        contenders |= _stages(name, way, texts, tokens)
    contenders[THREADS] = lambda: _drained(some.token_chunks(texts, apart=False), len(texts))
    contenders[PROCESSES] = lambda: _drained(some.token_chunks(texts), len(texts))
    rates = in_turns(contenders, repeats)
    peak = peak_flops(parameter.dtype, parameter.device)
    flops = sum(flops_of(network, int(length)) for length in lengths) / len(lengths)
    truth = _labels(load_classifier(weights, dtype="float32", variant=EAGER, tokenizers=0), texts[:ALIKE_TEXTS])
    base = EAGER if EAGER in ways else next(iter(ways))
    lines = {
        name: _line(rates, name, base, flops / peak, _busy_s(contenders[f"{name} {DEVICE}"]), len(texts), {
            task: float((found == truth[task]).mean()) for task, found in _labels(way, texts[:ALIKE_TEXTS]).items()
        })
        for name, way in ways.items()
    }  # fmt: skip
    classifier.close()
    return Figures(
        device=torch.cuda.get_device_name() if parameter.device.type == "cuda" else "cpu",
        dtype=str(parameter.dtype).removeprefix("torch."), cores=os.cpu_count() or 1, texts=len(texts),
        mean_tokens=float(lengths.mean()), peak_tflops=peak / 1e12, variants=lines,
        tokenizer={name: Spread.of(rates[name]) for name in (THREADS, PROCESSES)},
        skipped=tuple(name for name in asked if name not in ways),
    )  # fmt: skip


def shown(figures: Figures) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Title, columns and rows of two tables."""
    title = (
        f"{figures.texts:,} texts of {figures.mean_tokens:.0f} tokens, {figures.device}, {figures.dtype}, "
        f"{figures.cores} cores, peak {figures.peak_tflops:,.3g} TFLOP/s; posts a second (least to greatest)"
    )
    columns = (
        "variant", "tokens to logits", "texts to probabilities", "texts to scores", "times eager (logits)",
        "times eager (probabilities)", "GPU busy: logits, probabilities, scores", "of peak", "same labels, least",
    )  # fmt: skip
    rows = [
        (
            name, str(line.device), str(line.arrays), str(line.scores), f"{line.ratio_device.median:.2f}",
            f"{line.ratio_arrays.median:.2f}",
            ", ".join("-" if share is None else f"{share:.0%}" for share in
                      (line.busy_device, line.busy_arrays, line.busy_scores)),
            f"{line.share_of_peak_device:.1%}", f"{min(line.same_labels.values()):.2%}",
        )
        for name, line in figures.variants.items()
    ]  # fmt: skip
    rows += [(name, "not on this machine", *[""] * (len(columns) - 2)) for name in figures.skipped]
    tokenizer = [(name, str(rate)) for name, rate in figures.tokenizer.items()]
    return [(title, columns, rows), ("the tokenizer alone", ("how", "texts a second"), tokenizer)]


def _stages(
    name: str, way: TransformerClassifier, texts: Sequence[str], tokens: Sequence[Tokens]
) -> dict[str, Callable[[], int]]:
    return {
        f"{name} {DEVICE}": lambda: _drained(way.logits(tokens), len(texts)),
        f"{name} {ARRAYS}": lambda: _drained(way.in_chunks(texts), len(texts)),
        f"{name} {SCORES}": lambda: len(way.classify(texts)),
    }


def _drained(results: Iterable[object], count: int) -> int:
    for _ in results:
        pass
    return count


def _line(
    rates: dict[str, list[float]], name: str, base: str, peaks_a_post: float, busy_s: float | None, count: int,
    same_labels: dict[str, float],
) -> Line:  # fmt: skip
    device, arrays, scores = (Spread.of(rates[f"{name} {stage}"]) for stage in (DEVICE, ARRAYS, SCORES))
    a_post_s = None if busy_s is None else busy_s / count
    busy = [None if a_post_s is None else a_post_s * rate.median for rate in (device, arrays, scores)]
    return Line(
        device, arrays, scores,
        ratios(rates, f"{name} {DEVICE}", f"{base} {DEVICE}"), ratios(rates, f"{name} {ARRAYS}", f"{base} {ARRAYS}"),
        *busy, device.median * peaks_a_post, arrays.median * peaks_a_post, same_labels,
    )  # fmt: skip


def _busy_s(work: Callable[[], int]) -> float | None:
    """Seconds of kernels and copies on the GPU, of which one stream runs one at a time; `None` without a GPU."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    if not torch.cuda.is_available():
        return None
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        work()
        torch.cuda.synchronize()
    spent_us = sum(event.self_device_time_total for event in profiler.key_averages())
    return spent_us / 1e6 if spent_us else None


def _labels(way: TransformerClassifier, texts: Sequence[str]) -> dict[str, Any]:
    """By task, the most probable label's column of each text."""
    found = list(way.in_chunks(texts))
    return {task: np.concatenate([rows[task].argmax(axis=1) for rows in found]) for task in found[0]}


def long_enough(weights: Path, texts: Sequence[str], mean_tokens: float, count: int) -> list[str]:
    """As `of_about`, with the lengths that an artefact's tokenizer finds. Raises ModelUnusable."""
    from models.artefact import read_description
    from models.batches import encode
    from models.encoder import load_tokenizer

    described = read_description(weights)
    tokenizer = load_tokenizer(described.max_tokens, described.encoder)
    return of_about(texts, [len(item) for item in encode(tokenizer, texts)], mean_tokens, count)


def of_about(texts: Sequence[str], lengths: Sequence[int], mean_tokens: float, count: int) -> list[str]:
    """So many texts of so many tokens in the mean: where the mean falls short, a text is joined with another one.

    >>> of_about(["a", "b c"], [3, 4], mean_tokens=4, count=4)
    ['a b c', 'b c', 'a', 'b c']
    """
    found: list[str] = []
    spent = 0
    for place in range(count):
        turn, first = divmod(place, len(texts))
        second = (first + 1 + 7 * turn) % len(texts)
        found.append(texts[first])
        spent += lengths[first]
        if spent < mean_tokens * len(found):
            found[-1] += f" {texts[second]}"
            spent += lengths[second] - 2  # the special tokens stand once
    return found
