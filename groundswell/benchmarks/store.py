"""`groundswell bench store`: how long every query of the dashboard takes, and how that grows with what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from groundswell.benchmarks import invented
from groundswell.benchmarks.filling import LARGE, Progress, fill, in_parts, surround, tidy
from groundswell.temporary_servers import PostgresServer, temporary
from storage.postgres import Database
from storage.statements import queries
from stream.watch import look

SIZES: Final = (10_000, 100_000, 1_000_000)
MONTH: Final = timedelta(days=30)
OVER_A_MONTH: Final = (
    "explore_series", "explore_usual", "explore_times", "explore_pairs", "explore_keys", "explore_reach",
    "explore_matches", "model_days",
)  # fmt: skip
"""Queries that are timed over the longest time that a page offers, too. 10,000 posts are a day, so with more of them it
holds more."""
CROSSES: Final = ("explore_cross", "explore_trend", "explore_posts")
"""Queries that read posts, as far back as `explore_reach` or `explore_matches` says."""
COMMON: Final = "payday loan"
"""Words that many posts have."""
LOOK: Final = "a look at the surges (worker)"
ADD: Final = "a batch of 256 posts stored (worker)"


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds by query and number of posts: 95 of 100 runs took no longer."""

    sizes: tuple[int, ...]
    p95_ms: dict[str, tuple[float, ...]]

    def growth(self, query: str) -> float:
        """How many times as long with the most posts as with the fewest."""
        times = self.p95_ms[query]
        return times[-1] / times[0]

    def as_dict(self) -> dict[str, Any]:
        return {
            "sizes": list(self.sizes),
            "p95_ms": {query: times[-1] for query, times in self.p95_ms.items()},
            "growth": {query: self.growth(query) for query in self.p95_ms},
            "p95_ms_by_size": {query: list(times) for query, times in self.p95_ms.items()},
        }


class Durable(PostgresServer):
    """As it ships: what is committed is on disk."""

    options: ClassVar = {"max_connections": "200"}


def measure(sizes: Sequence[int], runs: int, progress: Progress = lambda _: None) -> Figures:
    """Fill a PostgreSQL of its own step by step, and time every query at each step.

    Args:
        sizes: posts, ascending.
        runs: of each query, after three to warm up.
        progress: told how many posts were just stored.

    Raises:
        SetupError: PostgreSQL does not start.
    """
    found: dict[str, list[float]] = {}
    now = datetime.now(UTC)
    with temporary(Durable) as server:
        dsn = server.create_database()
        database = Database(dsn)
        database.migrate()
        surround(database, now)
        stored = 0
        for size in sizes:
            fill(dsn, now, stored, size, progress)
            stored = size
            tidy(dsn)
            for name, run in _runs(database, now, size).items():
                found.setdefault(name, []).append(_p95_ms(run, runs))
        database.close()
    return Figures(tuple(sizes), {name: tuple(times) for name, times in found.items()})


def _runs(database: Database, now: datetime, stored: int) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    parameters = _parameters(database, now)
    runs: dict[str, Callable[[], object]] = {}
    for name in queries():
        runs[name] = lambda name=name: database.read(name, **parameters(name))
    for name in OVER_A_MONTH:
        longest = parameters(name) | _month(name, now)
        runs[f"{name}, 30 days"] = lambda name=name, longest=longest: database.read(name, **longest)
    asked = {"since": now - MONTH, "until": now, "words": COMMON, "most": 10_000}
    since = database.read("explore_matches", **asked)[0]["since"]
    for name in CROSSES:
        with_words = parameters(name) | {"since": since, "words": COMMON}
        runs[f"{name}, words"] = lambda name=name, asked=with_words: database.read(name, **asked)
    runs[LOOK] = lambda: look(database.incidents, now)
    fresh = in_parts(invented.posts(now, 2 * LARGE + stored, 4 * LARGE), 256)
    runs[ADD] = lambda: database.posts.record(next(fresh), [])
    return runs


def _parameters(database: Database, now: datetime) -> Callable[[str], dict[str, Any]]:
    """The widest that a page asks for."""
    newest = database.read("notable_posts", since=now - timedelta(days=1), sentiment="any", least_p=0.5, count=100)
    ids = [row["post_id"] for row in newest]
    drafts = database.read("drafts_waiting", count=1)
    everything: dict[str, Any] = {
        "since": now - timedelta(days=1), "until": now, "now": now, "bucket_s": 1_200, "count": 50,
        "dimension": "entity",
        "key": invented.ENTITIES[0], "incident_id": "i1", "least_p": 0.6, "sentiment": "negative", "post_ids": ids,
        "post_id": drafts[0]["post_id"] if drafts else ids[0], "entity": invented.ENTITIES[0], "topic": "",
        "family": "anger", "channel": "", "source": "", "words": "", "feeling": "", "reposts": False, "most": 10_000,
        "rows": "topic", "columns": "time", "part": "topic", "origin": now,
    }  # fmt: skip
    filters = dict.fromkeys(("entity", "topic", "family", "channel", "source"), "")
    (reach,) = database.read("explore_reach", since=now - MONTH, until=now, most=10_000, **filters)
    narrower = {"pulse": timedelta(minutes=15), "notable_posts": timedelta(hours=1)}
    wider = {"drafts_decided": timedelta(days=7), "reply_figures": MONTH, "model_days": timedelta(days=14)}
    spans = narrower | wider | dict.fromkeys(CROSSES, now - reach["since"])

    by_name: dict[str, dict[str, Any]] = {
        "explore_matches": {"words": COMMON}, "explore_keys": {"count": 200}, "explore_pairs": {"count": 12},
        "explore_times": {"dimension": "entity_topic", "bucket_s": 7_200, "count": 12},
        # without a filter, so that as many posts are looked at as may be
        "explore_cross": {"entity": "", "family": "", "rows": "family", "columns": "channel", "count": 12},
        "explore_trend": {"entity": "", "family": ""}, "explore_posts": {"entity": "", "family": "", "count": 20},
    }  # fmt: skip

    def of(name: str) -> dict[str, Any]:
        asked = {key for key in everything if f"%({key})s" in queries()[name]}
        values = {key: everything[key] for key in asked} | by_name.get(name, {})
        return values | {"since": now - spans[name]} if "since" in asked and name in spans else values

    return of


def _month(name: str, now: datetime) -> dict[str, Any]:
    """What a page asks of so long a time."""
    buckets = {"explore_series": 43_200, "explore_usual": 43_200, "explore_times": 259_200}
    return {"since": now - MONTH} | ({"bucket_s": buckets[name]} if name in buckets else {})


def _p95_ms(run: Callable[[], object], runs: int) -> float:
    for _ in range(3):
        run()
    times = []
    for _ in range(runs):
        began_s = time.perf_counter()
        run()
        times.append(1_000 * (time.perf_counter() - began_s))
    return sorted(times)[max(0, -(-95 * runs // 100) - 1)]
