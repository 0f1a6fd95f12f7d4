"""What stored posts say of a surge: whose posts they are, and why it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from core.alerting import Cause
from core.causes import explain
from core.ports import IncidentStore
from core.rollups import TOTAL, things_of
from core.scoring import ScoredPost
from core.surges import Kind, Verdict
from core.watched import ENTITY, PAIR, things

SHARED: Final = 0.5
"""Of the posts that a surge has beyond the usual: when so many are another thing's too, it is that thing's surge."""
EVIDENCE_POSTS: Final = 500
"""Posts read to explain one surge: enough for the words, little enough to read within a look."""
USUAL_FOR: Final = timedelta(hours=6)
"""How far before a surge the posts go that it is compared with, at least."""


class Posts(Protocol):
    """What a decision may ask of the stored posts; both count originals alone."""

    def evidence(self, dimension: str, key: str, kind: Kind, since: datetime) -> Sequence[ScoredPost]:
        """The newest posts of a kind about a thing, published at the time or later, newest first."""
        ...

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
        """How many authors they have; of posts without one, those of a news source are one's, the others one each."""
        ...


@dataclass(frozen=True, slots=True)
class StoredPosts:
    """Fills `Posts` from a store, as of one moment; what every surge is compared with is read once."""

    incidents: IncidentStore
    now: datetime
    _read: dict[tuple[str, str, Kind, datetime], Sequence[ScoredPost]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def evidence(self, dimension: str, key: str, kind: Kind, since: datetime) -> Sequence[ScoredPost]:
        asked = dimension, key, kind, since
        found = self._read.get(asked)
        if found is None:
            found = self.incidents.evidence(*asked, self.now, EVIDENCE_POSTS)
            if dimension not in (ENTITY, PAIR):  # a firm's are asked for once or twice, and there may be many firms
                self._read[asked] = found
        return found

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
        return self.incidents.voices(dimension, key, kind, since, self.now)


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
