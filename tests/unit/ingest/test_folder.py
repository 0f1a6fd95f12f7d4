"""A drop folder: what is read, once, however its files grow."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.errors import SourceRefused
from core.posts import Channel
from core.sources import Kind, make_source
from ingest import folder
from ingest.items import Item
from tests.builders import NOON

LATER = NOON + timedelta(hours=1)


def drop(path: Path, text: str, written_at: datetime = NOON) -> None:
    path.write_text(text)
    os.utime(path, (written_at.timestamp(), written_at.timestamp()))


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


class Reader:
    """Reads one folder again and again."""

    def __init__(self, path: Path) -> None:
        self.source = make_source("inbox", Kind.FOLDER, str(path))
        self.position = ""
        self.reasons: list[str] = []

    def read(self, now: datetime = LATER) -> Sequence[Item]:
        page = folder.read(self.source, self.position, now)
        self.position = page.next
        self.reasons += [one.reason for one in page.parsed.rejected]
        return page.parsed.items


def test_rows_become_items_with_what_they_say(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "text": "R&amp;D",
        "created_at": NOON.isoformat(),
        "author": "jo",
        "channel": "news",
        "entities": ["HRBL"],
    }
    drop(tmp_path / "a.jsonl", lines(row, {"text": "only a text"}))
    drop(tmp_path / "b.csv", 'id,text,entities\n1,"two\nlines, and a comma",HRBL QLNC\n')
    first, second, third = Reader(tmp_path).read()
    assert (first.native_id, first.text, first.author, first.channel) == ("7", "R&D", "jo", Channel.NEWS)
    assert (second.text, second.published_at, second.channel) == ("only a text", NOON, Channel.CUSTOMER)
    assert (third.native_id, third.text, third.entities) == ("1", "two\nlines, and a comma", ("HRBL", "QLNC"))


def test_what_is_added_is_read_and_the_rest_is_not_read_again(tmp_path: Path) -> None:
    reader, file, table = Reader(tmp_path), tmp_path / "a.jsonl", tmp_path / "b.csv"
    drop(file, lines({"text": "one"}))
    drop(table, "text\nfirst\n")
    assert [item.text for item in reader.read()] == ["one", "first"]
    assert reader.read() == ()
    drop(file, lines({"text": "one"}, {"text": "two"}))
    drop(table, 'text\nfirst\n"second\nrow"\n')
    drop(tmp_path / "0.jsonl", lines({"text": "another file"}))
    assert [item.text for item in reader.read()] == ["another file", "two", "second\nrow"]
    drop(file, lines({"text": "new"}))  # shorter: written anew
    assert [item.text for item in reader.read()] == ["new"]


def test_a_line_that_is_being_written_is_waited_for_a_minute(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    drop(tmp_path / "a.jsonl", lines({"text": "one"}) + '{"text": "tw')
    assert [item.text for item in reader.read(NOON)] == ["one"]
    drop(tmp_path / "a.jsonl", lines({"text": "one"}) + '{"text": "two"}')
    assert reader.read(NOON + timedelta(seconds=59)) == ()
    assert [item.text for item in reader.read()] == ["two"]


def test_a_row_of_the_wrong_form_is_set_aside_and_the_others_stay(tmp_path: Path) -> None:
    drop(
        tmp_path / "a.jsonl",
        'no json\n{"id": 1}\n[]\n' + lines({"text": "good"}, {"text": 5}, {"text": "x", "created_at": "now"}),
    )
    reader = Reader(tmp_path)
    assert [item.text for item in reader.read()] == ["good"]
    assert reader.reasons == [
        "the item is a str, not an object",
        "the row has no 'text'",
        "the item is a list, not an object",
        "'text' is a int, not a string",
        "'created_at' 'now' is not a time",
    ]


def test_the_same_words_of_two_rows_are_two_items_if_their_authors_differ(tmp_path: Path) -> None:
    drop(
        tmp_path / "a.jsonl",
        lines({"text": "same", "author": "jo"}, {"text": "same", "author": "al"}, {"text": "same", "author": "al"}),
    )
    assert len({item.native_id for item in Reader(tmp_path).read()}) == 2


def test_files_of_another_ending_and_hidden_ones_are_left_alone(tmp_path: Path) -> None:
    for name in ("a.jsonl.part", ".a.jsonl", "a.txt"):
        drop(tmp_path / name, lines({"text": "not yet"}))
    (tmp_path / "b.jsonl").mkdir()
    assert Reader(tmp_path).read() == ()


def test_a_long_file_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_BYTES", 1_000)
    monkeypatch.setattr(folder, "LONGEST_LINE", 500)
    drop(tmp_path / "a.jsonl", lines(*({"text": f"line {n}"} for n in range(200))))
    drop(tmp_path / "b.csv", "text\n" + "".join(f'"row\n{n}"\n' for n in range(200)))
    reader, texts = Reader(tmp_path), list[str]()
    for _ in range(20):
        texts += [item.text for item in reader.read()]
    assert [text for text in texts if text.startswith("line")] == [f"line {n}" for n in range(200)]
    assert [text for text in texts if text.startswith("row")] == [f"row\n{n}" for n in range(200)]
    assert len(texts) == 400
    assert reader.reasons == []


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="there is no folder gone"):
        Reader(tmp_path / "gone").read()


def test_a_folder_may_be_written_as_an_address_and_hold_a_blank(tmp_path: Path) -> None:
    (tmp_path / "my inbox").mkdir()
    drop(tmp_path / "my inbox" / "a.jsonl", lines({"text": "one"}))
    for url in (f"{tmp_path}/my inbox", f"{tmp_path}/my%20inbox", f"file://{tmp_path}/my%20inbox"):
        page = folder.read(make_source("inbox", Kind.FOLDER, url), "", LATER)
        assert len(page.parsed.items) == 1
