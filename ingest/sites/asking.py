"""What a kind of site is to a scraper: how it is asked, how its answer is read, and in which order it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.sources import Source
from ingest.items import Parsed


class Order(StrEnum):
    WHOLE = "whole"
    """One answer holds all there is; it is asked for with validators."""
    ONWARD = "onward"
    """Pages go on from a cursor of the site's own, which outlives the run."""
    NEWEST_FIRST = "newest first"
    """Pages go back in time, until what is known already."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a GET, or a POST where there is a form."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, and what the next page is asked for with; empty where there is none."""

    parsed: Parsed
    next: str = ""
    is_last: bool = False
    """Whether there is no more for now, whatever `next` says for later."""


@dataclass(frozen=True, slots=True)
class Site:
    """One kind of site."""

    ask: Callable[[Source, datetime | None, str, str], Ask]
    """Of the source, the time from which on items are wanted, what the last page said comes `next`, and the key."""
    parse: Callable[[bytes, Source, str], Page]
    """Of the body, the source, and what the page was asked for with. Raises SourceRefused: it is no such answer."""
    order: Order = Order.NEWEST_FIRST
    overlap: timedelta = timedelta(minutes=2)
    """How late an item may turn up behind newer ones: so far a walk goes back beyond what is known."""
    login: Callable[[Source, str], Ask] | None = None
    """Of source and key: the request whose JSON answer holds an `access_token`, which is then the key."""
