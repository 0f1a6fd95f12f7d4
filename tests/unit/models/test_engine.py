"""Every way to compute gives the same logits, in the order of the texts."""

from __future__ import annotations

import numpy as np
import pytest

from models.engine import VARIANTS, Engine, Variant, usable
from models.inference import logits_of
from models.tokens import flatten
from tests.unit.models.tiny_bert import LONGEST, TASKS, encoded, tiny_network


@pytest.mark.parametrize("layout", ["library", "padded", "packed"])
@pytest.mark.parametrize("pairs", [False, True])
def test_every_layout_gives_the_logits_of_the_plain_pass(layout: str, pairs: bool) -> None:
    network, items = tiny_network(), encoded(50, pairs)
    plain = logits_of(network, items, TASKS, batch_tokens=200)
    engine = Engine(network, Variant(layout), pass_tokens=200, max_tokens=LONGEST)  # type: ignore[arg-type]
    (found,) = engine.logits([flatten(items)], TASKS)
    np.testing.assert_allclose(found, np.concatenate([plain[task] for task in TASKS], axis=1), atol=3e-6)


def test_batches_come_back_in_their_order() -> None:
    network, items = tiny_network(), encoded(60)
    engine = Engine(network, Variant("packed"), pass_tokens=64, max_tokens=LONGEST)
    batches = [flatten(items[start : start + 6]) for start in range(0, 60, 6)]
    apart = np.concatenate(list(engine.logits(batches, ["topic"])))
    (whole,) = engine.logits([flatten(items)], ["topic"])
    np.testing.assert_allclose(apart, whole, atol=3e-6)


def test_no_texts_are_no_rows() -> None:
    engine = Engine(tiny_network(), Variant("packed"), pass_tokens=64, max_tokens=LONGEST)
    assert [rows.shape for rows in engine.logits([flatten([])], ["topic"])] == [(0, 4)]
    assert list(engine.logits([], ["topic"])) == []


def test_a_cpu_neither_compiles_nor_captures() -> None:
    network = tiny_network()
    assert [name for name in VARIANTS if usable(name, network)] == ["eager", "packed"]
