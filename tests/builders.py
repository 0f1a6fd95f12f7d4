"""Values for tests: everything has a sensible default, and a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.posts import Channel, Post, fingerprint, post_id_of
from core.scoring import EmotionFamily, ScoredPost, Scores, Sentiment

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The moment at which tests happen unless they say otherwise."""


def make_post(native_id: str = "1", **changes: Any) -> Post:
    """One English post of a social source; `native_id` makes its `post_id`, unless that is given.

    >>> make_post("7", text="Hello").text
    'Hello'
    """
    source = changes.get("source", "demo-social")
    values: dict[str, Any] = {
        "post_id": post_id_of(source, native_id),
        "source": source,
        "channel": Channel.SOCIAL,
        "text": f"The app of Harbor Bank is down again, case {native_id}",
        "published_at": NOON,
        "fetched_at": changes.get("published_at", NOON) + timedelta(seconds=5),
        "author_key": f"author-{native_id}",
        "language": "en",
    }
    return Post(**(values | changes))


def make_posts(count: int, *, first: int = 0, **changes: Any) -> list[Post]:
    """`count` posts with different ids and texts, one second apart."""
    start = changes.pop("published_at", NOON)
    numbers = range(first, first + count)
    return [make_post(str(n), published_at=start + timedelta(seconds=n), **changes) for n in numbers]


def make_scores(sentiment: Sentiment = Sentiment.NEGATIVE, **changes: Any) -> Scores:
    """Scores that a confident model would give an angry customer, or whoever `changes` describes."""
    sentiment_p = {
        Sentiment.NEGATIVE: (0.9, 0.07, 0.03),
        Sentiment.NEUTRAL: (0.1, 0.8, 0.1),
        Sentiment.POSITIVE: (0.03, 0.07, 0.9),
    }[sentiment]
    values: dict[str, Any] = {
        "model_version": "fake-1",
        "topic": "Company | Product News",
        "topic_p": 0.7,
        "sentiment": sentiment,
        "sentiment_p": sentiment_p,
        "emotions": (("anger", 0.8),),
        "family": EmotionFamily.ANGER,
        "intent": "card_not_working",
        "intent_p": 0.6,
    }
    return Scores(**(values | changes))


def make_scored(native_id: str = "1", scores: Scores | None = None, **changes: Any) -> ScoredPost:
    """A judged, original post; `changes` go to the post."""
    post = make_post(native_id, **changes)
    return ScoredPost(post, scores or make_scores(), fingerprint=fingerprint(post.text))


def make_duplicate(first: ScoredPost, native_id: str, **changes: Any) -> ScoredPost:
    """A repost of `first` under another id, which takes over its scores."""
    post = make_post(native_id, text=first.post.text, **changes)
    return ScoredPost(post, first.scores, duplicate_of=first.post.post_id, fingerprint=first.fingerprint)


def ids(posts: Sequence[Post | ScoredPost]) -> list[str]:
    """Their `post_id`s, in order."""
    return [item.post_id if isinstance(item, Post) else item.post.post_id for item in posts]
