"""When the worker closes a batch: by tokens, by posts, or by wait, whichever comes first.

A model pass costs what its tokens cost: texts are sorted by length, so that little of it is padding. Kafka records are
measured unopened, so that the event loop never decodes one; a wrong guess makes a batch smaller or larger, never wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_TOKENS: Final = 256
"""The encoder cuts a text here (all-MiniLM-L6-v2's max_seq_length), so a longer one costs no more."""

BYTES_A_TOKEN: Final = 4
"""WordPiece over English prose, about four letters a token; other scripts take more bytes and more tokens alike."""

_TEXTS = re.compile(rb'"text"\s*:\s*"((?:[^"\\]++|\\.)*+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Size:
    """What a record or a batch weighs."""

    posts: int = 0
    tokens: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.posts + other.posts, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a batch is closed; all > 0."""

    tokens: int
    posts: int
    wait_s: float


class Closed(StrEnum):
    """Why a batch takes no more."""

    TOKENS = "tokens"
    POSTS = "posts"
    WAIT = "wait"


def measure(record: bytes) -> Size:
    """Guess a record's size from its bytes; one that is not a batch of posts counts as one short post.

    >>> measure(b'{"schema":1,"posts":[{"text":"The app is down"},{"text":"ok"}]}')
    Size(posts=2, tokens=7)
    >>> measure(b"not a record")
    Size(posts=1, tokens=2)
    """
    lengths = [len(match.group(1)) for match in _TEXTS.finditer(record)] or [0]
    return Size(len(lengths), sum(min(LONGEST_TOKENS, length // BYTES_A_TOKEN + 2) for length in lengths))


def closes(batch: Size, limits: Limits, waited_s: float) -> Closed | None:
    """Why the batch is to be worked on now; `None` while it may still grow.

    Args:
        waited_s: since the batch's first record arrived.

    >>> closes(Size(posts=256, tokens=2_048), Limits(tokens=8_192, posts=256, wait_s=0.3), waited_s=0.0)
    <Closed.POSTS: 'posts'>
    """
    if batch.posts >= limits.posts:
        return Closed.POSTS
    if batch.tokens >= limits.tokens:
        return Closed.TOKENS
    if waited_s >= limits.wait_s:
        return Closed.WAIT
    return None


def takes(batch: Size, record: Size, limits: Limits) -> bool:
    """Whether an open batch takes one more record; one that it does not take begins the next batch.

    Posts may overrun by one record: with records of 100, a strict limit of 256 would make batches of 200. Tokens may
    not: they are what the pass costs, and the posts behind it wait for it. An empty batch takes any record.

    >>> limits = Limits(tokens=8_192, posts=256, wait_s=0.3)
    >>> takes(Size(200, 5_000), Size(100, 2_500), limits), takes(Size(200, 5_000), Size(20, 4_000), limits)
    (True, False)
    """
    return batch.posts == 0 or (batch + record).tokens <= limits.tokens
