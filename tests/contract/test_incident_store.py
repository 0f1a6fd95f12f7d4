"""Incidents are stepped by one worker at a time, and what is stored of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerting import Cause, Incident, IncidentState, Notification, NotificationState
from core.errors import DataRejected
from core.ports import Steps
from core.posts import Channel
from core.scoring import Sentiment, Unjudged, unscored
from core.surges import Kind
from core.watched import Series
from tests.builders import NOON, ids, make_duplicate, make_post, make_scored, make_scores
from tests.contract.conftest import Stores

MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)


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


def store(stores: Stores, *incidents: Incident, notifications: tuple[Notification, ...] = ()) -> None:
    stores.incidents.step(lambda _series, _incidents: Steps(incidents, notifications), NOON)


def test_authors_are_counted_once_each_and_only_of_the_posts_that_are_meant(stores: Stores) -> None:
    def ill(number: str, author: str | None, **changes: object) -> object:
        return make_scored(number, author_key=author, entities=("HBR", "HBR"), **changes)  # type: ignore[arg-type]

    since = NOON - 4 * MINUTE
    posts = [
        ill("1", "ann"),
        ill("2", "ann"),
        ill("3", "bob", published_at=since),
        ill("4", "early", published_at=since - SECOND),
        ill("5", "glad", scores=make_scores(Sentiment.POSITIVE)),
        ill("6", None),
        ill("7", None),
        ill("8", None, source="demo-news", channel=Channel.NEWS),
        ill("12", None, source="demo-news", channel=Channel.NEWS),
        ill("11", "ahead", published_at=NOON + SECOND),
        make_duplicate(make_scored("1"), "9", author_key="parrot", entities=("HBR",)),
        make_scored("10", author_key="elsewhere", entities=("ACME",)),
    ]
    stores.posts.record(posts, [])  # type: ignore[arg-type]

    def voices(dimension: str, key: str, kind: Kind = Kind.NEGATIVE) -> int:
        return stores.incidents.voices(dimension, key, kind, since, NOON)

    assert voices("entity", "HBR") == 5  # ann, bob, two people without a name, and a newspaper
    assert voices("entity", "HBR", Kind.ATTENTION) == 6
    assert voices("entity_topic", "HBR/Company | Product News") == 5
    assert voices("channel", "news") == 1
    assert voices("entity", "ACME") == 1
    assert voices("total", "") == 6


def test_incidents_are_read_back_as_they_were_until_they_are_resolved(stores: Stores) -> None:
    incident = make_incident()
    store(stores, incident)
    assert stores.incidents.open_incidents() == [incident]

    grown = replace(incident, updated_at=NOON + MINUTE, observed=80, state=IncidentState.ACKNOWLEDGED, cause=Cause())
    store(stores, grown)
    assert stores.incidents.open_incidents() == [grown]

    store(stores, replace(grown, state=IncidentState.RESOLVED, resolved_at=NOON + 2 * MINUTE))
    assert stores.incidents.open_incidents() == []


def test_a_step_sees_the_incidents_that_are_open_and_those_that_ended_lately(stores: Stores) -> None:
    ended = [
        make_incident(f"i{hours}", state=IncidentState.RESOLVED, resolved_at=NOON - hours * HOUR) for hours in (1, 25)
    ]
    store(stores, *ended, make_incident("open"))
    seen: list[Incident] = []

    stores.incidents.step(lambda _series, incidents: seen.extend(incidents) or Steps(), NOON)  # type: ignore[func-returns-value]

    assert seen == [ended[0], make_incident("open")]


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


def test_workers_take_turns_and_step_no_more_often_for_being_more(two_workers: tuple[Stores, Stores]) -> None:
    def step(worker: Stores, every: timedelta) -> Steps | None:
        return worker.incidents.step(lambda _s, _i: Steps(), NOON, every=every)

    assert step(two_workers[0], HOUR) == Steps()
    assert step(two_workers[1], HOUR) is None
    assert step(two_workers[0], HOUR) is None
    time.sleep(0.05)
    assert step(two_workers[1], timedelta(seconds=0.05)) == Steps()


def test_a_step_that_failed_is_taken_again_at_once(two_workers: tuple[Stores, Stores]) -> None:
    def fail(_series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        raise ValueError

    with pytest.raises(ValueError):
        two_workers[0].incidents.step(fail, NOON, every=HOUR)

    assert two_workers[1].incidents.step(lambda _s, _i: Steps(), NOON, every=HOUR) == Steps()


def test_a_decision_that_fails_stores_nothing_and_frees_the_lock(stores: Stores) -> None:
    def fail(_series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stores.incidents.step(fail, NOON)

    assert stores.incidents.step(lambda _s, _i: Steps(), NOON) == Steps()


def test_evidence_can_be_read_while_a_step_is_deciding(stores: Stores) -> None:
    stores.posts.record([make_scored("1", entities=("HBR",))], [])
    found: list[tuple[int, int]] = []

    def explain(series: Sequence[Series], _incidents: Sequence[Incident]) -> Steps:
        for one in series:
            posts = stores.incidents.evidence(*one.name, Kind.NEGATIVE, NOON, NOON, 10)
            found.append((len(posts), stores.incidents.voices(*one.name, Kind.NEGATIVE, NOON, NOON)))
        return Steps()

    stores.incidents.step(explain, NOON)

    assert found == [(1, 1)] * 6


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        ("total", ""),
        ("entity", "HBR"),
        ("entity_topic", "HBR/Company | Product News"),
        ("topic", "Company | Product News"),
        ("channel", "social"),
        ("source", "demo-social"),
        ("family", "anger"),
    ],
)
def test_evidence_is_the_newest_originals_of_a_series(stores: Stores, dimension: str, key: str) -> None:
    ill = [make_scored(str(n), entities=("HBR",), published_at=NOON + n * MINUTE) for n in range(4)]
    glad = make_scored("5", scores=make_scores(Sentiment.POSITIVE), entities=("HBR",), published_at=NOON + MINUTE)
    silent = unscored(make_post("6", text="", entities=("HBR",)), Unjudged.EMPTY)
    ahead = make_scored("8", entities=("HBR",), published_at=NOON + HOUR)
    stores.posts.record([*ill, glad, silent, ahead, make_duplicate(ill[3], "7", entities=("HBR",))], [])

    def evidence(about: str = key, kind: Kind = Kind.NEGATIVE, limit: int = 9) -> list[str]:
        until = NOON + 30 * MINUTE
        return ids(stores.incidents.evidence(dimension, about, kind, NOON + MINUTE, until, limit))

    assert evidence(limit=2) == ids([ill[3], ill[2]])
    assert len(evidence()) == 3
    assert len(evidence(kind=Kind.ATTENTION)) == 4
    if dimension != "total":
        assert evidence("another/topic") == []


def test_what_happened_to_an_incident_is_kept(stores: Stores) -> None:
    one = make_incident(severity=3)
    store(stores, replace(one, state=IncidentState.PENDING, pending_since=NOON))
    store(stores, one)
    store(stores, replace(one, observed=41, updated_at=NOON + MINUTE))
    store(
        stores,
        replace(
            one, severity=5, observed=60, members=(("topic", "Macro"), ("total", "")), updated_at=NOON + 2 * MINUTE
        ),
    )
    acknowledged = replace(one, severity=5, state=IncidentState.ACKNOWLEDGED, updated_at=NOON + 2 * MINUTE)
    store(stores, acknowledged)
    store(stores, replace(acknowledged, state=IncidentState.RESOLVED, resolved_at=NOON + HOUR))

    history = stores.incidents.history("i1")

    assert [(one.what.value, one.at - NOON) for one in history] == [
        ("pending", 0 * MINUTE), ("opened", 0 * MINUTE), ("grew", 2 * MINUTE), ("joined", 2 * MINUTE),
        ("acknowledged", 2 * MINUTE), ("resolved", HOUR),
    ]  # fmt: skip
    assert (history[2].severity, history[2].observed, history[3].note) == (5, 60, "topic Macro, All posts")


def test_a_pending_incident_is_told_to_nobody_and_may_be_withdrawn(stores: Stores) -> None:
    waiting = make_incident(
        state=IncidentState.PENDING, pending_since=NOON, kind="CardTrouble", labels=(("team", "cards"),)
    )
    store(stores, waiting)
    seen: list[Incident] = []

    def withdraw(_series: Sequence[Series], incidents: Sequence[Incident]) -> Steps:
        seen.extend(incidents)
        return Steps(withdrawn=("i1",))

    assert stores.incidents.open_incidents() == []
    stores.incidents.step(withdraw, NOON)
    stores.incidents.step(withdraw, NOON)

    assert seen == [waiting]
    assert stores.incidents.history("i1") == []


def test_a_rule_and_the_detector_may_have_an_incident_about_the_same_thing(stores: Stores) -> None:
    store(stores, make_incident("i1"), make_incident("i2", kind="CardTrouble"))

    assert len(stores.incidents.open_incidents()) == 2
