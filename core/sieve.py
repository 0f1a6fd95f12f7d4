"""Which texts a pattern of many alternatives cannot match, found out in a fraction of the time that `re` takes.

Python's `re` tries every alternative at every word; RE2 reads a text once, however many there are. It knows no
look-around and no word but of ASCII, so it is asked for something looser: what it does not find, `re` would not find
either, and what it finds, `re` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import re2

_AHEAD_OR_BEHIND: Final = re.compile(r"\(\?<?!")
_END: Final = re.compile(r"(?<!\\)\$")
_DIGIT: Final = re.compile(r"[^\D\x00-\x7f]")
_LETTER: Final = re.compile(r"[^\W\x00-\x7f]")
_OTHER_SIGN: Final = re.compile(r"[^\x00-\x7f]")


class Sieve:
    """Patterns, joined and loosened.

    >>> sieve = Sieve([re.compile(r"(?<!not )going(?! home)"), re.compile(r"\\bgone\\b")])
    >>> sieve.may_match("we are going home"), sieve.may_match("she went")
    (True, False)
    """

    def __init__(self, patterns: Iterable[re.Pattern[str]]) -> None:
        """
        Args:
            patterns: of words of ASCII, without flags, whose look-arounds are all negative.

        Raises:
            ValueError: RE2 cannot read one of them, or would read it otherwise.
        """
        written = [pattern.pattern for pattern in patterns]
        if any(_END.search(pattern) for pattern in written):
            raise ValueError("to RE2, $ is not before a last line's end; write (?!.) in its place")
        options = re2.Options()
        options.never_capture = True
        options.log_errors = False  # they are raised
        options.max_mem = 64 << 20  # of states met so far; with too few it starts anew in the middle of a text
        loosened = "|".join(f"(?:{_without_look_arounds(pattern)})" for pattern in written)
        try:
            self._loose = re2.compile(loosened, options)
        except re2.error as exc:
            said = "write it without back-references and positive look-arounds"
            raise ValueError(f"RE2 cannot read a pattern: {exc.args[0]!r}; {said}") from exc

    def may_match(self, text: str) -> bool:
        """Whether one of the patterns may be found in a text; when not, none can be."""
        if not text.isascii():
            # a letter or a digit of another alphabet stays one, whichever it was
            text = _OTHER_SIGN.sub(" ", _LETTER.sub("x", _DIGIT.sub("0", text)))
        return self._loose.search(text) is not None


def _without_look_arounds(pattern: str) -> str:
    """A pattern that finds whatever the given one does, and more.

    >>> _without_look_arounds(r"kms(?! (per|an))|a\\(?!(?<!\\d)b")
    'kms|a\\\\(?!b'
    """
    kept, at = "", 0
    for opening in _AHEAD_OR_BEHIND.finditer(pattern):
        if opening.start() >= at and not _is_escaped(pattern, opening.start()):
            kept += pattern[at : opening.start()]
            at = _end_of_group(pattern, opening.start())
    return kept + pattern[at:]


def _is_escaped(pattern: str, place: int) -> bool:
    before = pattern[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _end_of_group(pattern: str, start: int) -> int:
    depth = 0
    for sign in re.finditer(r"\\.|\[(?:\\.|[^\]\\])+\]|[()]", pattern[start:]):
        depth += {"(": 1, ")": -1}.get(sign.group(), 0)
        if depth == 0:
            return start + sign.end()
    raise ValueError(f"a bracket of {pattern!r} is not closed")
