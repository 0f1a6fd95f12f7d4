"""Says how a source stands by its own habits: when it is silent, and since when that is worth telling somebody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.alerting import Incident, IncidentState
from core.durations import format_duration

SILENT: Final = "silent_source"
"""The dimension of an incident about a source; its key is the source's name."""
SOURCE_SILENT: Final = "SourceSilent"
SEVERITY: Final = 5

DAYS: Final = 14
"""Two weekends: the pauses of a habit are looked for so far back."""
SETTLED: Final = timedelta(days=8)
"""Before it has been watched for so long, a source's longest pause may still be to come (a night, a weekend)."""
LEAST_NEWS: Final = 20
"""Runs with something new, from which on there is a habit."""
LEAST_PAUSE: Final = timedelta(hours=2)
MISSED_RUNS: Final = 5
LEAST_OUTAGE: Final = timedelta(minutes=10)


class Health(StrEnum):
    OK = "ok"
    NEW = "new"
    """It was not read yet."""
    NEEDS_KEY = "needs a key"
    FAILING = "failing"
    """Its last run broke off; it may be well again with the next one."""
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is remembered of a source."""

    source: str
    every_s: int
    needs_key: str
    """The environment variable that is missing; empty when none is."""
    added_at: datetime
    first_run_at: datetime | None = None
    last_success_at: datetime | None = None
    last_news_at: datetime | None = None
    """The last run that brought something new."""
    last_error_at: datetime | None = None
    last_error: str = ""
    news: int = 0
    """Runs of the last 14 days that brought something new."""
    pauses_s: tuple[float, ...] = ()
    """The longest pause between two of them that ended on each of these days, the longest first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a source stands, since when, and why."""

    health: Health
    reason: str = ""
    since: datetime | None = None


def judge(heard: Heard, now: datetime) -> Verdict:
    """How a source stands.

    Silent is one of which no run has ended well for longer than five of its cadences, or one that brings nothing for
    half as long again as its own second longest pause: the longest may have been an outage.
    """
    if heard.needs_key:
        return Verdict(Health.NEEDS_KEY, f"set {heard.needs_key}")
    outage = max(MISSED_RUNS * timedelta(seconds=heard.every_s), LEAST_OUTAGE)
    good = heard.last_success_at
    if now - (good or heard.added_at) > outage:
        said = heard.last_error or "no run has begun"
        return Verdict(
            Health.SILENT, f"no run has ended well for {_span(now - (good or heard.added_at))}: {said}", good
        )
    if heard.first_run_at is None or heard.last_success_at is None:
        return Verdict(Health.NEW)
    pause = longest_usual_pause(heard)
    if pause is not None and heard.last_news_at is not None and now - heard.last_news_at > pause:
        quiet = _span(now - heard.last_news_at)
        return Verdict(Health.SILENT, f"nothing new for {quiet}, where {_span(pause)} is long", heard.last_news_at)
    if heard.last_error_at is not None and heard.last_error_at > heard.last_success_at:
        return Verdict(Health.FAILING, heard.last_error, heard.last_success_at)
    return Verdict(Health.OK, since=heard.last_success_at)


def longest_usual_pause(heard: Heard) -> timedelta | None:
    """How long it may bring nothing; `None` while it has no habit yet."""
    if heard.news < LEAST_NEWS or heard.first_run_at is None or heard.last_news_at is None or not heard.pauses_s:
        return None
    usual = heard.pauses_s[1] if len(heard.pauses_s) > 1 else heard.pauses_s[0]
    watched = heard.last_news_at - heard.first_run_at
    # a source that is young may have its first weekend before it
    young = watched if watched < SETTLED else timedelta(0)
    return max(1.5 * timedelta(seconds=usual), MISSED_RUNS * timedelta(seconds=heard.every_s), LEAST_PAUSE, young)


def incidents(known: Sequence[Incident], sources: Sequence[Heard], now: datetime) -> Iterator[Incident]:
    """Those about sources that change: one opens when a source is silent, and ends when it is heard or taken off."""
    still_open = {one.key: one for one in known if one.dimension == SILENT and one.state is not IncidentState.RESOLVED}
    silent = {one.source: verdict for one in sources if (verdict := judge(one, now)).health is Health.SILENT}
    for name, verdict in sorted(silent.items()):
        if name not in still_open:
            yield _opened(name, verdict, now)
    for name, incident in sorted(still_open.items()):
        if name not in silent:
            listed = any(one.source == name for one in sources)
            summary = f"The source {name} is heard again" if listed else f"The source {name} is no longer on the list"
            yield replace(incident, state=IncidentState.RESOLVED, updated_at=now, resolved_at=now, summary=summary)


def _opened(name: str, verdict: Verdict, now: datetime) -> Incident:
    since = verdict.since.isoformat() if verdict.since is not None else ""
    return Incident(
        # the same for a look that is made again after a crash
        incident_id=hashlib.sha256(f"{SILENT}\n{name}\n{since}".encode()).hexdigest()[:32], kind=SOURCE_SILENT,
        dimension=SILENT, key=name, state=IncidentState.FIRING, opened_at=now, updated_at=now, severity=SEVERITY,
        observed=0, expected=0.0, p_value=1.0, authors=0, summary=f"The source {name} is silent: {verdict.reason}",
    )  # fmt: skip


def _span(span: timedelta) -> str:
    """To the minute.

    >>> _span(timedelta(hours=2, seconds=100))
    '2h1m'
    """
    return format_duration(timedelta(minutes=max(1, int(span.total_seconds() // 60))))
