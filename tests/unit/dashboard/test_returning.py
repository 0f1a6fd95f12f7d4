"""What a browser remembers of an address over a sign-in."""

from __future__ import annotations

import doctest
import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard import returning
from dashboard.returning import Address, read

PAGES = ("", "incident", "explore")


def test_the_examples_hold() -> None:
    assert doctest.testmod(returning).failed == 0


@given(st.sampled_from(PAGES), st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=4))
def test_an_address_comes_back_as_it_was_and_means_nothing_to_a_cookie_or_a_script(
    page: str, query: dict[str, str]
) -> None:
    query.pop(returning.PAGE, None)
    written = Address(page, query).written()
    assert re.fullmatch(r"[A-Za-z0-9_.~%&=+*-]*", written)
    assert read(written, PAGES) == Address(page, query)


def test_a_page_that_is_not_there_is_not_gone_to() -> None:
    assert read(Address("admin", {}).written(), PAGES) is None
    assert read("incident=i1", PAGES) is None
    assert read("", PAGES) is None


def test_the_front_door_needs_no_remembering() -> None:
    assert Address("", {}).is_front_door
    assert not Address("", {"incident": "i1"}).is_front_door
