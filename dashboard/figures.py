"""What the numbers say: usual levels, empty minutes, silent sources. Pure; rows in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.source_health import Health, Heard, judge
from dashboard.words import say

WINDOW: Final = timedelta(minutes=15)
LEAST_HISTORY: Final = timedelta(minutes=15)
"""Less of a past than one window says nothing about what is usual."""
SENTIMENTS: Final = ("negative", "neutral", "positive")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last 15 minutes beside what 15 minutes usually bring; `None` where nothing can be said yet."""

    posts: int
    usual_posts: float | None
    negative_share: float | None
    usual_negative_share: float | None


def pulse(row: Row | None, now: datetime) -> Pulse:
    """Read one row of the query `pulse`."""
    if row is None or row["first_minute"] is None:
        return Pulse(0, None, None, None)
    past = now - WINDOW - max(row["first_minute"], now - timedelta(hours=24))
    known = past >= LEAST_HISTORY
    return Pulse(
        posts=row["posts"],
        usual_posts=row["past_posts"] * (WINDOW / past) if known else None,
        negative_share=_ratio(row["negative"], row["judged"]),
        usual_negative_share=_ratio(row["past_negative"], row["past_judged"]) if known else None,
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def fill(rows: Sequence[Row], since: datetime, until: datetime, bucket_s: int) -> list[dict[str, Any]]:
    """Every bucket from `since` to `until`, those without posts as zeros, oldest first.

    Args:
        rows: with `at` on the bucket's borders, as the query `volume` gives them.
        bucket_s: > 0.
    """
    known = {row["at"]: row for row in rows}
    start = int(since.timestamp()) // bucket_s * bucket_s
    filled = []
    for second in range(start, int(until.timestamp()) + 1, bucket_s):
        at = datetime.fromtimestamp(second, UTC)
        row = known.get(at, {})
        filled.append({"at": at, **{name: row.get(name, 0) for name in ("posts", *SENTIMENTS)}})
    return filled


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one source stands."""

    source: str
    state: str
    """As `core.source_health.Health` writes it."""
    since: datetime | None
    """Its last good run."""
    detail: str
    row: Row


def source_health(rows: Sequence[Row], now: datetime, silent_after: timedelta) -> list[SourceHealth]:
    """Judge every source, the worst first."""
    rank = {state.value: place for place, state in enumerate(WORST_FIRST)}
    judged = [_judge(row, now, silent_after) for row in rows]
    return sorted(judged, key=lambda health: (rank[health.state], health.source))


WORST_FIRST: Final = (Health.SILENT, Health.FAILING, Health.NEEDS_KEY, Health.NEW, Health.OK)


def _heard(row: Row) -> Heard:
    return Heard(
        row["source"], row["every_s"], row["needs_key"], row["added_at"], row["first_run_at"], row["last_success_at"],
        row["last_news_at"], row["last_error_at"], row["newest_error"] or "", row["news"], tuple(row["pauses_s"]),
    )  # fmt: skip


def _detail(reason: str, row: Row) -> str:
    """Why it stands as it does, and its errors of the day by kind."""
    kinds = ", ".join(f"{kind} {count}×" for kind, count in sorted(row["errors"].items()))
    return " · ".join(part for part in (reason, kinds) if part)


def _judge(row: Row, now: datetime, silent_after: timedelta) -> SourceHealth:
    if row.get("added_at") is not None:
        verdict = judge(_heard(row), now)
        return SourceHealth(
            row["source"], verdict.health.value, row["last_success_at"], _detail(verdict.reason, row), row
        )
    # one that no scraper has on its list any more
    good, error = row["last_success"], row["last_error"]
    if good is None or now - good > silent_after:
        return SourceHealth(row["source"], "silent", good, error or say("health.none_lately"), row)
    if error:
        return SourceHealth(row["source"], "failing", good, error, row)
    return SourceHealth(row["source"], "ok", good, "", row)
