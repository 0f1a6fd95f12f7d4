"""The surge timer's step, over a store: what is recorded is judged, explained, stored, and waits to be sent."""

from __future__ import annotations

from datetime import timedelta

from core.alerting import IncidentState
from core.ports import Recorded
from core.scoring import EmotionFamily, ScoredPost, Sentiment
from storage.memory import Memory
from stream.watch import look
from tests.builders import NOON, make_scored, make_scores

GLAD = make_scores(Sentiment.POSITIVE, emotions=(("joy", 0.9),), family=EmotionFamily.JOY)


def angry(count: int, **changes: object) -> list[ScoredPost]:
    return [
        make_scored(f"angry-{n}", text=f"App down on payday and no wages, case {n}", entities=("HBNK",), **changes)
        for n in range(count)
    ]


def record(store: Memory, posts: list[ScoredPost]) -> Recorded:
    return store.posts.record(posts, [])


def test_a_surge_becomes_an_incident_with_its_cause_and_a_waiting_notification() -> None:
    store = Memory()
    record(store, angry(20))

    steps = look(store.incidents, NOON)

    assert steps is not None
    (incident,) = store.incidents.open_incidents()
    assert (incident.key, incident.observed, incident.authors) == ("HBNK", 20, 20)
    assert "payday" in " ".join(incident.cause.terms)
    with store.outbox.next_due(NOON) as waiting:
        assert waiting is not None
        assert waiting.payload["status"] == "firing"
        assert waiting.payload["commonLabels"]["entity"] == "HBNK"


def test_the_next_looks_alert_nobody_again() -> None:
    store = Memory()
    record(store, angry(20))

    looks = [look(store.incidents, NOON + timedelta(seconds=5 * n)) for n in range(10)]

    assert [len(steps.notifications) for steps in looks if steps] == [1] + [0] * 9


def test_a_surge_that_ends_is_resolved_once() -> None:
    store = Memory()
    record(store, angry(20))

    looks = [look(store.incidents, NOON + timedelta(minutes=n)) for n in range(30)]

    events = [notification.event for steps in looks if steps for notification in steps.notifications]
    assert events == ["firing", "resolved"]
    assert store.incidents.open_incidents() == []
    assert [i.state for steps in looks if steps for i in steps.incidents][-1] is IncidentState.RESOLVED


def test_good_news_alerts_nobody() -> None:
    store = Memory()
    record(
        store,
        [make_scored(f"glad-{n}", GLAD, text=f"Record quarter, case {n}", entities=("CBRK",)) for n in range(200)],
    )

    assert look(store.incidents, NOON) is not None
    assert store.incidents.open_incidents() == []


def test_reposts_of_one_post_are_no_surge() -> None:
    store = Memory()
    first = make_scored("first", entities=("HBNK",))
    posts = [make_scored(f"copy-{n}", text=first.post.text, entities=("HBNK",)) for n in range(50)]
    record(store, [first] + [
        ScoredPost(p.post, p.scores, duplicate_of=first.post.post_id, fingerprint=first.fingerprint) for p in posts
    ])  # fmt: skip

    look(store.incidents, NOON)

    assert store.incidents.open_incidents() == []


def test_one_author_is_no_surge() -> None:
    store = Memory()
    record(store, angry(50, author_key="the same"))

    look(store.incidents, NOON)

    assert store.incidents.open_incidents() == []


def test_posts_that_arrive_a_day_late_alert_nobody() -> None:
    store = Memory()
    record(store, angry(50, published_at=NOON - timedelta(hours=25)))

    look(store.incidents, NOON)

    assert store.incidents.open_incidents() == []
