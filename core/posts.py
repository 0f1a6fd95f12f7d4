"""What a post is: the contract between whoever scrapes and whoever reads."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_TEXT_CHARS = 20_000
"""A post longer than this is malformed; a scraper cuts an article to it first."""


class Channel(StrEnum):
    """Who speaks, to whom."""

    NEWS = "news"
    SOCIAL = "social"
    CUSTOMER = "customer"


EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""A time outside of these is a broken clock (1970 is a time that was never set), not a post."""


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("has no time zone; write it as 2026-01-31T09:30:00Z")
    # compared before it is converted: astimezone overflows near the years 1 and 9999
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"is not between {EARLIEST:%Y} and {LATEST:%Y}")
    return moment.astimezone(UTC)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("contains a NUL character, which PostgreSQL cannot store")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise ValueError("contains half of a surrogate pair, which is not text") from exc
    return text


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS), AfterValidator(_storable)]


class Post(BaseModel):
    """One thing one person or paper said, cleaned and masked, at one time.

    `post_id` is stable: the same item scraped twice has the same id (`post_id_of`).
    `author_key` is a keyed hash, never a name. `entities` are ticker symbols, upper case.
    `masked` counts the pieces of personal data that were replaced in `text`.
    `text` may be empty (a post of only a picture); it is then stored and not judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    post_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    source: Name
    channel: Annotated[Channel, Field(strict=False)]
    text: Text
    published_at: Annotated[UtcDatetime, Field(strict=False)]
    fetched_at: Annotated[UtcDatetime, Field(strict=False)]
    url: Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_storable)] | None = None
    author_key: Annotated[str, StringConstraints(max_length=64), AfterValidator(_storable)] | None = None
    language: Annotated[str, StringConstraints(max_length=8), AfterValidator(_storable)] | None = None
    entities: Annotated[tuple[Name, ...], Field(max_length=50, strict=False)] = ()
    masked: Annotated[int, Field(ge=0, le=10_000)] = 0


def post_id_of(source: str, native_id: str) -> str:
    """The stable id of an item: 32 hex digits of SHA-256 over its source and the id its site gives it.

    >>> post_id_of("demo-news", "https://example.com/a") == post_id_of("demo-news", "https://example.com/a")
    True
    """
    return hashlib.sha256(f"{source}\n{native_id}".encode()).hexdigest()[:32]


_TRIMMINGS = re.compile(r"https?://\S+|@\w+|\brt\b")
_NOT_WORDS = re.compile(r"[^\w$%+-]+")


@lru_cache(maxsize=4096)
def fingerprint(text: str) -> str | None:
    """What is left of a text when a repost's trimmings are gone; equal fingerprints are near-duplicates.

    Links, handles, "RT", case, punctuation and spacing do not count. `None` when fewer than four words are
    left: "thank you" said by two people is not one post.

    >>> repost = "RT @desk: Harbor Bank app is DOWN again! https://t.co/x"
    >>> fingerprint(repost) == fingerprint("Harbor Bank app is down again")
    True
    >>> fingerprint("so angry")
    """
    words = _NOT_WORDS.sub(" ", _TRIMMINGS.sub(" ", text.lower())).split()
    if len(words) < 4:
        return None
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:32]
