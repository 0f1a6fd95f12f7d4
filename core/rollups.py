"""What the minute rollups count: how many posts, and of which kind, about one thing in one minute of publication."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from core.scoring import ScoredPost
from core.watched import PAIR, pair_key

TOTAL: Final = ("total", "")
MODEL: Final = "model"
"""Which version scored how much; no alert watches it."""


class Cell(NamedTuple):
    """One thing in one minute; cells have an order, so that whoever locks their rows can do it in the same one."""

    dimension: str
    """total, entity, topic, entity_topic, channel, source, family or model."""
    key: str
    minute: datetime
    """In UTC, seconds zero."""


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
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


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
