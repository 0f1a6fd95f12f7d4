"""The comparison of variants runs where there is no GPU, and names what it skips."""

from __future__ import annotations

from pathlib import Path

from groundswell.benchmarks import gpu
from groundswell.benchmarks.texts import read_texts

WEIGHTS = Path(__file__).parents[4] / "models" / "weights"


def test_variants_are_compared_on_a_cpu_too() -> None:
    texts = gpu.long_enough(WEIGHTS, read_texts(None, "text", 40), mean_tokens=30, count=24)
    figures = gpu.measure(WEIGHTS, texts, repeats=1)
    assert abs(figures.mean_tokens - 30) < 3
    assert set(figures.variants) == {"eager", "packed"}
    assert set(figures.skipped) == {"compiled", "packed graphs", "packed compiled"}
    for line in figures.variants.values():
        assert min(line.device.low, line.arrays.low, line.scores.low) > 0
        assert line.busy_arrays is None
        assert min(line.same_labels.values()) >= 0.9  # of 24 texts; a tie may fall the other way
    found = figures.as_dict()
    assert found["posts_per_s"] == figures.variants[found["fastest"]].arrays.median
    assert [title for title, *_ in gpu.shown(figures)][1] == "the tokenizer alone"
