"""Which texts repeat one that models are tested on: whoever trains on those proves nothing afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.near import Index, Mark, mark
from core.posts import fingerprint

_FIGURE = re.compile(r"\$[A-Za-z]+\b|\b\d[\w.,%]*")


class TestTexts:
    """Texts that must not be learnt, and whether another one is nearly one of them."""

    __test__ = False  # no class of tests, although pytest would take it for one by its name

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        """`texts`: each with the name of the set that it is of."""
        self._index = Index()
        self._names: dict[str, str] = {}
        for name, text in texts:
            key = fingerprint(_plain(text))
            if key is not None:
                self._names.setdefault(key, name)
            found = _mark(text)
            if found is not None:
                self._index.add(name, found)

    def set_of(self, text: str) -> str | None:
        """The set that holds nearly the same text; `None` when none does.

        Figures and cashtags do not count here: a test row is a test row with another price in it, too. Fewer than four
        words are nobody's: "thank you" said by two people is not one text.
        """
        exact = self._names.get(fingerprint(_plain(text)) or "")
        if exact is not None:
            return exact
        found = _mark(text)
        return None if found is None else next(self._index.same(found), None)


def _mark(text: str) -> Mark | None:
    return mark(_plain(text))


def _plain(text: str) -> str:
    """The text with every figure and cashtag the same."""
    return _FIGURE.sub("0", text)
