"""The picture of where the CPU's time goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundswell.benchmarks.pipeline import Load, draw
from groundswell.benchmarks.timing import Spread

CPU_S = {"classifier": 8.0, "Faust, event loop": 0.5, "record": 0.4, "PostgreSQL": 0.6, "Kafka": 0.5}


def load(workers: int) -> Load:
    return Load(workers, 450.0, Spread(500.0, 480.0, 520.0), {50: 0.2, 95: 0.5, 99: 0.7}, CPU_S)


def test_what_is_not_the_classifier_is_measured_without_kafka() -> None:
    assert load(1).share_beside_classifier == pytest.approx(1.5 / 9.5)
    assert load(1).ratio_to_classifier == pytest.approx(0.9)


def test_the_picture_names_every_stage_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw([load(1), load(2)], 1_000, tmp_path / name)
    one, two = (tmp_path / "one.svg").read_text(), (tmp_path / "two.svg").read_text()
    assert one == two
    for stage in CPU_S:
        assert f"<!-- {stage} -->" in one
