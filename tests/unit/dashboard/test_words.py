"""The catalogues: the same keys and placeholders in every language, and a word for whatever is asked."""

from __future__ import annotations

import doctest
from string import Formatter

import pytest

from dashboard import words

OTHERS = [name for name in words.LANGUAGES if name != words.FALLBACK]


def forms(entry: words.Entry) -> dict[str, str]:
    return {"other": entry} if isinstance(entry, str) else dict(entry)


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(wording) if name is not None}


def test_every_catalogue_is_a_language_of_the_picker() -> None:
    assert {path.stem for path in words.FOLDER.glob("*.toml")} == set(words.LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert words.catalogue(language).keys() == words.catalogue(words.FALLBACK).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_fills_in_the_same_values(language: str) -> None:
    theirs = words.catalogue(language)
    for key, entry in words.catalogue(words.FALLBACK).items():
        wanted = placeholders(forms(entry)["other"])
        assert placeholders(forms(theirs[key])["other"]) == wanted, key


@pytest.mark.parametrize("language", list(words.LANGUAGES))
def test_every_wording_says_something_and_names_its_placeholders(language: str) -> None:
    for key, entry in words.catalogue(language).items():
        wordings = forms(entry)
        assert wordings.keys() <= {"one", "other"}, key
        assert "n" in placeholders(wordings["other"]) or len(wordings) == isinstance(entry, str), key
        for wording in wordings.values():
            assert wording.strip() == wording != "", key
            # {} or {0} would depend on an order, and {n.real} would reach into a value
            assert all(name.isidentifier() for name in placeholders(wording)), key


def test_one_and_many_are_told_apart() -> None:
    assert words.say("alert.attempts", n=1) == "1 try"
    assert words.say("alert.attempts", n=3) == "3 tries"


def test_a_key_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        words.say("frame.nonsense")


def test_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(words)
    assert (result.failed, result.attempted > 0) == (0, True)
