"""What would have happened: stored minutes go through the very decisions that live ones go through, minute by minute.

Every post is taken to have come in the minute it was published in: lateness, silences and who was told are not in it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.alerting import Incident, IncidentState
from core.evidence import Posts, StoredPosts
from core.incidents import decide
from core.ports import IncidentStore
from core.rules import Rule, reach
from core.series import MEMORY, MINUTE, Bucket, State, begin
from core.watched import Series, floor, names_of

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
LOOKS_A_WINDOW: Final = 12
"""While an incident is open and nothing is posted, it is looked at so often in its own window, each minute at most."""

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a backtest found."""

    since: datetime
    until: datetime
    incidents: tuple[Incident, ...]
    """Those that people would have been told of, as they were at their end, the first to open first."""

    @property
    def weeks(self) -> float:
        return (self.until - self.since) / WEEK

    @property
    def a_week(self) -> float:
        """Incidents a week."""
        return len(self.incidents) / self.weeks if self.weeks > 0 else 0.0


def backtest(
    minutes: Mapping[Name, Sequence[Bucket]],
    since: datetime,
    until: datetime,
    posts: Callable[[datetime], Posts],
    rules: Sequence[Rule] = (),
) -> Backtest:
    """Say which incidents would have opened between two times.

    Args:
        minutes: by dimension and key, every minute that had posts, oldest first; those before `since`, as far as the
            memory reaches, say what was usual.
        posts: what may be asked of the posts as of a moment.
    """
    first = min((buckets[0].minute for buckets in minutes.values() if buckets), default=since)
    replay = _Replay(minutes, tuple(rules), max(first, floor(since - MEMORY)))
    for now, names in replay.moments(since, until):
        replay.look(names, now, posts(now))
    told_of = [one for one in replay.incidents.values() if one.state is not IncidentState.PENDING]
    return Backtest(since, until, tuple(sorted(told_of, key=lambda one: (one.opened_at, one.dimension, one.key))))


def backtest_stored(incidents: IncidentStore, since: datetime, until: datetime, rules: Sequence[Rule] = ()) -> Backtest:
    """The same for what a store holds. Raises DatabaseUnavailable."""
    minutes = incidents.minutes(floor(since - MEMORY), until)
    return backtest(minutes, since, until, lambda now: StoredPosts(incidents, now), rules)


@dataclass(slots=True)
class _Replay:
    minutes: Mapping[Name, Sequence[Bucket]]
    rules: tuple[Rule, ...]
    began: datetime
    states: dict[Name, State] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    lately: list[Incident] = field(default_factory=list)
    """Open ones, and those that ended within the last day."""

    def moments(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, Sequence[Name]]]:
        """The end of every minute with the series that got posts in it, and moments between them while something is
        open."""
        posted: dict[datetime, list[Name]] = {}
        for name, buckets in self.minutes.items():
            for bucket in _between(buckets, since, until):
                posted.setdefault(bucket.minute, []).append(name)
        last = since
        for minute in sorted(posted):
            for moment in self._meanwhile(last, minute + MINUTE):
                yield moment, ()
            last = minute + MINUTE
            yield last, posted[minute]
        for moment in self._meanwhile(last, until):
            yield moment, ()

    def _meanwhile(self, last: datetime, until: datetime) -> Iterator[datetime]:
        while windows := [one.window_min for one in self.lately if one.state is not IncidentState.RESOLVED]:
            last += max(MINUTE, MINUTE * min(windows) / LOOKS_A_WINDOW)
            if last >= until:
                return
            yield last

    def look(self, names: Sequence[Name], now: datetime, posts: Posts) -> None:
        series = [self._series(name, now) for name in sorted({*names, *names_of(self.lately)})]
        steps = decide(series, self.lately, now, posts, self.rules)
        self.states |= {(one.dimension, one.key): one.remembered.near for one in steps.states}
        self.incidents |= {one.incident_id: one for one in steps.incidents}
        changed = {one.incident_id: one for one in (*self.lately, *steps.incidents)}
        for incident_id in steps.withdrawn:
            self.incidents.pop(incident_id, None)
            changed.pop(incident_id, None)
        self.lately = [one for one in changed.values() if one.resolved_at is None or one.resolved_at >= now - DAY]

    def _series(self, name: Name, now: datetime) -> Series:
        state = self.states.get(name) or begin(self.began)
        since = min(state.folded_to, now - reach(self.rules, *name)) if self.rules else state.folded_to
        return Series(*name, state, tuple(_between(self.minutes.get(name, ()), since, now)), is_near=True)


def _between(buckets: Sequence[Bucket], since: datetime, until: datetime) -> Sequence[Bucket]:
    """Those that begin at `since` or later, and before `until`."""
    start = bisect_left(buckets, since, key=_minute)
    return buckets[start : bisect_left(buckets, until, lo=start, key=_minute)]


def _minute(bucket: Bucket) -> datetime:
    return bucket.minute
