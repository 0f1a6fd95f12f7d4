"""What a sieve lets through is all that its patterns find, and more."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import danger
from core.danger import Danger, danger_in
from core.disguises import undisguised
from core.sieve import Sieve

PATTERNS = [danger._FIGURES, *danger._PATTERNS.values()]
AROUND = st.text(alphabet="ab ö日٣’'.,!?\n😀-", max_size=20)


def heard(text: str) -> Danger | None:
    """As the patterns alone say it."""
    said = danger._FIGURES.sub(" ", undisguised(text))
    return next((found for found, pattern in danger._PATTERNS.items() if pattern.search(said)), None)


@pytest.mark.parametrize("pattern", PATTERNS, ids=["figures", *danger._PATTERNS])
@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_whatever_a_pattern_of_danger_finds_is_let_through(pattern: re.Pattern[str], data: st.DataObject) -> None:
    text = data.draw(AROUND) + data.draw(st.from_regex(pattern)) + data.draw(AROUND)

    assert danger._SIEVE.may_match(text) or not pattern.search(text)
    assert danger_in(text) is heard(text)


def test_most_of_what_people_write_is_held_back() -> None:
    assert not danger._SIEVE.may_match("@harborbank my card was declined again, what is going on?")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"my \w+ card", "my fünf card"),
        (r"no\b", "no—"),
        (r"\d pounds", "٣ pounds"),
        (r"lost[^.!?]{0,9}all", "lost 😀 all"),
        (r"a\(?!b", "a(!b"),
        (r"a\\(?!b)c", "a\\c"),
        (r"[)(](?![)(])x", "(x"),
        (r"food(?!.)", "food\n"),
        (r"(?<!\d )kms(?! (per|an (hour|minute)))", "kms"),
    ],
)
def test_signs_that_re2_reads_otherwise_are_no_obstacle(pattern: str, text: str) -> None:
    assert re.search(pattern, text)
    assert Sieve([re.compile(pattern)]).may_match(text)


@pytest.mark.parametrize(("pattern", "says"), [(r"(a)\1", "back-references"), (r"food$", r"write \(\?!\.\)")])
def test_a_pattern_that_re2_reads_otherwise_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Sieve([re.compile(pattern)])
