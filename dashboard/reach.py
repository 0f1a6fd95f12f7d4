"""How far back the posts of a view are looked at, so that no cross reads more of them than a page may wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dashboard.data import Shown
from dashboard.exploring import View, Window, filters_of


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
    params = filters_of(view, at.since)
    if view.words:
        asked = {name: params[name] for name in ("since", "words", "most")}
        row = reader.read("explore_matches", **asked, until=at.until).first
    else:
        params.pop("words")
        row = reader.read("explore_reach", **params, until=at.until).first
    if row is None or row["is_whole"]:
        return Reach(at.since, True)
    return Reach(max(at.since, row["since"]), False)
