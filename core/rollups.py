"""What the rollups count: how many posts, and of which kind, about one thing in one minute, hour or day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from core.scoring import ScoredPost
from core.watched import PAIR, pair_key

TOTAL: Final = ("total", "")
MODEL: Final = "model"
"""Which version scored how much; no alert watches it."""


class Grain(StrEnum):
    """How long a time one rollup counts, beyond the minute."""

    HOUR = "hour"
    DAY = "day"
    """Of UTC; where somebody else's day begins, hours or minutes are read."""


class Cell(NamedTuple):
    """One thing in one minute; cells have an order, so that whoever locks their rows can do it in the same one."""

    dimension: str
    """total, entity, topic, entity_topic, channel, source, family or model."""
    key: str
    minute: datetime
    """In UTC, seconds zero; of an hour or a day the first."""


@dataclass(frozen=True, slots=True)
class Counts:
    """posts = negative + neutral + positive + duplicates + unjudged: every post is exactly one of these."""

    posts: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    duplicates: int = 0
    """Posts that repeat another one's words, whatever those say."""
    unjudged: int = 0

    @property
    def judged(self) -> int:
        """Originals with a sentiment: what the series count."""
        return self.negative + self.neutral + self.positive

    def __add__(self, other: Counts) -> Counts:
        # spelled out, since a batch adds some hundred of them up, and dataclasses.astuple copies as it goes
        return Counts(
            self.posts + other.posts, self.negative + other.negative, self.neutral + other.neutral,
            self.positive + other.positive, self.duplicates + other.duplicates, self.unjudged + other.unjudged,
        )  # fmt: skip

    def __neg__(self) -> Counts:
        return Counts(-self.posts, -self.negative, -self.neutral, -self.positive, -self.duplicates, -self.unjudged)


def rollups(posts: Iterable[ScoredPost]) -> dict[Cell, Counts]:
    """Count posts by thing and minute.

    A post counts once in the total, its channel and its source, once in each of its entities, and, where it has
    scores, once in its topic, in each of its entities under that topic, in its family of emotion, and under the model
    that gave them; a repeat does so by the scores of its first.

    Args:
        posts: each `post_id` once; who calls takes care of that.

    Returns:
        In the order of the cells.
    """
    counted: dict[Cell, dict[str, int]] = {}
    for scored in posts:
        kind = _kind(scored)
        minute = minute_of(scored.post.published_at)
        for dimension, key in things_of(scored):
            cell = counted.setdefault(Cell(dimension, key, minute), {})
            cell["posts"] = cell.get("posts", 0) + 1
            cell[kind] = cell.get(kind, 0) + 1
    return {cell: Counts(**counted[cell]) for cell in sorted(counted)}


def minute_of(moment: datetime) -> datetime:
    """The minute a moment lies in.

    >>> minute_of(datetime(2026, 1, 31, 9, 30, 59, 999_999, tzinfo=UTC)).isoformat()
    '2026-01-31T09:30:00+00:00'
    """
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def coarser(minutes: Mapping[Cell, Counts], grain: Grain) -> dict[Cell, Counts]:
    """Add minutes up to hours or days.

    Returns:
        In the order of the cells.
    """
    found: dict[Cell, Counts] = {}
    for cell, counts in minutes.items():
        longer = cell._replace(minute=begin_of(cell.minute, grain))
        known = found.get(longer)
        found[longer] = counts if known is None else known + counts
    return dict(sorted(found.items(), key=lambda item: item[0]))


def begin_of(minute: datetime, grain: Grain) -> datetime:
    """The first minute of the hour or day that a minute (UTC) lies in.

    >>> begin_of(datetime(2026, 1, 31, 9, 30, tzinfo=UTC), Grain.DAY).isoformat()
    '2026-01-31T00:00:00+00:00'
    """
    match grain:
        case Grain.HOUR:
            return minute.replace(minute=0)
        case Grain.DAY:
            return minute.replace(hour=0, minute=0)
        case _:
            assert_never(grain)


def _kind(scored: ScoredPost) -> str:
    if scored.duplicate_of is not None:
        return "duplicates"
    return "unjudged" if scored.scores is None else scored.scores.sentiment.value


def things_of(scored: ScoredPost) -> Iterator[tuple[str, str]]:
    """Dimension and key of everything that a post counts in."""
    yield TOTAL
    yield "channel", scored.post.channel.value
    yield "source", scored.post.source
    for entity in set(scored.post.entities):
        yield "entity", entity
        if scored.scores is not None:
            yield PAIR, pair_key(entity, scored.scores.topic)
    if scored.scores is not None:
        yield "topic", scored.scores.topic
        yield "family", scored.scores.family.value
        yield MODEL, scored.scores.model_version
