"""How far back the posts of a view are looked at, so that no cross reads more of them than a page may wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from dashboard.data import Shown
from dashboard.exploring import MOST_LOOKED_AT, View, Window, filters_of

PARTS: Final = (1, 4, 16, 64)
"""Of a window: of words that half of all posts have, an ever smaller part is searched."""


class Asks(Protocol):
    """The part of `dashboard.data.Reader` that is needed."""

    def read(self, name: str, **params: Any) -> Shown: ...


@dataclass(frozen=True, slots=True)
class Reach:
    since: datetime
    """From here on a cross counts every post."""
    is_whole: bool
    """That is all of the window."""


def reach(reader: Asks, view: View, at: Window) -> Reach:
    """Where no rollup counts a view; with words as far as the text index finds no more than may be looked at."""
    if view.words:
        return _of_words(reader, view, at)
    params = filters_of(view, at.since)
    params.pop("words")
    row = reader.read("explore_reach", **params, until=at.until).first
    if row is None or row["is_whole"]:
        return Reach(at.since, True)
    return Reach(max(at.since, row["since"]), False)


def _of_words(reader: Asks, view: View, at: Window) -> Reach:
    since = at.since
    for part in PARTS:
        since = at.until - (at.until - at.since) / part
        row = reader.read("explore_matches", since=since, until=at.until, words=view.words, most=MOST_LOOKED_AT).first
        if row is None or row["posts"] <= MOST_LOOKED_AT:
            return Reach(since, part == 1)
    return Reach(since, False)
