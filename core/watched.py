"""What is watched: series of posts by thing, and what is remembered of each from one look to the next.

What is remembered is a short form of the stored rollups, and nothing besides: whoever loses it, or gets posts for a
minute that was remembered already, makes it anew from the rollups. Two states make that cheap: `near` reaches to a few
minutes ago, `base` to a day ago, and posts that come late by up to a day are counted by going on from `base`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.alerting import Incident, IncidentState
from core.series import MEMORY, Bucket, State, fold_all
from core.surges import LATENESS

ENTITY: Final = "entity"
PAIR: Final = "entity_topic"
"""An entity under one topic; its key is made by `pair_key`."""
TOPIC: Final = "topic"
WATCHED: Final = (ENTITY, PAIR, TOPIC, "family", "channel", "total")
"""From what says most about a cause to what says least."""

ALLOWED_LATENESS: Final = timedelta(hours=24)
"""Posts that are published this long before they come are still counted where they belong."""
BASE_EVERY: Final = timedelta(hours=1)
"""`base` is moved this rarely: until then a late post makes a look read so much more."""
TRUSTED_BACKLOG: Final = timedelta(hours=12)
"""What sources still had from before the first look says what is usual for so long, and no longer: of older posts a
feed keeps a few, and their thinness is no silence."""
SAVE_EVERY: Final = timedelta(minutes=10)
"""`near` is stored this rarely: rows of a busy series would else be written again every minute."""


def pair_key(entity: str, topic: str) -> str:
    """The key of an entity under a topic.

    >>> pair_key("HBNK", "Company | Product News")
    'HBNK/Company | Product News'
    """
    return f"{entity}/{topic}"


def things(dimension: str, key: str) -> tuple[tuple[str, str], ...]:
    """What a series is about, in dimensions that a post has; nothing for the total.

    >>> things("entity_topic", "HBNK/Earnings"), things("entity", "HBNK"), things("total", "")
    ((('entity', 'HBNK'), ('topic', 'Earnings')), (('entity', 'HBNK'),), ())
    """
    if dimension == PAIR:
        entity, _, topic = key.partition("/")
        return ((ENTITY, entity), (TOPIC, topic))
    return ((dimension, key),) if key else ()


def named(dimension: str, key: str) -> str:
    """What a person calls it.

    >>> named("entity", "HBNK"), named("entity_topic", "HBNK/Earnings"), named("channel", "social"), named("total", "")
    ('HBNK', 'HBNK (Earnings)', 'channel social', 'All posts')
    """
    if dimension == PAIR:
        entity, _, topic = key.partition("/")
        return f"{entity} ({topic})"
    if dimension == ENTITY:
        return key
    return f"{dimension} {key}" if key else "All posts"


def names_of(incidents: Sequence[Incident]) -> set[tuple[str, str]]:
    """The series that a look reads whether they got posts or not: of what is open, and of its members."""
    still_open = [one for one in incidents if one.state is not IncidentState.RESOLVED and one.dimension in WATCHED]
    return {name for one in still_open for name in ((one.dimension, one.key), *one.members)}


@dataclass(frozen=True, slots=True)
class Remembered:
    """The states of one series that are stored."""

    near: State
    base: State | None
    """`None`: the one that is stored stays."""


@dataclass(frozen=True, slots=True)
class Series:
    """One thing at one look: the state to go on from, and every minute since that had posts."""

    dimension: str
    key: str
    state: State
    buckets: tuple[Bucket, ...] = ()
    """Oldest first. Those before `state.folded_to` are in the state already, and are here for rules alone."""
    is_near: bool = False
    """`state` is the stored `near`; else both states are made anew from it."""

    @property
    def name(self) -> tuple[str, str]:
        return self.dimension, self.key


@dataclass(frozen=True, slots=True)
class Caught:
    """A series whose state reaches the present."""

    state: State
    recent: tuple[Bucket, ...]
    """What is not in the state."""
    to_save: Remembered | None = None


def known_from(first: datetime | None, first_look: datetime, now: datetime) -> datetime:
    """The first minute of which a series that nothing is remembered of knows something: silence before it is ignorance.

    Args:
        first: the first minute in which anything was ever published.
        first_look: when the series were looked at for the first time.

    >>> noon = datetime(2026, 1, 31, 12, 0)
    >>> day = timedelta(days=1)
    >>> [known_from(noon - ago * day, noon - 60 * day, noon).isoformat()[:10] for ago in (1, 58)]
    ['2026-01-30', '2025-12-06']
    >>> known_from(noon - 5 * day, noon, noon).isoformat(), known_from(None, noon, noon).isoformat()
    ('2026-01-31T00:00:00', '2026-01-31T12:00:00')
    """
    if first is None or first > now:
        return floor(now)
    return floor(max(now - MEMORY, first_look - TRUSTED_BACKLOG, first))


class From(StrEnum):
    """Where a look goes on."""

    NEAR = "near"
    BASE = "base"
    NOTHING = "nothing"


def go_on(near_to: datetime | None, base_to: datetime | None, earliest: datetime | None, now: datetime) -> From:
    """From where a look at one series goes on.

    Args:
        near_to, base_to: how far the stored states reach; `None` where there are none.
        earliest: the first minute that got posts since the last look; `None` when none did.

    >>> noon = datetime(2026, 1, 31, 12, 0)
    >>> ago = [noon - timedelta(minutes=minutes) for minutes in range(10_000)]
    >>> go_on(ago[11], ago[1445], ago[3], noon).value, go_on(ago[11], ago[1445], ago[300], noon).value
    ('near', 'base')
    >>> go_on(None, None, ago[3], noon).value, go_on(ago[11], ago[60], ago[300], noon).value
    ('nothing', 'nothing')
    """
    if near_to is None or base_to is None:
        return From.NOTHING
    if earliest is not None and earliest < base_to and base_to > now - ALLOWED_LATENESS:
        return From.NOTHING  # the base is young: what is known begins earlier than it was thought to
    is_late = earliest is not None and earliest < near_to
    return From.BASE if is_late or now - base_to > ALLOWED_LATENESS + BASE_EVERY else From.NEAR


def may_begin(series: Series) -> bool:
    """Whether a surge of negative feeling may begin: only where something negative was posted lately."""
    return not series.is_near or any(bucket.negative for bucket in series.buckets)


def is_idle(series: Series, now: datetime) -> bool:
    """Whether a look may pass by: no surge may begin, and nothing is to be saved."""
    return not may_begin(series) and floor(now - LATENESS) - series.state.folded_to < SAVE_EVERY


def catch_up(series: Series, now: datetime) -> Caught:
    """Fold what is old enough, and keep the rest apart; pure in what is given."""
    state, base, to = series.state, None, floor(now - LATENESS)
    unfolded = tuple(bucket for bucket in series.buckets if bucket.minute >= state.folded_to)
    is_due = not series.is_near or to - state.folded_to >= SAVE_EVERY
    if not series.is_near:
        state, unfolded = _fold(state, unfolded, floor(now - ALLOWED_LATENESS))
        base = state
    state, unfolded = _fold(state, unfolded, to)
    return Caught(state, unfolded, Remembered(state, base) if is_due else None)


def _fold(state: State, buckets: tuple[Bucket, ...], to: datetime) -> tuple[State, tuple[Bucket, ...]]:
    cut = bisect_left(buckets, to, key=lambda bucket: bucket.minute)
    if cut == 0 and to <= state.folded_to:
        return state, buckets
    return fold_all(state, buckets[:cut], to), buckets[cut:]


def floor(moment: datetime) -> datetime:
    """The minute a moment is in."""
    return moment.replace(second=0, microsecond=0)
