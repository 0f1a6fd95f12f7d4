"""The store's measurement runs on a real PostgreSQL, and times every query that the dashboard has."""

from __future__ import annotations

from groundswell.benchmarks import store
from storage.statements import queries


def test_every_query_of_the_dashboard_is_timed_at_every_size() -> None:
    figures = store.measure((300, 900), runs=5)

    assert set(queries()) <= set(figures.p95_ms)
    assert all(len(times) == 2 and min(times) > 0 for times in figures.p95_ms.values())
    assert figures.as_dict()["growth"]["pulse"] == figures.p95_ms["pulse"][1] / figures.p95_ms["pulse"][0]
