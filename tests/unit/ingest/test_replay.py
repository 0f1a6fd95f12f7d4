"""Posts from files: how each kind is read, merged, paced and published."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import SetupError
from core.posts import Channel
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.replay import Pace, replay
from ingest.replay_files import NARRATIVE, read_all
from tests.builders import NOON, make_post
from tests.fakes import RecordingPublisher


def tweet(native_id: str, second: int, ticker: str, text: str = "up we go again") -> dict[str, Any]:
    moment = f"{NOON + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"
    return {"id": native_id, "t": moment, "ticker": ticker, "rt": 0, "is_rt": False, "followers": 6, "text": text}


def lines(path: Path, *rows: Any) -> Path:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def published(*paths: Path, speed_up: float = 0.0) -> RecordingPublisher:
    publisher = RecordingPublisher()
    replay(
        read_all(paths, NOON),
        publisher=publisher,
        composer=Composer(read_watchlist(), "key"),
        pace=Pace(speed_up, lambda: 0.0, lambda _: None),
        now=lambda: NOON + timedelta(days=1),
    )
    return publisher


def test_one_tweet_in_two_files_is_one_post_about_both_firms(tmp_path: Path) -> None:
    first = lines(tmp_path / "AAA.jsonl.gz", tweet("2", 0, "AAA"), tweet("1", 0, "AAA"), tweet("3", 5, "AAA"))
    second = lines(tmp_path / "BBB.jsonl.gz", tweet("1", 0, "BBB"), tweet("4", 3, "BBB"))
    posts = published(first, second).posts
    assert len(posts) == 4
    assert [post.entities for post in posts] == [("AAA",), ("AAA", "BBB"), ("BBB",), ("AAA",)]
    assert [post.published_at for post in posts] == sorted(post.published_at for post in posts)
    assert {(post.source, post.channel) for post in posts} == {("stocknet", Channel.SOCIAL)}


def test_a_tweet_is_cleaned_and_masked(tmp_path: Path) -> None:
    (post,) = published(lines(tmp_path / "a.jsonl", tweet("1", 0, "AAA", "RT @jo: R&amp;D, $BBB  up"))).posts
    assert (post.text, post.entities, post.masked) == ("RT @user: R&D, $BBB up", ("AAA", "BBB"), 1)


def test_our_own_posts_keep_their_ids_and_are_masked_again(tmp_path: Path) -> None:
    ours = make_post("7", text="Quillon lost 4111 1111 1111 1111 of @user", masked=1)
    (post,) = published(lines(tmp_path / "a.jsonl", ours.model_dump(mode="json"))).posts
    assert post.text == "Quillon lost [card] of @user"
    assert (post.post_id, post.author_key, post.masked) == (ours.post_id, ours.author_key, 2)
    assert post.entities == ("QLNC",)


def test_complaints_are_customers_messages_in_the_order_of_their_days(tmp_path: Path) -> None:
    path = tmp_path / "complaints.csv"
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, ["Date received", "Complaint ID", NARRATIVE])
        table.writeheader()
        table.writerow({"Date received": "03/22/23", "Complaint ID": "9", NARRATIVE: "Two\nlines"})
        table.writerow({"Date received": "03/21/23", "Complaint ID": "8", NARRATIVE: "They took my wages"})
        table.writerow({"Date received": "soon", "Complaint ID": "7", NARRATIVE: "No day"})
    publisher = published(path)
    assert [(post.text, post.channel, post.published_at.day) for post in publisher.posts] == [
        ("They took my wages", Channel.CUSTOMER, 21),
        ("Two lines", Channel.CUSTOMER, 22),
    ]
    assert [letter.origin for letter in publisher.dead] == ["complaints.csv:5"]


def test_a_list_of_texts_is_customers_messages_of_now(tmp_path: Path) -> None:
    publisher = published(lines(tmp_path / "a.json", json.dumps([{"text": "They took my wages"}, {"text": 1}, "x"])))
    assert [(post.text, post.published_at) for post in publisher.posts] == [("They took my wages", NOON)]
    assert [letter.origin for letter in publisher.dead] == ["a.json:2", "a.json:3"]


MALFORMED = [
    ("not json", "not JSON"),
    ("[1]", "a list, not an object"),
    ('{"id": "1"}', "neither a post of ours nor a tweet"),
    (json.dumps(tweet("1", 0, "A") | {"t": "yesterday"}), "'yesterday' is not a time"),
    (json.dumps(tweet("1", 0, "A") | {"t": "2014-01-01"}), "no time zone"),
    (json.dumps(tweet("1", 0, "A") | {"text": None}), "must be strings"),
    (json.dumps(tweet("1", 0, "A") | {"t": "1970-01-01T00:00:00Z"}), "before 1990"),
    ('{"post_id": "1"}', "post_id"),
    ("[" * 10_000, "not JSON"),
]


@pytest.mark.parametrize(("line", "reason"), MALFORMED)
def test_a_malformed_line_is_set_aside_with_its_file_and_number(tmp_path: Path, line: str, reason: str) -> None:
    publisher = published(lines(tmp_path / "a.jsonl", tweet("1", 0, "AAA"), "", line, tweet("2", 1, "AAA")))
    assert len(publisher.posts) == 2
    (letter,) = publisher.dead
    assert letter.origin == "a.jsonl:3"
    assert letter.reason.startswith("a.jsonl:3: ")
    assert reason in letter.reason


def test_a_dead_letter_shows_no_card(tmp_path: Path) -> None:
    (letter,) = published(lines(tmp_path / "a.jsonl", '{"text": "4111 1111 1111 1111"}')).dead
    assert b"4111" not in letter.body


def test_posts_are_paced_by_the_time_between_them(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl", tweet("1", 0, "A"), tweet("2", 60, "A"), tweet("3", 60, "A"), tweet("4", 180, "A")
    )
    now, naps = [100.0], []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        now[0] += seconds

    publisher = RecordingPublisher()
    replay(
        read_all([path], NOON),
        publisher=publisher,
        composer=Composer(read_watchlist(), "key"),
        pace=Pace(60.0, lambda: now[0], sleep),
        now=lambda: NOON,
    )
    assert naps == pytest.approx([1.0, 2.0])
    assert len(publisher.posts) == 4


def test_the_bytes_of_every_file_are_accounted_for(tmp_path: Path) -> None:
    paths = [
        lines(tmp_path / "a.jsonl.gz", *(tweet(str(n), n, "A") for n in range(1_200))),
        lines(tmp_path / "b.json", "[]"),
    ]
    told: list[int] = []
    assert len(list(read_all(paths, NOON, told.append))) == 1_200
    assert sum(told) == sum(path.stat().st_size for path in paths)


@pytest.mark.parametrize("name", ["missing.jsonl", "posts.txt"])
def test_a_file_that_is_missing_or_of_another_kind_is_refused_before_anything_is_published(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "posts.txt").write_text("x")
    good = lines(tmp_path / "a.jsonl", tweet("1", 0, "A"))
    with pytest.raises(SetupError):
        published(good, tmp_path / name)


@pytest.mark.parametrize(("name", "content"), [("a.json", b"{}"), ("a.json", b"x"), ("a.csv", b"a,b\n1,2\n")])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SetupError):
        published(tmp_path / name)


def test_a_gzipped_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl.gz", *(tweet(str(n), n, "A") for n in range(100)))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SetupError, match="cannot be read to its end"):
        published(path)
