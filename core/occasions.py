"""Whether it is time to retrain: somebody asks, a week is over, enough labels came, or the language has drifted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WEEKLY_WEEKDAY: Final = 0
"""Monday, so that whoever is on duty has the week before them."""
WEEKLY_HOUR: Final = 3
"""UTC."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A retraining that a person asked for, and that has not begun."""

    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known when one looks."""

    new_labels: int
    """Settled after the newest label that the last run saw."""
    last_run_at: datetime | None
    drifted_at: datetime | None = None
    """When drift was seen last."""
    wish: Wish | None = None
    """What somebody asks for, whatever the settings say of the time."""


def due(standing: Standing, now: datetime, *, wanted: Collection[str], enough: int, least: int) -> str | None:
    """Why a retraining is to be started now; `None` when it is not.

    Args:
        standing: what is known.
        now: with a zone.
        wanted: of "weekly", "labels" and "drift".
        enough: new labels that start one by themselves.
        least: new labels without which none is begun: there would be nothing to learn.
    """
    if standing.wish is not None:
        return f"{standing.wish.by} asked for it at {standing.wish.at:%Y-%m-%d %H:%M}: {standing.wish.why}"
    if standing.new_labels < least:
        return None
    if "labels" in wanted and standing.new_labels >= enough:
        return f"{standing.new_labels:,} new labels are settled, and {enough:,} start a retraining"
    last = standing.last_run_at
    if "drift" in wanted and standing.drifted_at is not None and (last is None or standing.drifted_at > last):
        return f"drift was seen at {standing.drifted_at:%Y-%m-%d %H:%M}, and {standing.new_labels:,} labels are new"
    if "weekly" in wanted and (last is None or last < week_began(now)):
        return f"the week's run, with {standing.new_labels:,} new labels"
    return None


def week_began(now: datetime) -> datetime:
    """The last Monday, 03:00, in the zone of `now`.

    >>> from datetime import UTC
    >>> week_began(datetime(2026, 3, 2, 2, 59, tzinfo=UTC)).isoformat()
    '2026-02-23T03:00:00+00:00'
    """
    today = now.replace(hour=WEEKLY_HOUR, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=(now.weekday() - WEEKLY_WEEKDAY) % 7)
    return monday if monday <= now else monday - timedelta(days=7)
