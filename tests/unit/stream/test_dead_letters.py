import json

from core.errors import DataRejected, MalformedRecord
from core.ports import DeadLetter
from core.wire import RejectedPost, decode, encode
from stream import dead_letters
from tests.builders import make_post

ORIGIN = "posts.raw/2/17"


def test_a_record_keeps_its_bytes_and_its_place():
    letter = dead_letters.of_record(MalformedRecord("record is not JSON"), ORIGIN, b"\xff")
    assert letter == DeadLetter("record is not JSON", "MalformedRecord", ORIGIN, b"\xff")


def test_a_post_keeps_its_place_within_the_record():
    letter = dead_letters.of_post(RejectedPost(3, "masked: too small", b"{}"), ORIGIN, b"record")
    assert letter == DeadLetter("masked: too small", "MalformedPost", f"{ORIGIN}/3", b"{}")


def test_where_a_post_cannot_be_written_again_the_whole_record_is_kept():
    assert dead_letters.of_post(RejectedPost(3, "nested too deeply", b""), ORIGIN, b"record").body == b"record"


def test_a_record_is_replayed_as_it_came():
    letter = dead_letters.of_record(MalformedRecord("unknown schema version"), ORIGIN, b"{}")
    assert dead_letters.revived(letter) == b"{}"


def test_a_refused_post_is_replayed_in_a_record_of_one():
    post = make_post()
    letter = dead_letters.of_refusal(DataRejected("out of range"), f"{ORIGIN}/0", post.model_dump_json().encode())
    record = dead_letters.revived(letter)
    assert record is not None
    assert decode(record).posts == (post,)


def test_a_malformed_post_is_replayed_in_a_record_that_is_well_formed_around_it():
    body = json.loads(encode([make_post()]))
    body["posts"][0]["masked"] = -1
    [rejected] = decode(json.dumps(body).encode()).rejected
    record = dead_letters.revived(dead_letters.of_post(rejected, ORIGIN, b""))
    assert record is not None
    assert [again.reason for again in decode(record).rejected] == [rejected.reason]


def test_the_letter_of_a_scraper_is_no_record():
    assert dead_letters.revived(DeadLetter("no title", "MalformedItem", "demo-news", b"<item/>")) is None
