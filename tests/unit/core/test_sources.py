"""A source is written in one word and read back, and says what its kind lacks."""

from __future__ import annotations

import pytest

from core.configuration import parse
from core.errors import SetupError
from core.posts import Channel
from core.sources import FACTS, Kind, Source, faults, make_source, read_written, written

SOURCES = [
    make_source("press", Kind.FEED, "https://example.com/rss.xml"),
    make_source("press", Kind.FEED, "https://example.com/rss?a=1&b=x+y", articles=True, every_s=300),
    make_source("talk", Kind.JSON, "https://example.com/posts"),
    make_source("filings", Kind.EDGAR),
    make_source("filings", Kind.EDGAR, query="10-Q", channel=Channel.SOCIAL),
    make_source("reddit", Kind.REDDIT, query='r/banking OR "HRBL & co" #x', key="REDDIT_APP"),
    make_source("inbox", Kind.FOLDER, "/var/spool/my%20inbox"),
    make_source("push", Kind.PUSH, key="PUSH_SECRET"),
]


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_written_is_read_back_the_same(source: Source) -> None:
    word = written(source)
    assert " " not in word
    assert read_written(word) == source


@pytest.mark.parametrize("kind", sorted(Kind))
def test_every_kind_has_its_facts_and_a_source_of_it_can_be_made(kind: Kind) -> None:
    facts = FACTS[kind]
    source = make_source(
        "a", kind, facts.url or "https://a.example", query="q" if facts.query else "", key="K" if facts.key_is else ""
    )
    assert list(faults(source)) == []
    assert source.channel is facts.channel


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("a=reddit", "query"),
        ("a=reddit+https://oauth.reddit.com#query=r/x", "key"),
        ("a=feed+https://a.example#query=x", "takes none"),
        ("a=edgar+ftp://a.example", "must be written as"),
        ("a=https://a.example#colour=red", "no option 'colour'"),
        ("a=https://a.example#every=often", "is not a duration"),
        ("a=https://a.example#channel=radio", "radio"),
        ("a=json", "must be written as"),
    ],
)
def test_what_a_source_lacks_is_named(word: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        read_written(word)


@pytest.mark.parametrize(
    ("table", "field", "line"),
    [
        ('kind = "gdelt"', "query", 1),
        ('kind = "x"\nquery = "a"', "key", 1),
        ('url = "ftp://a.example"', "url", 3),
        ('kind = "smoke"', "kind", 3),
        ('url = "https://a.example"\nevery = "1s"', "every", 4),
        ('url = "https://a.example"\nkey = "not a name"', "key", 4),
    ],
)
def test_a_fault_of_the_configuration_names_line_and_field(table: str, field: str, line: int) -> None:
    with pytest.raises(SetupError, match=rf"^mine\.toml:{line}: sources\[0\]\.{field}: "):
        parse(f'[[sources]]\nname = "a"\n{table}\n', "mine.toml")
