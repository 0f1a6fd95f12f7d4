"""What a look reads of the series: what the surge rule needs, and no more, and what it remembers of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta

import psycopg2
import pytest

from core.alerting import Incident
from core.ports import SeriesState, Steps
from core.scoring import Sentiment, Unjudged, unscored
from core.series import MEMORY, Bucket
from core.watched import Series, catch_up
from storage.memory import Memory
from storage.postgres import Database
from tests.builders import NOON, make_duplicate, make_post, make_scored, make_scores
from tests.contract.conftest import Stores
from tests.contract.test_incident_store import make_incident, store
from tests.contract.test_post_store import make_random_post

MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)


def series_seen_by(stores: Stores, now: datetime = NOON, save: bool = False) -> dict[tuple[str, str], Series]:
    seen: list[Series] = []

    def look(series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        seen.extend(series)
        return Steps(states=remembered(series, now) if save else ())

    assert stores.incidents.step(look, now) is not None
    named = {series.name: series for series in seen}
    assert len(named) == len(seen)
    return named


def remembered(series: Sequence[Series], now: datetime) -> tuple[SeriesState, ...]:
    caught = {one.name: catch_up(one, now).to_save for one in series}
    return tuple(SeriesState(*name, found) for name, found in caught.items() if found is not None)


def facts(series: Series) -> tuple[object, ...]:
    return series.name, series.state.dump(), series.buckets, series.is_near


def test_series_hold_judged_originals_by_minute_over_all_shards(two_workers: tuple[Stores, Stores]) -> None:
    first = make_scored("1", entities=("HBR",), published_at=NOON - MINUTE)
    two_workers[0].posts.record([first, make_scored("2", entities=("HBR",))], [])
    glad = make_scored("3", scores=make_scores(Sentiment.POSITIVE), entities=("HBR",))
    foreign = unscored(make_post("4", entities=("HBR",)), Unjudged.LANGUAGE)
    two_workers[1].posts.record([glad, foreign, make_duplicate(first, "5", entities=("HBR",))], [])

    seen = series_seen_by(two_workers[0])

    minutes = (Bucket(NOON - MINUTE, 1, 1), Bucket(NOON, 2, 1, 1))
    assert seen["entity", "HBR"].buckets == seen["total", ""].buckets == minutes
    assert seen["entity_topic", "HBR/Company | Product News"].buckets == minutes
    assert {dimension for dimension, _key in seen} == {"entity", "entity_topic", "topic", "family", "channel", "total"}


def test_only_series_that_got_posts_since_the_last_look_are_read(stores: Stores) -> None:
    stores.posts.record([make_scored("1", entities=("HBR",))], [])
    series_seen_by(stores, save=True)
    assert series_seen_by(stores, NOON + SECOND) == {}

    stores.posts.record([make_scored("2", entities=("ACME",), published_at=NOON + SECOND)], [])

    entities = {key for dimension, key in series_seen_by(stores, NOON + 2 * SECOND) if dimension == "entity"}
    assert entities == {"ACME"}


def test_series_of_open_incidents_and_of_their_members_are_read_at_every_look(stores: Stores) -> None:
    store(stores, make_incident(members=(("topic", "Macro"),)))

    assert set(series_seen_by(stores)) == {("entity", "HBR"), ("topic", "Macro")}


def test_a_look_that_fails_leaves_the_changes_for_the_next(stores: Stores) -> None:
    stores.posts.record([make_scored("1", entities=("HBR",))], [])

    def fail(_series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stores.incidents.step(fail, NOON)

    assert ("entity", "HBR") in series_seen_by(stores)


def test_posts_of_a_clock_that_is_ahead_wait_for_their_minute(stores: Stores) -> None:
    stores.posts.record([make_scored("1", entities=("HBR",), published_at=NOON + 3 * MINUTE)], [])

    assert series_seen_by(stores, NOON + 2 * MINUTE) == {}
    assert series_seen_by(stores, NOON + 3 * MINUTE)["entity", "HBR"].buckets == (Bucket(NOON + 3 * MINUTE, 1, 1),)


def test_posts_older_than_the_memory_are_not_read(stores: Stores) -> None:
    stores.posts.record([make_scored("1", entities=("HBR",), published_at=NOON - MEMORY - MINUTE)], [])

    assert series_seen_by(stores) == {}


def test_a_look_goes_on_from_what_was_remembered(stores: Stores) -> None:
    early, late = make_scored("1", published_at=NOON - HOUR), make_scored("2", published_at=NOON)
    stores.posts.record([early], [])
    series_seen_by(stores, NOON - HOUR + MINUTE, save=True)
    series_seen_by(stores, NOON - MINUTE, save=True)
    stores.posts.record([late], [])

    total = series_seen_by(stores)["total", ""]

    assert total.is_near
    assert (total.state.posts, total.state.folded_to) == (0, NOON - HOUR)  # saved while nothing was old enough to fold
    assert [bucket.minute for bucket in total.buckets] == [NOON - HOUR, NOON]


def test_what_is_remembered_does_not_depend_on_the_order_in_which_posts_came(
    two_workers: tuple[Stores, Stores],
) -> None:
    """Two hours of posts, each hour's first half coming last, seen by two workers in turn."""
    posts = [
        make_scored(
            str(n), make_scores(list(Sentiment)[n % 3]), entities=(f"F{n % 2}",), published_at=NOON + n * MINUTE
        )
        for n in range(180)
    ]
    begin = make_scored("first", published_at=NOON)
    straight, mixed = Memory(), two_workers
    for stores in (straight, mixed[0]):
        stores.posts.record([begin], [])
        series_seen_by(stores, save=True)
    for until in range(30, 181, 30):
        straight.posts.record([one for one in posts if one.post.published_at < NOON + until * MINUTE], [])
        series_seen_by(straight, NOON + until * MINUTE, save=True)
    for n, (since, until, now) in enumerate(
        [(30, 60, 60), (0, 30, 75), (90, 120, 120), (120, 180, 180), (60, 90, 181)]
    ):
        some = [one for one in posts if since * MINUTE <= one.post.published_at - NOON < until * MINUTE]
        mixed[n % 2].posts.record(some, [])
        series_seen_by(mixed[n % 2], NOON + now * MINUTE, save=True)

    end = NOON + 200 * MINUTE
    last = [make_scored(f"last {n}", entities=(f"F{n}",), published_at=end) for n in (0, 1)]
    for stores in (straight, mixed[1]):
        stores.posts.record(last, [])
    seen = [
        {name: catch_up(one, end) for name, one in series_seen_by(stores, end).items()}
        for stores in (straight, mixed[1])
    ]

    assert seen[0].keys() == seen[1].keys()
    for name, caught in seen[0].items():
        assert caught.state.dump() == seen[1][name].state.dump(), name
        assert caught.recent == seen[1][name].recent


def test_a_state_that_cannot_be_read_is_made_anew(database: Database, dsn: str) -> None:
    database.posts.record([make_scored("1", published_at=NOON - HOUR)], [])
    series_seen_by(database, save=True)
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("UPDATE series_states SET near = 'of another version', base = 'damaged'")
    database.posts.record([make_scored("2", published_at=NOON)], [])

    total = series_seen_by(database)["total", ""]

    assert [bucket.minute for bucket in total.buckets] == [NOON - HOUR, NOON]


def test_rules_may_read_further_back(stores: Stores) -> None:
    posts = [make_scored(str(n), entities=("HBR",), published_at=NOON - n * HOUR) for n in range(6)]
    stores.posts.record(posts, [])
    series_seen_by(stores, save=True)
    stores.posts.record([make_scored("new", entities=("HBR",))], [])
    read: dict[tuple[str, str], Series] = {}

    def look(series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        read.update({one.name: one for one in series})
        return Steps()

    stores.incidents.step(look, NOON, None, lambda dimension, _key: 3 * HOUR if dimension == "entity" else 0 * HOUR)

    assert [bucket.minute for bucket in read["entity", "HBR"].buckets] == [NOON - n * HOUR for n in (3, 2, 1, 0)]
    assert [bucket.minute for bucket in read["total", ""].buckets] == [NOON]


def test_without_posts_there_are_no_series(stores: Stores) -> None:
    assert series_seen_by(stores) == {}


@pytest.mark.parametrize("seed", range(3))
def test_the_stand_in_sees_the_same_series_as_postgresql(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    posts = [make_random_post(rng, number) for number in range(200)]
    memory = Memory()
    memory.posts.record(posts, [])
    database.posts.record(posts, [])

    seen = [sorted(map(facts, series_seen_by(stores).values()), key=repr) for stores in (database, memory)]
    assert seen[0] == seen[1]
