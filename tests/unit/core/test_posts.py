"""The contract of a post."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.posts import MAX_TEXT_CHARS, Post, fingerprint, post_id_of

GOOD = {
    "post_id": "0" * 32,
    "source": "wire",
    "channel": "news",
    "text": "Harborline Bank raises its dividend",
    "published_at": "2026-01-31T09:30:00Z",
    "fetched_at": "2026-01-31T10:31:00+01:00",
}


def test_times_are_turned_into_utc():
    assert Post.model_validate(GOOD).fetched_at.isoformat() == "2026-01-31T09:31:00+00:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("post_id", "short"),
        ("post_id", "Z" * 32),
        ("source", ""),
        ("channel", "rumour"),
        ("text", "x" * (MAX_TEXT_CHARS + 1)),
        ("text", "nul \x00"),
        ("text", "half \ud800"),
        ("text", None),
        ("text", 7),
        ("published_at", "2026-01-31T09:30:00"),
        ("published_at", "yesterday"),
        ("masked", -1),
        ("entities", ["A"] * 51),
        ("surprise", 1),
    ],
)
def test_a_post_that_breaks_the_contract_is_refused(field, value):
    with pytest.raises(ValidationError):
        Post.model_validate({**GOOD, field: value})


def test_the_same_id_at_two_sources_is_two_posts():
    assert post_id_of("a", "1") != post_id_of("b", "1")


@given(st.text(max_size=300))
def test_any_text_has_a_fingerprint_or_none(text):
    mark = fingerprint(text)
    assert mark is None or len(mark) == 32


def test_two_different_prices_are_two_different_posts():
    assert fingerprint("HRBL closes at 41.20 today") != fingerprint("HRBL closes at 39.80 today")
