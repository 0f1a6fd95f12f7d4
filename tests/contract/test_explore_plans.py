"""What the page Explore asks is read from an index, whatever is crossed with what; and finds what it should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from core.scoring import EmotionFamily, Sentiment
from dashboard import exploring
from dashboard.exploring import View, Window
from storage.postgres import Database
from storage.statements import queries
from tests.builders import NOON, make_duplicate, make_scored, make_scores

TABLES = {"posts", "scores", "rollups", "rollup_hours", "rollup_days"}
DAY = Window(NOON - timedelta(days=1), NOON, 1_200, 7_200, NOON)
MONTH = Window(NOON - timedelta(days=30, minutes=7), NOON + timedelta(minutes=5), 43_200, 259_200, NOON)
MIDNIGHT = NOON.replace(hour=0)
FILL = """
INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at, author_key, language, entities,
    duplicate_of)
SELECT md5(n::text), 'source-' || n %% 9, (ARRAY['news', 'social', 'customer'])[1 + n %% 3],
    'the word' || n %% 400 || ' of a bank', %(now)s::timestamptz - make_interval(mins => n * 2),
    %(now)s, 'author', 'en', ARRAY['T' || n %% 50], CASE WHEN n %% 10 = 0 THEN md5((n - 1)::text) END
FROM generate_series(1, 20000) n;
INSERT INTO scores SELECT md5(n::text), 'model', 'topic ' || n %% 20, 0.8, 'negative', 0.8, 0.1, 0.1, '[]',
    (ARRAY['anger', 'joy'])[1 + n %% 2], 'card_arrival', 0.6
FROM generate_series(1, 20000) n;
INSERT INTO rollups
SELECT date_trunc('minute', published_at, 'UTC'), d, k, 0, count(*), count(*), 0, 0, 0, 0
FROM posts JOIN scores USING (post_id) CROSS JOIN LATERAL (VALUES ('total', ''), ('channel', channel),
    ('source', source), ('topic', topic), ('family', family), ('entity', entities[1]),
    ('entity_topic', entities[1] || '/' || topic)) AS things (d, k)
GROUP BY 1, 2, 3;
INSERT INTO rollup_hours
SELECT date_trunc('hour', minute, 'UTC'), dimension, key, 0, sum(posts), sum(negative), 0, 0, 0, 0 FROM rollups
GROUP BY 1, 2, 3;
INSERT INTO rollup_days
SELECT date_trunc('day', hour, 'UTC'), dimension, key, 0, sum(posts), sum(negative), 0, 0, 0, 0 FROM rollup_hours
GROUP BY 1, 2, 3;
ANALYZE;
"""
VIEWS = [
    View(),
    View(columns="topic"),
    View(entity="T1"),
    View(rows="topic", entity="T1"),
    View(topic="topic 3"),
    View(entity="T1", topic="topic 1", rows="family"),
    View(entity="T1", channel="news", rows="source"),
    View(family="anger", source="source-3", columns="channel"),
    View(words="word77 bank"),
    View(words="bank", entity="T1", family="joy"),
]


@pytest.fixture(scope="module")
def filled(postgres: Any) -> Iterator[Any]:
    """A cursor over a month of posts, so many that reading all of them would cost more than an index."""
    dsn = postgres()
    with closing(Database(dsn)) as database:
        database.migrate()
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(FILL, {"now": NOON})
        yield cursor


def whole_tables(cursor: Any, name: str, params: dict[str, Any]) -> set[str]:
    """The tables among ours that the plan of a query reads from end to end."""
    cursor.execute(f"EXPLAIN (FORMAT JSON) {queries()[name]}", params)
    nodes, read = [cursor.fetchone()[0][0]["Plan"]], set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        # a function that is called and not inlined would hide what it reads; a series of moments reads nothing
        assert node.get("Function Name", "generate_series") == "generate_series", node
        if node["Node Type"] == "Seq Scan":
            read.add(node["Relation Name"])
    return read & TABLES


@pytest.mark.parametrize("at", [DAY, MONTH], ids=["day", "month"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(view.to_query().values()) or "all")
def test_every_view_is_read_from_an_index(filled: Any, view: View, at: Window) -> None:
    asked = {"until": at.until} | exploring.filters_of(view, at.since)
    questions = [exploring.grid(view, at, at.since), exploring.trend(view, at, at.since), exploring.usual(view, at)]
    plans = [(one.name, one.params) for one in questions if one is not None]
    plans += [
        ("explore_posts", asked | {"feeling": "negative", "reposts": False, "count": 20}),
        ("explore_reach", asked),
        ("explore_matches", asked),
        ("model_days", {"since": at.since, "origin": at.origin}),
        ("explore_keys", {"since": at.since, "until": at.until, "count": 200}),
    ]
    assert {name: read for name, params in plans if (read := whole_tables(filled, name, params))} == {}


@pytest.mark.parametrize("name", ["post", "post_reach", "post_repeats"])
def test_a_post_is_read_from_an_index(filled: Any, name: str) -> None:
    assert whole_tables(filled, name, {"post_id": "0" * 32, "count": 10}) == set()


def test_a_cross_looks_at_no_more_posts_than_it_may(filled: Any) -> None:
    params = exploring.filters_of(View(entity="T1", family="joy"), NOON - timedelta(days=27)) | {"until": NOON}
    filled.execute(queries()["explore_reach"], params | {"most": 100})
    since, is_whole = filled.fetchone()
    # a minute in a hundred holds T1, and only its own post: 100 of them are a week
    filled.execute(queries()["explore_trend"], params | {"most": 100, "bucket_s": 86_400, "origin": NOON})
    assert sum(row[1] for row in filled.fetchall()) == 100
    assert not is_whole
    assert NOON - since == timedelta(minutes=99 * 100 + 2)


@pytest.fixture
def said(database: Database) -> Database:
    angry, glad = make_scores(), make_scores(Sentiment.POSITIVE, family=EmotionFamily.JOY, topic="Earnings")
    first = make_scored("1", angry, entities=("HRBL",), text="The apps are down, no refunds", channel="customer")
    database.posts.record(
        [
            first,
            make_duplicate(first, "2", entities=("HRBL",), channel="customer"),
            make_scored("3", glad, entities=("HRBL", "QLNC"), text="Refund came, thanks", published_at=NOON),
            make_scored("4", glad, entities=("QLNC",), text="Die Bank zahlt", language="de", channel="news"),
        ],
        [],
    )
    return database


def found(database: Database, view: View, **more: Any) -> list[str]:
    params = exploring.filters_of(view, NOON - timedelta(hours=1)) | {"until": NOON + timedelta(hours=1)}
    rows = database.read("explore_posts", **params | {"feeling": "", "reposts": False, "count": 9} | more)
    return sorted(row["text"][:6] for row in rows)


@pytest.mark.parametrize(
    ("view", "texts"),
    [
        (View(entity="HRBL"), ["Refund", "The ap"]),
        (View(entity="HRBL", topic="Earnings"), ["Refund"]),
        (View(family="joy", channel="news"), ["Die Ba"]),
        (View(family="anger", channel="news"), []),
        (View(words="refund"), ["Refund", "The ap"]),
        (View(words="refunding -apps"), ["Refund"]),
        (View(words='"app down"'), []),
        (View(words='"apps are down"'), ["The ap"]),
        (View(words="down"), ["The ap"]),  # small words count
        (View(words="bank"), ["Die Ba"]),
        (View(words="banks"), []),  # German is not stemmed as English is
        (View(words="refund", entity="QLNC"), ["Refund"]),
        (View(words="') OR '1'='1"), []),
        (View(words="' en"), []),
    ],
)
def test_a_view_finds_its_posts(said: Database, view: View, texts: list[str]) -> None:
    assert found(said, view) == texts


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (MIDNIGHT - timedelta(minutes=5), MIDNIGHT, ["evening"]),
        (MIDNIGHT, MIDNIGHT + timedelta(days=1), ["morning", "noon"]),
        (NOON - timedelta(days=31), NOON, ["evening", "month", "morning"]),
        (NOON - timedelta(days=33), NOON + timedelta(minutes=1), ["evening", "month", "morning", "noon"]),
        (NOON - timedelta(days=401), NOON, ["evening", "month", "morning", "year"]),
    ],
)
def test_words_are_found_whenever_they_were_said(
    database: Database, since: datetime, until: datetime, found: list[str]
) -> None:
    said = {
        "noon": NOON, "morning": MIDNIGHT, "evening": MIDNIGHT - timedelta(microseconds=1),
        "month": NOON - timedelta(days=30), "year": NOON - timedelta(days=400),
    }  # fmt: skip
    made = [make_scored(text, text=f"{text}: no refund", published_at=at) for text, at in said.items()]
    database.posts.record(made, [])
    asked = exploring.filters_of(View(words="refunds"), since) | {"until": until}

    rows = database.read("explore_posts", **asked, feeling="", reposts=False, count=9)

    assert sorted(row["text"].partition(":")[0] for row in rows) == found


def test_words_reach_as_far_as_no_more_posts_have_them_than_may_be_looked_at(database: Database) -> None:
    times = [NOON - timedelta(hours=hour, minutes=1) for hour in range(64)]
    made = [make_scored(str(n), text=f"no refund {n}", published_at=at) for n, at in enumerate(times)]
    database.posts.record(made, [])
    asked = {"since": NOON - timedelta(hours=64), "until": NOON}

    def reached(words: str, most: int) -> tuple[timedelta, bool]:
        (row,) = database.read("explore_matches", **asked, words=words, most=most)
        return NOON - row["since"], row["is_whole"]

    assert reached("refund", 64) == (timedelta(hours=64), True)
    assert reached("refund", 63) == (timedelta(hours=16), False)
    assert reached("refund", 4) == (timedelta(hours=4), False)
    # the shortest part in any case
    assert reached("refund", 0) == (timedelta(hours=1), False)
    # each is read, since the index does not say that two words stand side by side
    assert reached('"no refund"', 64) == (timedelta(hours=16), False)
    assert reached('"refund no"', 200) == (timedelta(hours=64), True)


def test_reposts_are_counted_and_listed_where_they_are_asked_for(said: Database) -> None:
    assert found(said, View(channel="customer")) == ["The ap"]
    assert found(said, View(channel="customer"), reposts=True) == ["The ap", "The ap"]
    params = exploring.filters_of(View(channel="customer", entity="HRBL"), NOON - timedelta(hours=1))
    (row,) = said.read("explore_trend", **params, until=NOON + timedelta(hours=1), bucket_s=3_600, origin=NOON)
    assert (row["posts"], row["negative"], row["positive"]) == (2, 1, 0)


def test_a_cross_counts_as_the_rollups_do(said: Database) -> None:
    at = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=1), 3_600, 3_600, NOON)
    pairs = exploring.grid(View(columns="topic"), at, at.since)
    cross = exploring.filters_of(View(), at.since) | {
        "until": at.until, "rows": "entity", "columns": "topic", "bucket_s": 3_600, "origin": NOON, "count": 12,
    }  # fmt: skip
    by_rollups, by_posts = said.read(pairs.name, **pairs.params), said.read("explore_cross", **cross)
    assert by_rollups == by_posts != []


def test_what_is_usual_takes_three_days(database: Database) -> None:
    days = [NOON - timedelta(days=day, minutes=n) for day in (1, 2, 3) for n in range(1, 7)]
    database.posts.record([make_scored(str(n), published_at=at) for n, at in enumerate(days)], [])
    params = {"dimension": "total", "key": "", "origin": datetime(2026, 1, 1, tzinfo=UTC)}
    # by hours, and by minutes
    for bucket_s in (3_600, 1_800):
        (row,) = database.read("explore_usual", since=NOON, bucket_s=bucket_s, **params)
        assert (row["hour"], row["low"], row["high"]) == (11, 1.0, 1.0)
        assert database.read("explore_usual", since=NOON - timedelta(days=2), bucket_s=bucket_s, **params) == []
