"""What judging a period again changes: which posts get other scores, and by how much that moves the rollups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.rollups import Cell, Counts, rollups
from core.scoring import ScoredPost, Scores
from core.watched import ALLOWED_LATENESS, BASE_EVERY

STILL_WATCHED: Final = ALLOWED_LATENESS + BASE_EVERY
"""A look at the surges reads rollups that are younger than this; older ones are in what it remembers, and are not read
again. So what was published before can be judged anew without opening an incident."""


@dataclass(frozen=True, slots=True)
class Rescoring:
    """A period that is judged again, and how far that has come."""

    rescoring_id: int
    since: datetime
    until: datetime
    """Not included."""
    channels: tuple[str, ...]
    """All of them, when empty."""
    asked_by: str
    asked_at: datetime
    wanted: int
    """Posts that another model had judged when it began."""
    skipped: int
    """Posts of the period that needed nothing: judged by the champion, or with a reason not to be judged."""
    rescored: int = 0
    topic: int = 0
    """Of the rescored ones: another topic than before; and so on."""
    sentiment: int = 0
    emotion: int = 0
    """Another family."""
    intent: int = 0
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One record of posts.rescore: originals to be judged again, and by which model."""

    rescoring_id: int
    model_version: str
    post_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A post before and after."""

    before: ScoredPost
    after: ScoredPost


def changes(stored: Sequence[ScoredPost], judged: Mapping[str, Scores], version: str) -> list[Change]:
    """What a model's scores change of posts as they are stored now.

    A repeat takes over what its first post got. What this model has judged already stays, so that a record that is
    delivered again changes nothing; a score of another model is refused, since a swap may have come between.

    Args:
        judged: by `post_id` of an original.
    """
    found = []
    for one in stored:
        scores = judged.get(one.duplicate_of or "") or judged.get(one.post.post_id)
        if one.scores is None or scores is None or scores.model_version != version:
            continue
        if one.scores.model_version != version:
            found.append(Change(one, replace(one, scores=scores)))
    return found


def moved(changed: Sequence[Change]) -> dict[Cell, Counts]:
    """By how much the rollups move, in the order of the cells; cells that stay as they were are left out."""
    more, less = rollups(one.after for one in changed), rollups(one.before for one in changed)
    nothing = Counts()
    found = {}
    for cell in sorted(more.keys() | less.keys()):
        delta = more.get(cell, nothing) + -less.get(cell, nothing)
        if delta != nothing:
            found[cell] = delta
    return found


def count_heads(changed: Iterable[Change]) -> dict[str, int]:
    """How many posts have another topic, sentiment, emotion (its family) or intent than before."""
    counts = dict.fromkeys(("topic", "sentiment", "emotion", "intent"), 0)
    for one in changed:
        before, after = one.before.scores, one.after.scores
        if before is not None and after is not None:
            counts["topic"] += before.topic != after.topic
            counts["sentiment"] += before.sentiment is not after.sentiment
            counts["emotion"] += before.family is not after.family
            counts["intent"] += before.intent != after.intent
    return counts


def latest_until(now: datetime) -> datetime:
    """Up to when posts may be judged again: what is younger is still watched for surges.

    >>> latest_until(datetime(2026, 1, 31, 12, 0, 30)).isoformat()
    '2026-01-30T11:00:00'
    """
    return (now - STILL_WATCHED).replace(second=0, microsecond=0)
