"""What is kept of days, in PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import numpy as np
import pytest

from core.drift_watch import Finding, Reference, Span
from core.posts import Channel
from storage.postgres import Database
from tests.builders import NOON, make_duplicate, make_scored, make_scores
from tests.drifting import MONDAY, make_day

TODAY = NOON.date()
DAY = timedelta(days=1)
REFERENCE = Reference("social", "m1", Span(MONDAY, MONDAY + 27 * DAY), None, {"new_words": 6.5}, 700.0)


def finding(day: int, statistic: str = "new_words", model: str = "m1", **changes: object) -> Finding:
    return Finding(MONDAY + day * DAY, "social", statistic, model, 1.0, 6.5, **changes)  # type: ignore[arg-type]


def test_a_day_without_a_sketch_is_named_where_something_was_judged(database: Database) -> None:
    posts = [make_scored("1"), make_scored("2", channel=Channel.NEWS, published_at=NOON - DAY)]
    database.posts.record(posts, [])

    assert database.drift.unsketched(TODAY - 5 * DAY, TODAY, ["news", "social", "customer"]) == [
        (TODAY - DAY, "news"),
        (TODAY, "social"),
    ]
    assert database.drift.unsketched(TODAY - 5 * DAY, TODAY - DAY, ["social"]) == []
    database.drift.keep([make_day(TODAY, np.random.default_rng(1))])
    assert database.drift.unsketched(TODAY - 5 * DAY, TODAY, ["news", "social"]) == [(TODAY - DAY, "news")]
    database.drift.forget(TODAY, TODAY, [])
    assert len(database.drift.unsketched(TODAY - 5 * DAY, TODAY, ["news", "social"])) == 2


def test_a_sample_holds_judged_originals_of_one_day_and_is_the_same_each_time(database: Database) -> None:
    today = [make_scored(str(number), make_scores(topic_p=number / 100)) for number in range(20)]
    others = [make_duplicate(today[0], "again"), make_scored("before", published_at=NOON - DAY)]
    database.posts.record([*today, *others], [])

    whole = database.drift.sample(TODAY, "social", 100)

    assert {text for text, _ in whole} == {one.post.text for one in today}
    assert {text: scores.topic_p for text, scores in whole} == pytest.approx(
        {one.post.text: one.scores.topic_p for one in today if one.scores}
    )
    assert database.drift.sample(TODAY, "social", 7) == whole[:7]
    assert database.drift.sample(TODAY, "news", 7) == []


def test_a_sketch_comes_back_as_it_was_kept_and_a_later_one_of_the_day_takes_its_place(database: Database) -> None:
    first, second = make_day(MONDAY, np.random.default_rng(1)), make_day(MONDAY, np.random.default_rng(2), version="m2")
    database.drift.keep([first, make_day(MONDAY + DAY, np.random.default_rng(3))])
    (kept, _) = database.drift.sketches("social", MONDAY)

    assert (kept.day, kept.channel, kept.model_version, kept.posts) == (MONDAY, "social", "fake-1", 80)
    assert (kept.words == first.words).all()
    assert np.allclose(kept.features, first.features, atol=1e-4)
    assert (kept.labels, kept.sureness, kept.named) == (first.labels, first.sureness, first.named)

    database.drift.keep([second])
    assert [one.model_version for one in database.drift.sketches("social", MONDAY)] == ["m2", "fake-1"]
    assert [one.day for one in database.drift.sketches("social", MONDAY + DAY)] == [MONDAY + DAY]


def test_a_reference_replaces_its_channel_s_last_one(database: Database) -> None:
    database.drift.keep_reference(REFERENCE)
    assert database.drift.references() == {"social": REFERENCE}

    after = Reference("social", "m2", None, None, {}, 0.0)
    database.drift.keep_reference(after)
    assert database.drift.references() == {"social": after}


def test_the_findings_are_those_of_the_last_day_under_the_present_reference(database: Database) -> None:
    database.drift.keep_reference(REFERENCE)
    last = [finding(40, "new_words", since=MONDAY + 39 * DAY, note="“glumped”"), finding(40, "vocabulary")]
    database.drift.keep_findings([finding(39), finding(40, "topic_mix", "m0"), *last])

    assert database.drift.findings() == last
    assert database.drift.looked() == {"social": MONDAY + 40 * DAY}
    database.drift.keep_reference(Reference("social", "m2", None, None, {}, 0.0))
    assert database.drift.findings() == []


def test_what_drifts_opens_an_incident_at_the_next_look_and_a_new_champion_s_reference_ends_it(
    database: Database,
) -> None:
    from core.routing import Routing
    from stream.watch import look

    now = NOON
    day = now.date() - DAY
    database.drift.keep_reference(REFERENCE)
    database.drift.keep_findings([Finding(day, "social", "new_words", "m1", 8.0, 6.5, day)])

    look(database.incidents, now, Routing())
    (opened,) = database.incidents.open_incidents()
    assert (opened.kind, opened.key) == ("LanguageDrift", "social")
    look(database.incidents, now + timedelta(minutes=1), Routing())
    assert database.incidents.open_incidents() == [opened]

    database.drift.keep_reference(Reference("social", "m2", None, None, {}, 0.0))
    look(database.incidents, now + timedelta(minutes=2), Routing())
    assert database.incidents.open_incidents() == []


def test_a_finding_that_is_old_keeps_no_incident_open(database: Database) -> None:
    now = NOON
    day = now.date() - 12 * DAY
    database.drift.keep_reference(REFERENCE)
    database.drift.keep_findings([Finding(day, "social", "new_words", "m1", 8.0, 6.5, day)])

    assert database.incidents.standing(now).drifting == ()


def test_one_looks_at_a_time(dsn: str) -> None:
    with closing(Database(dsn)) as one, closing(Database(dsn)) as other:
        with one.drift.alone() as first, other.drift.alone() as second:
            assert (first, second) == (True, False)
        with other.drift.alone() as again:
            assert again
