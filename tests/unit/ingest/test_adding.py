"""A source is written into a file that people wrote, and nothing else of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.configuration import parse
from core.errors import SetupError
from core.sources import Kind, Source, make_source
from ingest.adding import add_to, added, table_of

PRESS = make_source("press2", Kind.FEED, "https://example.com/rss.xml")
REDDIT = make_source("banking2", Kind.REDDIT, query='r/banking OR "HRBL"', key="REDDIT_APP", every_s=300)
EXAMPLE = (Path(__file__).parents[3] / "groundswell.example.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", [PRESS, REDDIT, make_source("inbox2", Kind.FOLDER, "C:\\in box#1")])
@pytest.mark.parametrize("text", ["", "# mine\n", '[route]\nreceiver = "groundswell"\n', EXAMPLE])
def test_what_was_there_stays_and_the_source_is_read_back(text: str, source: Source) -> None:
    new = added(text, source, "mine.toml")
    assert parse(new).sources[-1].source() == source
    assert all(line in new.splitlines() for line in text.splitlines())
    assert parse(new).institutions == parse(text).institutions
    assert len(parse(new).sources) == len(parse(text).sources) + 1


def test_only_what_the_kind_does_not_say_is_written() -> None:
    assert table_of(make_source("filings", Kind.EDGAR)) == '[[sources]]\nname = "filings"\nkind = "edgar"\n'


def test_a_name_that_stands_already_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    add_to(file, PRESS)
    before = file.read_text()
    with pytest.raises(SetupError, match="press2' is there already"):
        add_to(file, PRESS)
    assert file.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def test_a_file_with_a_fault_is_not_written_into(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[route]\nreciever = 'x'\n")
    with pytest.raises(SetupError, match=r"mine\.toml:2"):
        add_to(file, PRESS)
