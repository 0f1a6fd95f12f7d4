"""What the model says of a post, and which posts it should not judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from core.posts import Post, fingerprint


class Sentiment(StrEnum):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class EmotionFamily(StrEnum):
    """A handful of families that an analyst can read at a glance."""

    ANGER = "anger"
    FEAR = "fear"
    SADNESS = "sadness"
    JOY = "joy"
    CARE = "care"
    SURPRISE = "surprise"
    NEUTRAL = "neutral"


FAMILY_OF: Final[dict[str, EmotionFamily]] = {
    "anger": EmotionFamily.ANGER,
    "annoyance": EmotionFamily.ANGER,
    "disapproval": EmotionFamily.ANGER,
    "disgust": EmotionFamily.ANGER,
    "fear": EmotionFamily.FEAR,
    "nervousness": EmotionFamily.FEAR,
    "sadness": EmotionFamily.SADNESS,
    "disappointment": EmotionFamily.SADNESS,
    "embarrassment": EmotionFamily.SADNESS,
    "grief": EmotionFamily.SADNESS,
    "remorse": EmotionFamily.SADNESS,
    "admiration": EmotionFamily.JOY,
    "amusement": EmotionFamily.JOY,
    "approval": EmotionFamily.JOY,
    "excitement": EmotionFamily.JOY,
    "joy": EmotionFamily.JOY,
    "optimism": EmotionFamily.JOY,
    "pride": EmotionFamily.JOY,
    "relief": EmotionFamily.JOY,
    "caring": EmotionFamily.CARE,
    "desire": EmotionFamily.CARE,
    "gratitude": EmotionFamily.CARE,
    "love": EmotionFamily.CARE,
    "confusion": EmotionFamily.SURPRISE,
    "curiosity": EmotionFamily.SURPRISE,
    "realization": EmotionFamily.SURPRISE,
    "surprise": EmotionFamily.SURPRISE,
    "neutral": EmotionFamily.NEUTRAL,
}
"""GoEmotions' 28 labels in families: its own Ekman grouping (Demszky et al. 2020, appendix), disgust under anger,
and the warm part of its "joy" kept apart as care."""

DISTRESS: Final = frozenset({EmotionFamily.ANGER, EmotionFamily.FEAR, EmotionFamily.SADNESS})


@dataclass(frozen=True, slots=True)
class Scores:
    """One pass of the model over one text; each probability is calibrated, in [0, 1].

    `emotions` holds every emotion whose probability reached its own threshold, most probable first; it may be
    empty. `family` is the family of the most probable emotion.
    """

    model_version: str
    topic: str
    topic_p: float
    sentiment: Sentiment
    sentiment_p: tuple[float, float, float]
    """negative, neutral, positive; sums to 1."""
    emotions: tuple[tuple[str, float], ...]
    family: EmotionFamily
    intent: str
    intent_p: float


class Unjudged(StrEnum):
    """Why a post was stored without a score."""

    EMPTY = "empty"
    ONLY_LINKS = "only links"
    LANGUAGE = "another language"


@dataclass(frozen=True, slots=True)
class ScoredPost:
    """A post with what the model said, or with the reason why it was not asked."""

    post: Post
    scores: Scores | None
    unjudged: Unjudged | None = None
    duplicate_of: str | None = None
    """`post_id` of the first post with the same words; `scores` are then that post's."""
    fingerprint: str | None = field(default=None)


def reason_not_to_judge(post: Post) -> Unjudged | None:
    """The model reads English; a guess about anything else would be worse than none.

    A post without a language (`None`) is judged: whoever published it did not find it foreign.
    """
    words = post.text.split()
    if not words:
        return Unjudged.EMPTY
    if all(word.startswith(("http://", "https://", "@", "www.")) for word in words):
        return Unjudged.ONLY_LINKS
    if post.language not in (None, "en"):
        return Unjudged.LANGUAGE
    return None


def unscored(post: Post, reason: Unjudged) -> ScoredPost:
    """Store the post, with the reason in place of a score."""
    return ScoredPost(post, scores=None, unjudged=reason, fingerprint=fingerprint(post.text))
