"""Engines are compared on the same batches; what is not installed is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from groundswell.benchmarks import engines
from models.batches import Encoded
from models.encoder import load_encoder
from models.network import Network

TEXTS = [Encoded([101, *range(2000, 2000 + length), 102]) for length in (3, 12, 5, 1)]


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network(load_encoder(), {"topic": 20, "sentiment": 3, "emotion": 28, "intent": 77}).eval()


def test_every_engine_that_is_here_says_nearly_the_same(network: Network, tmp_path: Path) -> None:
    said: list[str] = []
    found = engines._engines(network, tmp_path, said.append)
    assert set(found) | set(engines.missing()) >= {engines.REFERENCE, engines.OURS, engines.TORCH_INT8, engines.ONNX}
    expected = engines._run(found.pop(engines.REFERENCE), TEXTS)
    assert {task: rows.shape for task, rows in expected.items()} == {
        "topic": (4, 20), "sentiment": (4, 3), "emotion": (4, 28), "intent": (4, 77),
    }  # fmt: skip
    for name, engine in found.items():
        least = 0.8 if "int8" in name else 0.99
        for task, rows in engines._run(engine, TEXTS).items():
            assert np.corrcoef(rows.ravel(), expected[task].ravel())[0, 1] > least, (name, task)


def test_a_row_does_not_depend_on_the_batch_it_is_in(network: Network) -> None:
    engine = engines._torch(network)
    alone = engines._run(engine, TEXTS[:1])["topic"]
    np.testing.assert_allclose(engines._run(engine, TEXTS)["topic"][:1], alone, atol=1e-4)
