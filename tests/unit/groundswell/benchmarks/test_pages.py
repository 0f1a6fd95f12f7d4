"""What the measurement of the dashboard makes of what it saw."""

from __future__ import annotations

from groundswell.benchmarks.pages import Figures, percentile


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert percentile([5.0, 1.0, 3.0, 2.0], 0.75) == 3.0
    assert percentile([7.0], 0.95) == 7.0


def test_growth_compares_the_halves_after_the_first_minute() -> None:
    settling, first, second = [300.0] * 4, [200.0, 201.0, 202.0], [210.0, 211.0, 212.0]
    figures = Figures([1.0], [2.0], [50.0], [100.0, 300.0], settling + first + second, 10).as_dict()
    assert figures["alone_p95_ms"] == 50.0
    assert figures["memory_growth_mb"] == 10.0
    assert figures["memory_most_mb"] == 212.0
    assert figures["refresh_median_ms"] == 200.0


def test_without_windows_nothing_is_said_of_refreshes() -> None:
    figures = Figures([1.0], [2.0]).as_dict()
    assert figures["refresh_p95_ms"] is None
    assert figures["memory_most_mb"] is None
