"""A whole series, read as it would have come: a verdict for every interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from core.surges import REALERT, REFRACTORY, Bucket, Kind, Verdict, begin, step


def replay(
    buckets: Iterable[Bucket], interval: timedelta, kinds: Sequence[Kind] = (Kind.NEGATIVE, Kind.ATTENTION)
) -> Iterator[Verdict]:
    """Judge and fold one bucket after the other, oldest first; nothing of the future is known to any verdict.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    >>> quiet = [Bucket(noon + timedelta(minutes=5 * n), 4) for n in range(600)]
    >>> [v.alert for v in replay([*quiet, Bucket(noon + timedelta(minutes=3_000), 90)], timedelta(minutes=5))][-2:]
    [False, True]
    """
    state = None
    for bucket in buckets:
        state, verdict = step(state or begin(bucket.minute, interval), bucket, kinds=kinds)
        yield verdict


def raised(times: Sequence[datetime], scores: Sequence[float], threshold: float) -> list[int]:
    """Where alerts are raised on any detector's scores, by the rule of `step`: one speaks for a day, unless it doubles.

    >>> start = datetime(2026, 1, 31)
    >>> raised([start + timedelta(hours=8 * n) for n in range(5)], [1.0, 5.0, 6.0, 11.0, 5.0], threshold=4.0)
    [1, 3]
    """
    found: list[int] = []
    for row, score in enumerate(scores):
        if score < threshold:
            continue
        if not found or times[row] - times[found[-1]] >= REFRACTORY or score >= REALERT * scores[found[-1]]:
            found.append(row)
    return found


def affordable(series: Sequence[tuple[Sequence[datetime], Sequence[float]]], alerts_a_week: float) -> float:
    """The lowest threshold, to a hundredth, at which all series together raise no more alerts than their budget.

    Args:
        series: times and scores of each.
        alerts_a_week: of one series.

    >>> start = datetime(2026, 1, 31)
    >>> week = [start + timedelta(days=n) for n in range(8)]
    >>> affordable([(week, [1.0, 2.0, 1.0, 4.0, 1.0, 3.0, 1.0, 1.0])], alerts_a_week=2)
    2.01
    """
    weeks = sum((times[-1] - times[0]) / timedelta(weeks=1) for times, _ in series)
    low, high = 0, 100_000
    while high - low > 1:
        middle = (low + high) // 2
        alerts = sum(len(raised(times, scores, middle / 100)) for times, scores in series)
        low, high = (middle, high) if alerts > alerts_a_week * weeks else (low, middle)
    return high / 100
