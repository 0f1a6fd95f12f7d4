"""One address is written one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.urls import canonical

WRITTEN = [
    ("https://example.com", "https://example.com/"),
    ("HTTPS://Example.COM/A?b=1", "https://example.com/A?b=1"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("http://example.com:8080/a", "http://example.com:8080/a"),
    ("https://example.com/a#part", "https://example.com/a"),
    ("https://example.com/a?utm_source=x&utm_medium=y&id=3", "https://example.com/a?id=3"),
    ("https://example.com/a?fbclid=abc", "https://example.com/a"),
    ("https://jo:secret@example.com/a", "https://example.com/a"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("https://example.com/a?cid=7&source=b&q=", "https://example.com/a?cid=7&source=b&q="),
    ("http://[::1]:8080/a", "http://[::1]:8080/a"),
]


@pytest.mark.parametrize(("url", "written"), WRITTEN)
def test_two_ways_to_write_an_address_become_one(url: str, written: str) -> None:
    assert canonical(url) == written
    assert canonical(written) == written


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "mailto:jo@example.com", "/relative", "https://", "http://[::1"]
)
def test_what_nobody_could_follow_is_no_address(url: str | None) -> None:
    assert canonical(url) is None


@given(st.text(max_size=60))
def test_no_address_breaks_it(text: str) -> None:
    canonical(f"https://example.com/{text}")
    canonical(text)
