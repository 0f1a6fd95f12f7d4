"""Bytes to posts and back, and every way in which bytes are not posts."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MalformedRecord
from core.posts import Channel, Post, post_id_of
from core.wire import MAX_POSTS_A_RECORD, decode, encode

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def post(n: int, text: str = "Rates hold") -> Post:
    return Post(
        post_id=post_id_of("wire", str(n)),
        source="wire",
        channel=Channel.NEWS,
        text=text,
        published_at=NOW,
        fetched_at=NOW,
        entities=("HRBL",),
    )


@given(st.text(max_size=50).filter(lambda t: "\x00" not in t and t.encode("utf-8", "ignore").decode() == t))
def test_what_is_encoded_is_decoded(text):
    posts = (post(1, text), post(2))
    assert decode(encode(posts)).posts == posts


@pytest.mark.parametrize("count", [0, MAX_POSTS_A_RECORD + 1])
def test_a_record_holds_1_to_100_posts(count):
    with pytest.raises(MalformedRecord):
        encode([post(n) for n in range(count)])


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "is a list"),
        (b'"posts"', "is a str"),
        (b'{"posts": []}', "schema version 'None'"),
        (b'{"schema": 2, "posts": [{}]}', "schema version '2'"),
        (b'{"schema": true, "posts": [{}]}', "schema version 'True'"),
        (b'{"schema": 1, "posts": []}', "1 to 100"),
        (b'{"schema": 1, "posts": {"a": 1}}', "1 to 100"),
        (json.dumps({"schema": 1, "posts": [{}] * 101}).encode(), "1 to 100"),
    ],
)
def test_a_record_that_is_no_batch_of_posts_says_why(record, says):
    with pytest.raises(MalformedRecord, match=says):
        decode(record)


def test_one_malformed_post_never_stops_the_others():
    body = json.loads(encode([post(1), post(2), post(3)]))
    del body["posts"][1]["text"]
    decoded = decode(json.dumps(body).encode())
    assert [p.post_id for p in decoded.posts] == [post(1).post_id, post(3).post_id]
    (rejected,) = decoded.rejected
    assert rejected.index == 1
    assert rejected.reason == "text: Field required"
    assert json.loads(rejected.body)["post_id"] == post(2).post_id


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_malformed_record(record):
    with pytest.raises(MalformedRecord):
        decode(record)
