"""A sum over any time, taken from days, hours and minutes, is the sum of its minutes."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.scoring import ScoredPost, Sentiment
from dashboard import exploring
from dashboard.exploring import View, Window
from storage.postgres import Database
from tests.builders import NOON, make_scored, make_scores

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KOLKATA = ZoneInfo("Asia/Kolkata")
"""Its days begin at 18:30 UTC, within an hour."""
FIRST = NOON - 5 * DAY


@pytest.fixture
def posts(database: Database) -> list[ScoredPost]:
    """Five days of posts, stored in three parts by two workers."""
    rng = random.Random(7)
    made = [
        make_scored(
            str(n), make_scores(rng.choice(list(Sentiment)), topic=rng.choice(("Macro", "Earnings"))),
            entities=(rng.choice(("HBRL", "QLNC")),), published_at=FIRST + rng.randrange(5 * 24 * 60) * MINUTE,
        )
        for n in range(600)
    ]  # fmt: skip
    for part in range(3):
        database.posts.record(made[part::3], [])
    return made


def windows() -> list[tuple[datetime, datetime]]:
    """Within a minute, an hour and a day, over their ends, and from one end to another."""
    midnight = NOON.replace(hour=0) - DAY
    drawn, rng = [], random.Random(11)
    for _ in range(12):
        since = FIRST + rng.randrange(4 * 24 * 60) * MINUTE
        drawn.append((since, since + rng.randrange(1, 3 * 24 * 60) * MINUTE))
    return [
        (midnight + 10 * MINUTE, midnight + 11 * MINUTE), (midnight + 10 * MINUTE, midnight + 50 * MINUTE),
        (midnight - 10 * MINUTE, midnight + 10 * MINUTE), (midnight - HOUR, midnight + HOUR),
        (midnight, midnight + DAY), (midnight - DAY, midnight + DAY), (midnight, midnight + 3 * HOUR),
        (midnight - 90 * MINUTE, midnight + DAY + 90 * MINUTE), (FIRST - 400 * DAY, NOON + 400 * DAY), *drawn,
    ]  # fmt: skip


def feelings(posts: list[ScoredPost]) -> tuple[int, int, int, int]:
    said = Counter(one.scores.sentiment for one in posts if one.scores)
    return len(posts), *(said[one] for one in (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE))


def counted(rows: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], tuple[int, ...]]:
    kinds = ("posts", "negative", "neutral", "positive")
    return {tuple(row[name] for name in names): tuple(row[kind] for kind in kinds) for row in rows}


def grouped(posts: list[ScoredPost], key: Any) -> dict[tuple[Any, ...], tuple[int, ...]]:
    found: dict[tuple[Any, ...], list[ScoredPost]] = {}
    for one in posts:
        found.setdefault(key(one), []).append(one)
    return {name: feelings(some) for name, some in found.items()}


@pytest.mark.parametrize("bucket_s", [1_200, 10_800, 86_400, 259_200])
def test_a_series_counts_every_post_in_its_bucket_wherever_days_begin(
    database: Database, posts: list[ScoredPost], bucket_s: int
) -> None:
    bucket = timedelta(seconds=bucket_s)
    origin = NOON.astimezone(KOLKATA).replace(hour=0)
    for since, until in windows():
        at = Window(since, until, bucket_s, bucket_s, origin)
        inside = [one for one in posts if since <= one.post.published_at < until and one.post.entities == ("HBRL",)]

        def begin(one: ScoredPost) -> datetime:
            return origin + (one.post.published_at - origin) // bucket * bucket

        trend = exploring.trend(View(entity="HBRL"), at, since)
        assert counted(database.read(trend.name, **trend.params), "at") == grouped(inside, lambda one: (begin(one),))
        grid = exploring.grid(View(entity="HBRL", rows="topic"), at, since)
        by_topic = grouped(inside, lambda one: (one.scores.topic, begin(one)))
        assert counted(database.read(grid.name, **grid.params), "row", "at") == by_topic


def test_pairs_and_keys_count_every_post_of_their_time(database: Database, posts: list[ScoredPost]) -> None:
    for since, until in windows():
        inside = [one for one in posts if since <= one.post.published_at < until]
        at = Window(since, until, 3_600, 3_600, NOON)
        pairs = exploring.grid(View(columns="topic"), at, since)
        by_pair = grouped(inside, lambda one: (one.post.entities[0], one.scores.topic))
        assert counted(database.read(pairs.name, **pairs.params), "row", "col") == by_pair
        keys = database.read("explore_keys", since=since, until=until, count=10)
        by_entity = {row["key"]: row["posts"] for row in keys if row["dimension"] == "entity"}
        assert by_entity == Counter(one.post.entities[0] for one in inside)


def test_entities_under_a_topic_are_those_with_most_posts_under_it(database: Database) -> None:
    said = {"often": ["Macro"] * 9, "under it": ["Earnings"] * 3, "once": ["Earnings"]}
    named = [(entity, topic) for entity, topics in said.items() for topic in topics]
    made = [make_scored(str(n), make_scores(topic=topic), entities=(name,)) for n, (name, topic) in enumerate(named)]
    database.posts.record(made, [])
    at = Window(NOON - 7 * DAY, NOON + HOUR, 86_400, 86_400, NOON)
    grid = exploring.grid(View(rows="entity", topic="Earnings"), at, at.since)

    rows = database.read(grid.name, **grid.params | {"count": 1})

    assert [(row["row"], row["posts"]) for row in rows] == [("under it", 3)]
