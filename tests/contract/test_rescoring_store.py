"""Scores are replaced and the rollups follow, in PostgreSQL."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest

from core.audit import Asked
from core.errors import DataRejected
from core.posts import Channel
from core.rescoring import Rescoring
from core.scoring import ScoredPost, Scores, Sentiment, Unjudged, unscored
from storage.postgres import Database
from storage.removing import erase
from stream.watch import look
from tests.builders import NOON, ids, make_duplicate, make_post, make_scored, make_scores

HOUR = timedelta(hours=1)
NEW = make_scores(Sentiment.POSITIVE, model_version="m2", topic="Earnings")


def begin(database: Database, channels: tuple[str, ...] = (), hours: int = 1) -> Rescoring:
    return database.rescoring.begin(NOON, NOON + hours * HOUR, channels, "m2", "ada", NOON + 48 * HOUR)


def many(count: int) -> list[ScoredPost]:
    moments = [NOON + timedelta(seconds=number) for number in range(count)]
    return [make_scored(str(n), published_at=at, entities=("HBR",)) for n, at in enumerate(moments)]


def judged(posts: list[ScoredPost], scores: Scores = NEW) -> dict[str, Scores]:
    return {one.post.post_id: scores for one in posts}


def query(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_it_begins_with_what_it_will_do_and_what_needs_nothing(database: Database) -> None:
    posts = many(4)
    current = make_scored("c", make_scores(model_version="m2"), published_at=NOON)
    news = make_scored("n", channel=Channel.NEWS, published_at=NOON)
    late = make_scored("l", published_at=NOON + HOUR)
    database.posts.record([*posts, current, news, late, unscored(make_post("u", text=""), Unjudged.EMPTY)], [])

    assert (begin(database).wanted, begin(database).skipped) == (5, 2)
    assert begin(database, ("social",)).wanted == 4
    assert begin(database, ("news",)).wanted == 1


def test_one_that_is_not_finished_goes_on_and_one_that_is_does_not(database: Database) -> None:
    database.posts.record(many(2), [])
    first = begin(database)

    assert begin(database, hours=2) == first
    assert begin(database, ("news",)) != first
    entries = database.audit.read(Asked(action="rescoring"), 10)
    assert [(one.by, one.detail["channels"], one.detail["posts"]) for one in entries] == [
        ("ada", ["news"], 0),
        ("ada", [], 2),
    ]
    database.rescoring.finish(first.rescoring_id, NOON)
    assert begin(database).rescoring_id != first.rescoring_id
    with pytest.raises(DataRejected, match="there is no rescoring 999"):
        database.rescoring.get(999)


def test_posts_wait_in_the_order_of_publication_each_with_its_original(database: Database) -> None:
    posts = many(3)
    repeat = make_duplicate(posts[0], "r", published_at=NOON + timedelta(minutes=5))
    orphan = make_duplicate(make_scored("gone"), "o", published_at=NOON + timedelta(minutes=6))
    database.posts.record([*posts, repeat, orphan], [])
    one = begin(database)

    waiting = database.rescoring.waiting(one, "m2", None, 4)

    assert [item.post_id for item in waiting] == ids([*posts, repeat])
    assert waiting[3].original == posts[0].post.post_id
    last = waiting[-1]
    (rest,) = database.rescoring.waiting(one, "m2", (last.published_at, last.post_id), 4)
    assert (rest.post_id, rest.original) == (orphan.post.post_id, orphan.post.post_id)


def test_scores_are_replaced_once_with_those_of_repeats_and_the_rollups_agree(database: Database) -> None:
    posts = many(30)
    repeat = make_duplicate(posts[0], "r", published_at=NOON + 3 * HOUR)
    database.posts.record([*posts, repeat], [])
    one = begin(database)

    assert database.rescoring.replace(one.rescoring_id, ids(posts[:20]), judged(posts[:20]), "m2") == 21
    assert database.verify_rollups() == []
    assert database.rescoring.replace(one.rescoring_id, ids(posts[:20]), judged(posts[:20]), "m2") == 0

    kept = {item.post.post_id: item.scores for item in database.posts.stored(ids([*posts, repeat]))}
    assert kept[repeat.post.post_id] == kept[posts[0].post.post_id]
    assert {scores.model_version for scores in kept.values() if scores} == {"m2", "fake-1"}
    now = database.rescoring.get(one.rescoring_id)
    assert (now.rescored, now.topic, now.sentiment, now.emotion, now.intent) == (21, 21, 21, 0, 0)
    assert database.rescoring.count_waiting(one, "m2") == 10
    assert database.verify_rollups() == []


def test_nobody_looks_at_the_series_because_of_it_and_nothing_opens(database: Database, dsn: str) -> None:
    glad = make_scores(Sentiment.POSITIVE)
    posts = [
        make_scored(f"{day}-{n}", glad, published_at=NOON + timedelta(days=day, minutes=n), entities=("HBR",))
        for day in range(14)
        for n in range(20)
    ]
    database.posts.record(posts, [])
    now = NOON + timedelta(days=13, hours=26)
    look(database.incidents, now)
    remembered = query(dsn, "SELECT dimension, key, near, base FROM series_states ORDER BY 1, 2")
    assert remembered
    one = database.rescoring.begin(NOON, now - 25 * HOUR, (), "m2", "ada", now)

    angry = make_scores(Sentiment.NEGATIVE, model_version="m2")
    assert database.rescoring.replace(one.rescoring_id, ids(posts), judged(posts, angry), "m2") == len(posts)

    assert query(dsn, "SELECT * FROM series_changes") == []
    for minutes in range(1, 30, 4):
        look(database.incidents, now + timedelta(minutes=minutes))
    # also when a post comes, and the series is read from a day ago
    database.posts.record([make_scored("new", glad, published_at=now - 20 * HOUR, entities=("HBR",))], [])
    look(database.incidents, now + timedelta(minutes=31))
    assert query(dsn, "SELECT incident_id FROM incidents") == []
    assert database.verify_rollups() == []


def test_posts_that_are_erased_meanwhile_leave_the_rollups_right(dsn: str) -> None:
    posts = many(400)
    with closing(Database(dsn)) as database, closing(Database(dsn, shard=1)) as other:
        database.posts.record(posts, [])
        one = begin(database)

        def rescore(store: Database, part: list[ScoredPost]) -> None:
            for start in range(0, len(part), 10):
                some = part[start : start + 10]
                store.rescoring.replace(one.rescoring_id, ids(some), judged(some), "m2")

        threads = [
            threading.Thread(target=rescore, args=(database, posts)),
            threading.Thread(target=rescore, args=(other, posts[::-1])),
        ]
        for thread in threads:
            thread.start()
        for number in range(0, 400, 4):
            erase(dsn, [f"author-{number}"], "ada", NOON + 50 * HOUR, HOUR)
        for thread in threads:
            thread.join()

        assert database.verify_rollups() == []
        left = database.posts.stored(ids(posts))
        assert len(left) == 300
        assert {item.scores.model_version for item in left if item.scores} == {"m2"}
