from __future__ import annotations

import random

from groundswell.benchmarks.memory import held


def test_a_leak_is_told_from_noise() -> None:
    rng = random.Random(1)
    leaking = [(float(s), 300 + 60 * s / 3_600 + rng.gauss(0, 0.5)) for s in range(0, 1_200, 5)]

    found = held(leaking)

    assert found.grows
    assert 50 < found.slope_mb_an_hour < 70


def test_noise_alone_does_not_grow() -> None:
    rng = random.Random(2)

    assert not held([(float(s), 300 + rng.gauss(0, 3)) for s in range(0, 1_200, 5)]).grows


def test_what_a_part_takes_in_its_first_minute_is_not_growth() -> None:
    warming = [(float(s), min(300.0, 100 + 4 * s)) for s in range(0, 1_200, 5)]

    assert held(warming).slope_mb_an_hour == 0.0 or abs(held(warming).slope_mb_an_hour) < 1e-6
