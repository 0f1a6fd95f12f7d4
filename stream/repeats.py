"""Which posts of a batch repeat another's words, among those that no database knows yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core import near
from core.posts import Post, fingerprint

REPEATS_FOR = timedelta(hours=48)
"""Within this span the same words are one story going round; after it, they are news again."""


@dataclass(slots=True)
class Said:
    """What some posts said first."""

    _exactly: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _originals: dict[str, Post] = field(default_factory=dict)
    _index: near.Index = field(default_factory=near.Index)

    def first(self, post: Post) -> str | None:
        """The `post_id` of the original with a post's words, or nearly them, within 48 h of it."""
        mark = fingerprint(post.text)
        if mark is None:
            return None
        first_id, at = self._exactly.get(mark, ("", post.published_at))
        if first_id and abs(post.published_at - at) <= REPEATS_FOR:
            return first_id
        return nearest(post, self._index, self._originals)

    def add(self, post: Post, first_id: str | None = None) -> None:
        """A post that repeats another, or else is an original."""
        if (mark := fingerprint(post.text)) is None:
            return
        self._exactly.setdefault(mark, (first_id or post.post_id, post.published_at))
        if first_id is None and (one := near.mark(post.text)) is not None:
            self._originals[post.post_id] = post
            self._index.add(post.post_id, one)


def repeats_among(posts: Iterable[Post], ahead: Iterable[Said] = ()) -> tuple[dict[str, str], Said]:
    """By `post_id` of each repeat, the `post_id` of its original, which is in a batch ahead or earlier in this one; and
    what this one says first.

    Args:
        posts: each `post_id` once, in their order.
        ahead: of the batches before.
    """
    said, before = Said(), tuple(ahead)
    repeats: dict[str, str] = {}
    for post in posts:
        elsewhere = next((first_id for one in before if (first_id := one.first(post)) is not None), None)
        first_id = elsewhere or said.first(post)
        if first_id is not None:
            repeats[post.post_id] = first_id
        if elsewhere is None:
            said.add(post, first_id)
    return repeats, said


def nearest(post: Post, index: near.Index, originals: Mapping[str, Post]) -> str | None:
    """The first original that says the same of the same firms in nearly the same words, within 48 h of it."""
    one = near.mark(post.text)
    named = set(post.entities)
    for name in index.same(one) if one is not None else ():
        original = originals[name]
        if set(original.entities) == named and abs(post.published_at - original.published_at) <= REPEATS_FOR:
            return name
    return None
