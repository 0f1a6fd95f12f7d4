"""What stored posts say of a surge: whose posts they are, and why it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

from core.alerting import Cause
from core.causes import explain
from core.ports import IncidentStore
from core.posts import Channel, Post
from core.rollups import TOTAL, things_of
from core.scoring import ScoredPost
from core.surges import Kind, Verdict
from core.watched import ENTITY, things

SHARED: Final = 0.5
"""Of the posts that a surge has beyond the usual: when so many are another thing's too, it is that thing's surge."""
EVIDENCE_POSTS: Final = 500
"""Posts read to explain one surge: enough for the words, little enough to read within a look."""
USUAL_FOR: Final = timedelta(hours=6)
"""How far before a surge the posts go that it is compared with, at least."""
KEPT: Final = 40
"""Things whose posts a look keeps: of one firm they are asked for several times in a row, those of topics, feelings and
channels, some thirty, again and again; firms may be many."""


class Posts(Protocol):
    """What a decision may ask of the stored posts; both count originals alone."""

    def evidence(self, dimension: str, key: str, kind: Kind, since: datetime) -> Sequence[ScoredPost]:
        """The newest posts of a kind about a thing, published at the time or later, newest first."""
        ...

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
        """How many voices they have, as `voice_of` tells them apart."""
        ...


class StoredPosts:
    """Fills `Posts` from a store, as of one moment; what several surges are compared with is read once."""

    def __init__(self, incidents: IncidentStore, now: datetime) -> None:
        self._incidents = incidents
        self._now = now
        # of the store's method and not of one of ours: a look must be gone, with all it read, as soon as it is over
        self._newest = lru_cache(KEPT)(incidents.evidence)

    def evidence(self, dimension: str, key: str, kind: Kind, since: datetime) -> Sequence[ScoredPost]:
        # a cause asks for as much right after, and the newest of a longer time are the newest of a shorter one too
        longest = min(since, self._now - USUAL_FOR)
        found = self._newest(dimension, key, kind, longest, self._now, EVIDENCE_POSTS)
        return [scored for scored in found if scored.post.published_at >= since]

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
        found = self.evidence(dimension, key, kind, since)
        if len(found) < EVIDENCE_POSTS:
            return len({voice_of(scored.post) for scored in found})
        return self._incidents.voices(dimension, key, kind, since, self._now)


def voice_of(post: Post) -> tuple[str, str]:
    """Who speaks, as far as it is known: of posts without an author, a newspaper's are one voice, and other people's
    one each."""
    if post.author_key is not None:
        return "author", post.author_key
    return ("source", post.source) if post.channel is Channel.NEWS else ("post", post.post_id)


def is_shared(
    verdict: Verdict, evidence: Sequence[ScoredPost], names: Set[tuple[str, str]], until: datetime | None = None
) -> bool:
    """Whether a surge is the same posts as those about some things (until a time), as far as it is beyond the usual."""
    explaining = {name for name in names if name != TOTAL}  # everything is in the total, which explains nothing
    share = share_of(evidence, explaining, until)
    return bool(evidence) and share * verdict.observed >= SHARED * (verdict.observed - verdict.expected)


def share_of(evidence: Sequence[ScoredPost], names: Set[tuple[str, str]], until: datetime | None = None) -> float:
    """The part of the posts that is about any of these things, and was published until a time."""
    about = [one for one in evidence if not names.isdisjoint(things_of(one))]
    return sum(until is None or one.post.published_at <= until for one in about) / max(1, len(evidence))


def is_one_entity(verdict: Verdict, evidence: Sequence[ScoredPost]) -> bool:
    """Whether one entity's posts make the surge: then it is that entity's series that decides."""
    named_in = Counter(entity for scored in evidence for entity in set(scored.post.entities))
    return any(is_shared(verdict, evidence, {(ENTITY, entity)}) for entity, _count in named_in.most_common(1))


def cause_of(series: tuple[str, str], kind: Kind, horizon: timedelta, now: datetime, posts: Posts) -> Cause:
    """Why, from the posts of the surge, beside those before it and those about other things."""
    start, usual_from = now - horizon, now - max(2 * horizon, USUAL_FOR)
    known = posts.evidence(*series, kind, usual_from)
    surge = [scored for scored in known if scored.post.published_at >= start]
    names = {scored.post.post_id for scored in surge}
    others = posts.evidence("total", "", kind, usual_from)
    usual = [scored for scored in known if scored.post.published_at < start]
    usual += [s for s in others if s.post.post_id not in names and series not in things_of(s)]
    about = things(*series)
    return explain(surge, usual, about=about[0][1] if about else "")
