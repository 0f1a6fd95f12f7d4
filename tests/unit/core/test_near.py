"""What counts as the same text in nearly the same words, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.near import Index, Mark, all_bands, mark, pairs_of

STORY = (
    "Harborline Bank says its payment app is down for all customers in the north of the country since 7 this morning"
)

SAME = [
    f"RT @desk: {STORY}",
    f"{STORY} https://t.co/abc",
    STORY.upper() + "!!!",
    STORY.replace("is down", "is still down"),
    f"Breaking news: {STORY}",
    STORY.replace(" since 7 this morning", " since 7 this morn…"),
    STORY.replace("country", "land"),
]
OTHER = [
    STORY.replace(" 7 ", " 8 "),
    STORY + " 300 customers wait",
    STORY + " $HRBL",
    STORY.replace("Harborline Bank says its payment app", "Quillon Credit says that the whole website"),
    "Harborline Bank says its profit is up for all of the north of the country",
    " ".join(reversed(STORY.split())),
]


def marked(text: str) -> Mark:
    found = mark(text)
    assert found is not None
    return found


@pytest.mark.parametrize("text", SAME)
def test_a_variation_is_the_same(text: str) -> None:
    assert marked(text).is_same(marked(STORY))
    assert set(marked(text).bands) & set(marked(STORY).bands)


@pytest.mark.parametrize("text", OTHER)
def test_other_figures_and_other_words_are_another_story(text: str) -> None:
    assert not marked(text).is_same(marked(STORY))


@pytest.mark.parametrize("text", ["", "so angry", "my card was declined today", "https://t.co/x @a @b @c $HRBL"])
def test_a_few_words_are_not_compared(text: str) -> None:
    assert mark(text) is None
    assert all_bands([text]) == ()


def test_bands_are_what_they_were_when_they_were_stored() -> None:
    bands = marked("one two three four five six seven").bands
    assert len(set(bands)) == 20
    assert all(-(2**63) <= band < 2**63 for band in bands)
    assert bands[:2] == (-5345443099252327243, 7552696017627845267)


def test_the_first_of_several_is_named_first() -> None:
    index = Index()
    for name, text in (("a", STORY), ("b", "Something else was said by someone else at another time"), ("c", SAME[0])):
        index.add(name, marked(text))
    assert list(index.same(marked(SAME[1]))) == ["a", "c"]
    assert list(pairs_of([STORY, "short", SAME[3], OTHER[0], SAME[4]])) == [(0, 2), (0, 4), (2, 4)]


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_it_and_sameness_goes_both_ways(one: str, other: str) -> None:
    a, b = mark(f"{one} a b c d e f"), mark(f"{other} a b c d e f")
    assert a is not None
    assert b is not None
    assert a.is_same(a)
    assert a.is_same(b) == b.is_same(a)
    assert set(a.bands) == set(a.bands)


def test_posts_of_one_template_are_no_candidates_for_each_other() -> None:
    one, other = (marked(f"$AAPL closes at {price} on heavy volume, analysts say in a note") for price in (31, 32))
    assert one.overlap(other) > 0.6
    assert not set(one.bands) & set(other.bands)
