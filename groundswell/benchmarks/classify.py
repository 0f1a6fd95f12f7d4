"""`groundswell bench classify`: our engine beside what a user would pick instead, on the same texts and cores."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from groundswell.benchmarks import rivals
from groundswell.benchmarks.timing import Spread, in_turns, ratios

if TYPE_CHECKING:
    import torch

    from models.classifier import TransformerClassifier
    from models.network import Network

OURS: Final = "Groundswell: one pass, four heads"
THREE: Final = "three pipelines of BERT-base (sentiment, topic, emotion)"
SAME: Final = "four pipelines of the same encoder"
BASE_LABELS: Final = (3, 20, 28)
LABELS: Final = (20, 3, 28, 77)
OUR_BATCH: Final = 256
"""Posts a call, as many as the worker takes into one batch."""
PEAK_SIZE: Final = {"cpu": 2_048, "cuda": 8_192}
PEAK_PRODUCTS: Final = {"cpu": 1, "cuda": 10}
"""Timed together: waiting for a GPU takes as long as a small product."""
PEAK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run found."""

    texts: int
    mean_tokens: float
    dtype: str
    device: str
    threads: int
    rates: dict[str, Spread]
    """Posts a second."""
    ratio_three_pipelines: Spread
    ratio_same_encoder: Spread
    peak_gflops: float
    """Best of many products of two large matrices, in the engine's own number format."""
    share_of_peak: float
    """Of that, what the engine reaches: its arithmetic for real tokens, padding not counted."""

    def as_dict(self) -> dict[str, Any]:
        """The keys that programs read, then the rest."""
        return {
            "posts_per_s": self.rates[OURS].median,
            "ratio_three_pipelines": self.ratio_three_pipelines.median,
            "ratio_same_encoder": self.ratio_same_encoder.median,
            "share_of_peak": self.share_of_peak,
            "spread": {
                "posts_per_s": [self.rates[OURS].low, self.rates[OURS].high],
                "ratio_three_pipelines": [self.ratio_three_pipelines.low, self.ratio_three_pipelines.high],
                "ratio_same_encoder": [self.ratio_same_encoder.low, self.ratio_same_encoder.high],
            },
            "rivals_posts_per_s": {name: rate.median for name, rate in self.rates.items() if name != OURS},
            "texts": self.texts, "mean_tokens": self.mean_tokens, "device": self.device, "dtype": self.dtype,
            "threads": self.threads, "peak_gflops": self.peak_gflops, "rivals_weights": "random",
        }  # fmt: skip


def measure(weights: Path, texts: Sequence[str], repeats: int, threads: int = 0) -> Figures:
    """Time the engine and its rivals in turns.

    Args:
        weights: artefact folder.
        texts: what to classify; the slow rivals get the first few of them, with about the same lengths.
        repeats: rounds.
        threads: of torch; 0 = one a core.

    Raises:
        ModelUnusable: the weights cannot be loaded.
    """
    import torch

    from models.classifier import load_classifier

    cores = threads or os.cpu_count() or 1
    classifier = load_classifier(weights, threads=cores)
    torch.set_num_threads(cores)  # of this thread: the rivals'
    lengths = [len(item) for item in classifier.tokenize(texts)]
    longest = max(96, *lengths)
    three = rivals.bert_base_pipelines(BASE_LABELS, longest)
    same = rivals.same_encoder_pipelines(LABELS, longest)
    few, some = _like(texts, lengths, 16), _like(texts, lengths, 64)
    contenders = {OURS: lambda: _classify(classifier, texts)}
    for size in (1, rivals.BATCH_SIZE):
        contenders[f"{THREE}, batches of {size}"] = lambda size=size: rivals.run(three, few, size)
        contenders[f"{SAME}, batches of {size}"] = lambda size=size: rivals.run(same, some, size)
    rates = in_turns(contenders, repeats)
    network = classifier.network
    parameter = next(network.parameters())
    peak = peak_flops(parameter.dtype, parameter.device)
    flops = sum(flops_of(network, length) for length in lengths) / len(lengths)
    spreads = {name: Spread.of(found) for name, found in rates.items()}
    return Figures(
        texts=len(texts), mean_tokens=sum(lengths) / len(lengths), dtype=str(parameter.dtype).removeprefix("torch."),
        device=str(parameter.device), threads=cores, rates=spreads,
        ratio_three_pipelines=ratios(rates, OURS, _faster(spreads, THREE)),
        ratio_same_encoder=ratios(rates, OURS, _faster(spreads, SAME)),
        peak_gflops=peak / 1e9, share_of_peak=spreads[OURS].median * flops / peak,
    )  # fmt: skip


def flops_of(network: Network, tokens: int) -> float:
    """Multiplications and additions that one text of this many tokens needs, in the encoder's matrix products.

    Two for each weight and token, and two for each pair of tokens and channel, once for the attention's scores and
    once for its sums.
    """
    config = network.encoder.config
    size, layers = int(config.hidden_size), int(config.num_hidden_layers)
    weights = layers * (4 * size * size + 2 * size * int(config.intermediate_size))
    return 2.0 * weights * tokens + 4.0 * layers * size * tokens * tokens


def peak_flops(dtype: torch.dtype, device: torch.device) -> float:
    """Multiplications and additions a second of large matrix products: the best of about a second of them."""
    import torch

    size, count = PEAK_SIZE[device.type], PEAK_PRODUCTS[device.type]
    a = torch.rand(size, size, device=device).to(dtype)
    best = 0.0
    until_s = time.perf_counter() + PEAK_S
    with torch.inference_mode():
        while time.perf_counter() < until_s:
            began_s = time.perf_counter()
            for _ in range(count):
                product = a @ a
            if device.type == "cuda":
                torch.cuda.synchronize()
            best = max(best, 2.0 * count * size**3 / (time.perf_counter() - began_s))
            del product
    return best


def _classify(classifier: TransformerClassifier, texts: Sequence[str]) -> int:
    for start in range(0, len(texts), OUR_BATCH):
        classifier.classify(texts[start : start + OUR_BATCH])
    return len(texts)


def _like(texts: Sequence[str], lengths: Sequence[int], count: int) -> list[str]:
    """A few texts that stand evenly over the range of lengths, so that their mean is that of all."""
    order = sorted(range(len(texts)), key=lambda i: lengths[i])
    count = min(count, len(texts))
    return [texts[order[int((place + 0.5) * len(order) / count)]] for place in range(count)]


def _faster(spreads: dict[str, Spread], name: str) -> str:
    return max((found for found in spreads if found.startswith(name)), key=lambda found: spreads[found].median)
