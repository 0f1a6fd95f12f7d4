"""Compares a shadow model with the champion: which posts it scores too, and where the two disagree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.scoring import ScoredPost, Scores

HEADS: Final = ("topic", "sentiment", "emotion", "intent")


@dataclass(frozen=True, slots=True)
class Shadowed:
    """One post that both models scored."""

    post_id: str
    champion: Scores
    """As it is stored with the post."""
    shadow: Scores
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One post of which the shadow says something else."""

    post_id: str
    version: str
    """Of the shadow."""
    against: str
    """The version that scored the post."""
    heads: tuple[str, ...]
    """Those that disagree, in the order of `HEADS`."""
    shadow: Scores
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class ShadowDay:
    """How far a shadow agreed with one other model on one day, in UTC."""

    day: date
    version: str
    against: str
    posts: int
    topic: int
    """Posts of which this head disagrees; so the next three."""
    sentiment: int
    emotion: int
    intent: int


def differing(champion: Scores, shadow: Scores) -> tuple[str, ...]:
    """The heads that disagree. Emotions do when their families differ: single ones come and go at their thresholds."""
    same = {
        "topic": champion.topic == shadow.topic,
        "sentiment": champion.sentiment is shadow.sentiment,
        "emotion": champion.family is shadow.family,
        "intent": champion.intent == shadow.intent,
    }
    return tuple(head for head in HEADS if not same[head])


def sample(posts: Iterable[ScoredPost], share: float) -> list[ScoredPost]:
    """Those of a batch that a shadow scores too: originals with a score, as many as `share` says, by their id alone.

    Args:
        share: 0 to 1.
    """
    return [one for one in posts if one.scores is not None and one.duplicate_of is None and _falls_in(one, share)]


def _falls_in(scored: ScoredPost, share: float) -> bool:
    digest = hashlib.sha256(f"shadow {scored.post.post_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64
