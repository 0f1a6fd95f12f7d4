"""What a parser makes of a site's answer: items that may become posts, and the others beside them with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.posts import Channel


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a site offers, as plain text, not yet cleaned or masked."""

    native_id: str
    """What the site itself calls it: a guid, a link, a number."""
    text: str
    published_at: datetime
    """With a time zone."""
    channel: Channel
    url: str | None = None
    author: str | None = None
    """A name or handle; it becomes a keyed hash and is never stored."""
    entities: tuple[str, ...] = ()
    """Tickers that the site itself names."""
    is_summary: bool = False
    """Whether the page at `url` says more, and may be read."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One item that cannot become a post, with the sentence that says why, and what of it can be shown."""

    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """One answer of a site, in its own order."""

    items: tuple[Item, ...]
    rejected: tuple[Rejected, ...] = ()
