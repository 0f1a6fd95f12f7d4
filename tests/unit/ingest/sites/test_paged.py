"""Pages of a JSON API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import SourceRefused
from core.posts import Channel
from core.sources import Kind, Source
from ingest.sites.paged import parse
from tests.builders import NOON

TALK = Source("talk", "https://talk.example/posts", Kind.JSON, Channel.SOCIAL)


def one(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "text": "R&amp;D &lt;3", "created_at": NOON.isoformat(), "author": "jo"} | changes


def body(*items: Any, following: Any = "c1") -> bytes:
    return json.dumps({"items": items, "next": following}).encode()


def test_an_item_is_read_with_its_channel_and_author() -> None:
    page = parse(body(one(channel="customer", url="https://talk.example/1")), TALK)
    (found,) = page.parsed.items
    assert (found.native_id, found.text, found.author, found.url) == ("1", "R&D <3", "jo", "https://talk.example/1")
    assert (found.channel, found.published_at, page.next) == (Channel.CUSTOMER, NOON, "c1")


def test_a_number_may_be_an_id_and_a_text_may_be_empty() -> None:
    (found,) = parse(body(one(id=7, text="", author=None)), TALK).parsed.items
    assert (found.native_id, found.text, found.author, found.channel) == ("7", "", None, Channel.SOCIAL)


MALFORMED = [
    ("a string", "the item is a str"),
    (None, "the item is a NoneType"),
    (one(id=None), "no 'id'"),
    (one(id=""), "'id' is empty"),
    (one(id=True), "'id' is a bool"),
    (one(text=["a"]), "'text' is a list"),
    (one(created_at="now"), "'now' is not a time"),
    (one(created_at=1_700_000_000), "'created_at' is a int"),
    (one(channel="radio"), "'radio' is not known"),
    (one(channel=["social"]), "is not known"),
    (one(url=5), "'url' is a int"),
    (one(entities="HRBL"), "'entities' is not a list"),
]


@pytest.mark.parametrize(("raw", "reason"), MALFORMED)
def test_a_malformed_item_is_set_aside_and_the_others_stay(raw: Any, reason: str) -> None:
    parsed = parse(body(one(id="a"), raw, one(id="b")), TALK).parsed
    assert [found.native_id for found in parsed.items] == ["a", "b"]
    (rejected,) = parsed.rejected
    assert reason in rejected.reason
    assert b"author" not in rejected.body


@pytest.mark.parametrize(
    "page", [b"", b"[]", b"null", b"<html>", b'{"items": 1}', b'{"items": [], "next": 5}', b"[" * 100_000, b"\xff"]
)
def test_what_is_no_page_is_refused(page: bytes) -> None:
    with pytest.raises(SourceRefused):
        parse(page, TALK)


def test_the_last_page_names_no_next_one() -> None:
    assert parse(body(following=None), TALK).next == ""
