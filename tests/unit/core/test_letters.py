"""Dead letters and scored posts as bytes."""

from __future__ import annotations

import json

import pytest

from core.errors import MalformedRecord
from core.ports import DeadLetter
from core.scoring import Unjudged, unscored
from core.wire import MAX_LETTER_BODY_BYTES, decode_letter, encode_letter, encode_scored
from tests.builders import NOON, make_post, make_scored


def test_a_letter_keeps_its_bytes_whatever_they_are() -> None:
    letter = DeadLetter("half a pair: \ud800", "MalformedRecord", "posts.raw/2/17", bytes(range(256)))
    assert decode_letter(encode_letter(letter, NOON)) == (letter, NOON)


def test_a_body_that_would_not_fit_through_the_broker_is_cut_and_the_reason_says_so() -> None:
    letter = DeadLetter("too large", "MalformedRecord", "posts.raw/2/17", b"x" * (MAX_LETTER_BODY_BYTES + 1))
    kept, _ = decode_letter(encode_letter(letter, NOON))
    assert len(kept.body) == MAX_LETTER_BODY_BYTES
    assert kept.reason == "too large (only the first 6,000,000 of 6,000,001 bytes are kept)"


@pytest.mark.parametrize(
    "record",
    [b"", b"[]", b"{}", b"null", b'{"reason":"","error":"","origin":"","body":"!","set_aside_at":""}', b"[" * 100_000],
)
def test_what_is_no_letter_is_malformed(record: bytes) -> None:
    with pytest.raises(MalformedRecord):
        decode_letter(record)


def test_a_scored_post_goes_out_with_its_scores_by_name() -> None:
    (sent,) = json.loads(encode_scored([make_scored("1", text="Ärger")]))["scored"]
    assert sent["post"]["text"] == "Ärger"
    assert sent["scores"]["sentiment"] == "negative"
    assert sent["scores"]["sentiment_p"] == [0.9, 0.07, 0.03]
    assert sent["unjudged"] is None


def test_a_post_that_was_not_judged_goes_out_with_the_reason() -> None:
    (sent,) = json.loads(encode_scored([unscored(make_post(text=""), Unjudged.EMPTY)]))["scored"]
    assert (sent["scores"], sent["unjudged"]) == (None, "empty")


@pytest.mark.parametrize("count", [0, 101])
def test_a_record_holds_one_to_a_hundred_scored_posts(count: int) -> None:
    with pytest.raises(MalformedRecord):
        encode_scored([make_scored()] * count)
