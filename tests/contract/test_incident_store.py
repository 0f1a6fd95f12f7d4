"""Incidents are stepped by one worker at a time, over series that hold what the surge rule needs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerting import Cause, Incident, IncidentState, Notification, NotificationState
from core.errors import DataRejected
from core.ports import Steps
from core.scoring import Sentiment, Unjudged, unscored
from core.surges import HISTORY_MIN, WINDOW_MIN, Bucket, Series
from storage.memory import Memory
from storage.postgres import Database
from tests.builders import NOON, ids, make_duplicate, make_post, make_scored, make_scores
from tests.contract.conftest import Stores
from tests.contract.test_post_store import make_random_post

MINUTE = timedelta(minutes=1)


def make_incident(incident_id: str = "i1", **changes: object) -> Incident:
    incident = Incident(
        incident_id=incident_id, dimension="entity", key="HBR", state=IncidentState.FIRING, opened_at=NOON,
        updated_at=NOON, severity=7, observed=40, expected=1.25, p_value=1e-300, authors=31, summary="HBR: anger",
        cause=Cause(("a" * 32,), ("“down again”",), ("app down", "payday")),
    )  # fmt: skip
    return replace(incident, **changes)  # type: ignore[arg-type]


def make_notification(incident_id: str = "i1", event: str = "firing", **changes: object) -> Notification:
    notification = Notification(
        f"{incident_id}-{event}", incident_id, event, {"version": "4", "nested": {"a": [1, None, "é"]}},
        NotificationState.PENDING, attempts=0, due_at=NOON, group_id=incident_id, incident_ids=(incident_id,),
    )  # fmt: skip
    return replace(notification, **changes)  # type: ignore[arg-type]


def series_seen_by(stores: Stores) -> dict[tuple[str, str], Series]:
    seen: list[Series] = []

    def look(series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        seen.extend(series)
        return Steps()

    assert stores.incidents.step(look, NOON) == Steps()
    named = {(series.dimension, series.key): series for series in seen}
    assert len(named) == len(seen)
    return named


def store(stores: Stores, *incidents: Incident, notifications: tuple[Notification, ...] = ()) -> None:
    stores.incidents.step(lambda _series, _incidents: Steps(incidents, notifications), NOON)


def test_series_hold_judged_originals_by_minute_over_all_shards(two_workers: tuple[Stores, Stores]) -> None:
    first = make_scored("1", entities=("HBR",), published_at=NOON - MINUTE)
    two_workers[0].posts.record([first, make_scored("2", entities=("HBR",))], [])
    glad = make_scored("3", scores=make_scores(Sentiment.POSITIVE), entities=("HBR",))
    foreign = unscored(make_post("4", entities=("HBR",)), Unjudged.LANGUAGE)
    two_workers[1].posts.record([glad, foreign, make_duplicate(first, "5", entities=("HBR",))], [])

    seen = series_seen_by(two_workers[0])

    assert seen["entity", "HBR"].buckets == (Bucket(NOON - MINUTE, 1, 1), Bucket(NOON, 2, 1))
    assert seen["total", ""].buckets == seen["entity", "HBR"].buckets
    assert seen["topic", "Company | Product News"].buckets == seen["entity", "HBR"].buckets
    assert len(seen) == 3


def test_a_thing_that_nobody_spoke_ill_of_in_the_window_has_no_series_but_the_total_always_has(stores: Stores) -> None:
    before = make_scored("1", entities=("OLD",), published_at=NOON - WINDOW_MIN * MINUTE)
    glad = make_scored("2", scores=make_scores(Sentiment.POSITIVE, topic="Macro"), entities=("GLAD",))
    stores.posts.record([before, glad], [])

    assert set(series_seen_by(stores)) == {("total", "")}


def test_series_end_with_the_running_minute_and_begin_with_the_history(stores: Stores) -> None:
    minutes = {"too old": -HISTORY_MIN, "oldest": 1 - HISTORY_MIN, "newest": 0, "ahead": 1}
    posts = [make_scored(n, entities=("HBR",), published_at=NOON + after * MINUTE) for n, after in minutes.items()]
    stores.posts.record(posts, [])

    buckets = series_seen_by(stores)["entity", "HBR"].buckets

    assert [bucket.minute for bucket in buckets] == [NOON + (1 - HISTORY_MIN) * MINUTE, NOON]


def test_without_posts_there_are_no_series(stores: Stores) -> None:
    assert series_seen_by(stores) == {}


def test_authors_are_counted_once_each_and_only_those_who_spoke_ill_in_the_window(stores: Stores) -> None:
    def ill(number: str, author: str | None, **changes: object) -> object:
        return make_scored(number, author_key=author, entities=("HBR", "HBR"), **changes)  # type: ignore[arg-type]

    posts = [
        ill("1", "ann"),
        ill("2", "ann"),
        ill("3", "bob", published_at=NOON - (WINDOW_MIN - 1) * MINUTE),
        ill("4", "early", published_at=NOON - (WINDOW_MIN - 1) * MINUTE - timedelta(seconds=1)),
        ill("5", "glad", scores=make_scores(Sentiment.POSITIVE)),
        ill("6", None),
        ill("7", None),
        ill("8", None, source="demo-news"),
        make_duplicate(make_scored("1"), "9", author_key="parrot", entities=("HBR",)),
        make_scored("10", author_key="elsewhere", entities=("ACME",)),
    ]
    stores.posts.record(posts, [])  # type: ignore[arg-type]

    seen = series_seen_by(stores)

    assert seen["entity", "HBR"].authors == 4  # ann, bob, and one for each source
    assert seen["entity", "ACME"].authors == 1
    assert seen["total", ""].authors == 5


def test_incidents_are_read_back_as_they_were_until_they_are_resolved(stores: Stores) -> None:
    incident = make_incident()
    store(stores, incident)
    assert stores.incidents.open_incidents() == [incident]

    grown = replace(incident, updated_at=NOON + MINUTE, observed=80, state=IncidentState.ACKNOWLEDGED, cause=Cause())
    store(stores, grown)
    assert stores.incidents.open_incidents() == [grown]

    store(stores, replace(grown, state=IncidentState.RESOLVED, resolved_at=NOON + 2 * MINUTE))
    assert stores.incidents.open_incidents() == []


def test_a_step_sees_the_incidents_that_are_open(stores: Stores) -> None:
    ended = make_incident("i0", state=IncidentState.RESOLVED, resolved_at=NOON)
    store(stores, ended, make_incident("i1"))
    seen: list[Incident] = []

    stores.incidents.step(lambda _series, incidents: seen.extend(incidents) or Steps(), NOON)  # type: ignore[func-returns-value]

    assert seen == [make_incident("i1")]


def test_one_thing_has_one_open_incident_at_a_time(stores: Stores) -> None:
    store(stores, make_incident("i1"))

    with pytest.raises(DataRejected):
        store(stores, make_incident("i2"), notifications=(make_notification("i2"),))

    assert stores.incidents.open_incidents() == [make_incident("i1")]


def test_an_incident_may_end_and_the_next_one_begin_in_the_same_step(stores: Stores) -> None:
    store(stores, make_incident("i1"))

    store(stores, make_incident("i2"), make_incident("i1", state=IncidentState.RESOLVED, resolved_at=NOON))

    assert stores.incidents.open_incidents() == [make_incident("i2")]


def test_the_same_event_of_an_incident_is_told_once(stores: Stores) -> None:
    store(stores, make_incident(), notifications=(make_notification(),))
    store(stores, make_incident(), notifications=(make_notification(payload={"second": True}),))

    with stores.outbox.next_due(NOON) as first, stores.outbox.next_due(NOON) as second:
        assert (first, second) == (make_notification(), None)


def test_only_one_worker_steps_at_a_time(two_workers: tuple[Stores, Stores]) -> None:
    inner: list[Steps | None] = []

    def look_twice(_series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        inner.append(two_workers[1].incidents.step(lambda _s, _i: Steps((make_incident("i2"),)), NOON))
        return Steps()

    assert two_workers[0].incidents.step(look_twice, NOON) == Steps()
    assert inner == [None]
    assert two_workers[1].incidents.step(lambda _s, _i: Steps(), NOON) == Steps()
    assert two_workers[0].incidents.open_incidents() == []


def test_a_decision_that_fails_stores_nothing_and_frees_the_lock(stores: Stores) -> None:
    def fail(_series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stores.incidents.step(fail, NOON)

    assert stores.incidents.step(lambda _s, _i: Steps(), NOON) == Steps()


def test_evidence_can_be_read_while_a_step_is_deciding(stores: Stores) -> None:
    stores.posts.record([make_scored("1", entities=("HBR",))], [])
    found: list[int] = []

    def explain(series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        found.extend(len(stores.incidents.evidence(one, NOON, 10)) for one in series)
        return Steps()

    stores.incidents.step(explain, NOON)

    assert found == [1, 1, 1]


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        ("total", ""),
        ("entity", "HBR"),
        ("topic", "Company | Product News"),
        ("channel", "social"),
        ("source", "demo-social"),
        ("family", "anger"),
    ],
)
def test_evidence_is_the_newest_negative_originals_of_a_series(stores: Stores, dimension: str, key: str) -> None:
    ill = [make_scored(str(n), entities=("HBR",), published_at=NOON + n * MINUTE) for n in range(4)]
    glad = make_scored("5", scores=make_scores(Sentiment.POSITIVE), entities=("HBR",), published_at=NOON + MINUTE)
    silent = unscored(make_post("6", text="", entities=("HBR",)), Unjudged.EMPTY)
    stores.posts.record([*ill, glad, silent, make_duplicate(ill[3], "7", entities=("HBR",))], [])

    found = stores.incidents.evidence(Series(dimension, key, ()), since=NOON + MINUTE, limit=2)

    assert ids(found) == ids([ill[3], ill[2]])
    assert len(stores.incidents.evidence(Series(dimension, key, ()), since=NOON + MINUTE, limit=9)) == 3
    if dimension != "total":
        assert stores.incidents.evidence(Series(dimension, "another", ()), since=NOON, limit=9) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_stand_in_sees_the_same_series_as_postgresql(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    posts = [make_random_post(rng, number) for number in range(200)]
    memory = Memory()
    memory.posts.record(posts, [])
    database.posts.record(posts, [])

    assert series_seen_by(database) == series_seen_by(memory)
