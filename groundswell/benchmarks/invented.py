"""Posts for measuring the store: invented, at a constant pace, so that more posts means a longer past."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from core.posts import Channel, Post, fingerprint, post_id_of
from core.replies import DraftRequest, Why
from core.scoring import FAMILY_OF, ScoredPost, Scores, Sentiment

POSTS_A_MINUTE: Final = 7
"""10,000 posts are then a day, and a million are 99 days."""
ENTITIES: Final = tuple(f"T{number:03d}" for number in range(200))
TOPICS: Final = tuple(f"topic {number}" for number in range(20))
SOURCES: Final = tuple(f"source-{number}" for number in range(12))
AUTHORS: Final = 20_000
REPEATED: Final = 0.1
WORDS: Final = (
    "shares", "outage", "dividend", "guidance", "margin", "branch", "transfer", "card", "payday", "loan", "rates",
    "inflation", "downgrade", "profit", "merger", "lawsuit", "refund", "queue", "support", "fee", "mortgage", "deposit",
    "savings", "app", "login", "broken", "slow", "great", "thanks",
)  # fmt: skip


def posts(now: datetime, first: int, end: int) -> Iterator[ScoredPost]:
    """Posts number `first` to `end` counted backwards from now; the same number is always the same post."""
    earlier: ScoredPost | None = None
    for number in range(first, end):
        made = _post(number, now - timedelta(seconds=number * 60 / POSTS_A_MINUTE))
        if earlier is not None and random.Random(number).random() < REPEATED:
            repeated = made.post.model_copy(update={"text": earlier.post.text})
            made = ScoredPost(
                repeated, earlier.scores, duplicate_of=earlier.post.post_id, fingerprint=earlier.fingerprint
            )
        else:
            earlier = made
        yield made


def requests(scored: list[ScoredPost]) -> list[DraftRequest]:
    """One customer in ten is to be answered."""
    return [
        DraftRequest(one.post.post_id, Why.DISTRESS.value, 0.5, one.post.published_at)
        for one in scored
        if one.post.channel is Channel.CUSTOMER and one.duplicate_of is None and int(one.post.post_id[:4], 16) % 10 == 0
    ]


def _post(number: int, at: datetime) -> ScoredPost:
    rng = random.Random(f"post {number}")
    text = f"{' '.join(rng.choices(WORDS, k=rng.randint(6, 24)))} {number}"
    entity = ENTITIES[min(int(rng.paretovariate(0.8)) - 1, len(ENTITIES) - 1)]
    source = rng.choice(SOURCES)
    made = Post(
        post_id=post_id_of(source, str(number)), source=source, channel=rng.choice(tuple(Channel)), text=text,
        published_at=at, fetched_at=at, author_key=f"author-{rng.randrange(AUTHORS)}", language="en",
        entities=(entity,),
    )  # fmt: skip
    sentiment = rng.choices(tuple(Sentiment), (20, 55, 25))[0]
    emotion = rng.choice(tuple(FAMILY_OF))
    p = tuple(0.8 if one is sentiment else 0.1 for one in Sentiment)
    scores = Scores(
        model_version="invented", topic=rng.choice(TOPICS), topic_p=0.8, sentiment=sentiment,
        sentiment_p=(p[0], p[1], p[2]), emotions=((emotion, 0.7),), family=FAMILY_OF[emotion],
        intent="card_arrival", intent_p=0.6,
    )  # fmt: skip
    return ScoredPost(made, scores, fingerprint=fingerprint(text))
