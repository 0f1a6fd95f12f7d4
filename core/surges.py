"""Whether negative feeling about something is surging: one rule, over minute rollups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """One minute of one series."""

    minute: datetime
    posts: int
    negative: int
    """Original posts scored negative; repeats are not counted."""


@dataclass(frozen=True, slots=True)
class Series:
    """The last hours of one thing that is watched, oldest minute first, minutes without posts left out."""

    dimension: str
    """total, entity, topic, channel, source or family."""
    key: str
    buckets: tuple[Bucket, ...]
    authors: int = 0
    """Distinct authors of negative original posts within the window."""
