"""Rollups count every post as exactly one kind, once in each thing that it is about."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.posts import Channel
from core.rollups import Cell, Counts, Grain, begin_of, coarser, rollups
from core.scoring import EmotionFamily, ScoredPost, Sentiment, Unjudged, unscored
from tests.builders import NOON, make_duplicate, make_post, make_scored, make_scores


def test_a_judged_post_counts_once_in_each_thing_it_is_about() -> None:
    scores = make_scores(Sentiment.POSITIVE, topic="Earnings", family=EmotionFamily.JOY)
    post = make_scored("1", scores=scores, channel=Channel.NEWS, source="demo-news", entities=("HBR", "ACME"))

    assert rollups([post]) == {
        Cell(dimension, key, NOON): Counts(posts=1, positive=1)
        for dimension, key in [
            ("channel", "news"),
            ("entity", "ACME"),
            ("entity", "HBR"),
            ("entity_topic", "ACME/Earnings"),
            ("entity_topic", "HBR/Earnings"),
            ("family", "joy"),
            ("model", "fake-1"),
            ("source", "demo-news"),
            ("topic", "Earnings"),
            ("total", ""),
        ]
    }


def test_a_post_without_scores_has_no_topic_and_no_family() -> None:
    found = rollups([unscored(make_post("1", text="", entities=("HBR",)), Unjudged.EMPTY)])

    assert {cell.dimension for cell in found} == {"total", "channel", "source", "entity"}
    assert set(found.values()) == {Counts(posts=1, unjudged=1)}


def test_a_repeat_counts_as_a_duplicate_whatever_its_words_say() -> None:
    first = make_scored("1")

    found = rollups([first, make_duplicate(first, "2")])

    assert found[Cell("topic", "Company | Product News", NOON)] == Counts(posts=2, negative=1, duplicates=1)


def test_an_entity_that_is_named_twice_counts_once() -> None:
    assert rollups([make_scored("1", entities=("HBR", "HBR"))])[Cell("entity", "HBR", NOON)].posts == 1


def test_the_last_instant_of_a_minute_belongs_to_it() -> None:
    last = make_scored("1", published_at=NOON + timedelta(seconds=59, microseconds=999_999))
    following = make_scored("2", published_at=NOON + timedelta(minutes=1))

    found = rollups([last, following])

    assert [cell.minute for cell in found if cell.dimension == "total"] == [NOON, NOON + timedelta(minutes=1)]


def test_no_posts_make_no_rollups() -> None:
    assert rollups([]) == {}


KINDS = st.sampled_from(["negative", "neutral", "positive", "duplicate", "unjudged"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 200), st.lists(st.sampled_from("ABC"), max_size=3)), max_size=30))
def test_kinds_sum_to_posts_and_cells_come_in_order(drawn: list[tuple[str, int, list[str]]]) -> None:
    found = rollups(make(str(n), *one) for n, one in enumerate(drawn))

    assert list(found) == sorted(found)
    for c in found.values():
        assert c.posts == c.negative + c.neutral + c.positive + c.duplicates + c.unjudged
    for dimension in ("total", "channel", "source"):
        assert sum(c.posts for cell, c in found.items() if cell.dimension == dimension) == len(drawn)


@given(st.lists(st.tuples(KINDS, st.integers(0, 200), st.lists(st.sampled_from("ABC"), max_size=3)), max_size=30))
def test_rollups_of_two_halves_add_up_to_those_of_the_whole(drawn: list[tuple[str, int, list[str]]]) -> None:
    posts = [make(str(n), *one) for n, one in enumerate(drawn)]
    one, two = rollups(posts[::2]), rollups(posts[1::2])

    assert rollups(posts) == {
        cell: one.get(cell, Counts()) + two.get(cell, Counts()) for cell in sorted(one.keys() | two.keys())
    }


def test_the_last_minute_of_a_day_belongs_to_it_and_to_its_last_hour() -> None:
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    one, other = Counts(posts=1, negative=1), Counts(posts=2, unjudged=2)
    last, next_one = (Cell("entity", "HBR", midnight + timedelta(minutes=by)) for by in (-1, 0))

    assert coarser({last: one, next_one: other}, Grain.DAY) == {
        Cell("entity", "HBR", midnight - timedelta(days=1)): one,
        Cell("entity", "HBR", midnight): other,
    }
    assert coarser({last: one}, Grain.HOUR) == {Cell("entity", "HBR", midnight - timedelta(hours=1)): one}


@given(st.lists(st.tuples(KINDS, st.integers(0, 200_000), st.lists(st.sampled_from("ABC"), max_size=3)), max_size=30))
def test_hours_and_days_add_up_to_the_minutes_and_come_in_order(drawn: list[tuple[str, int, list[str]]]) -> None:
    minutes = rollups(make(str(n), *one) for n, one in enumerate(drawn))

    hours = coarser(minutes, Grain.HOUR)
    assert list(hours) == sorted(hours)
    for cell, counts in hours.items():
        of_it = (c for one, c in minutes.items() if one._replace(minute=begin_of(one.minute, Grain.HOUR)) == cell)
        assert sum(of_it, Counts()) == counts
    assert coarser(hours, Grain.DAY) == coarser(minutes, Grain.DAY)


def test_what_is_taken_away_again_leaves_nothing() -> None:
    counts = Counts(6, 1, 1, 1, 2, 1)

    assert counts + -counts == Counts()


def make(number: str, kind: str, after_s: int, entities: list[str]) -> ScoredPost:
    post = make_post(number, published_at=NOON + timedelta(seconds=after_s), entities=tuple(entities))
    match kind:
        case "unjudged":
            return unscored(post, Unjudged.LANGUAGE)
        case "duplicate":
            return ScoredPost(post, make_scores(), duplicate_of="e" * 32)
        case _:
            return ScoredPost(post, make_scores(Sentiment(kind)))
