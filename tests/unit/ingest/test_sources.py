"""The list of sources."""

import pytest

from core.errors import SetupError
from ingest.sources import choose_sources, parse_sources


def test_without_a_setting_the_demo_is_scraped() -> None:
    assert [source.url for source in choose_sources("", 8600)] == [
        "http://127.0.0.1:8600/news/rss.xml",
        "http://127.0.0.1:8600/filings/atom.xml",
        "http://127.0.0.1:8600/api/posts",
    ]


def test_configured_sources_replace_the_demo() -> None:
    assert [source.name for source in choose_sources(" a=https://a.example/f?x=1  b=json+http://b.example/p ", 1)] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("text", ["a", "=https://a.example", "a=ftp://a.example", "a=file:///etc/passwd", "a=https://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SetupError):
        parse_sources(text)


def test_two_sources_may_not_share_a_name() -> None:
    with pytest.raises(SetupError, match="a more than once"):
        parse_sources("a=https://a.example a=https://b.example")
