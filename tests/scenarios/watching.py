"""Shows a scenario's posts to the online detector, look by look, as the store does, and writes down what it says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.incidents import CALM
from core.surges import LATENESS, Bucket, Firing, Kind, State, Verdict, begin, fold_all, judge
from tests.scenarios.said import DAY_MIN, MONDAY, NEGATIVE, POSITIVE, Said, moment
from tests.scenarios.scenario import Alert, Scenario

LOOK: Final = 0.99
"""A look a minute, at its end. The service looks every few seconds; what it may see earlier, it sees here as well."""
CALM_MIN: Final = CALM.total_seconds() / 60
LATENESS_MIN: Final = LATENESS.total_seconds() / 60


class Counted:
    """What has come so far, by minute; what is folded into the state already is counted no more."""

    def __init__(self) -> None:
        self.recent: dict[int, list[Said]] = {}
        self._voices: dict[Kind, list[tuple[float, int]]] = {kind: [] for kind in Kind}

    def take(self, said: Said) -> None:
        """A post that comes; repeats count for nothing, as in the rollups."""
        if not said.original:
            return
        self.recent.setdefault(math.floor(said.at), []).append(said)
        self._voices[Kind.ATTENTION].append((said.at, said.author))
        if said.feeling == NEGATIVE:
            self._voices[Kind.NEGATIVE].append((said.at, said.author))

    def buckets(self, now: float) -> list[Bucket]:
        """Those not folded yet, oldest first."""
        kept = ((minute, [s for s in posts if s.gone > now]) for minute, posts in sorted(self.recent.items()))
        return [bucket_of(minute, posts) for minute, posts in kept if posts]

    def pop(self, before: float, now: float) -> list[Bucket]:
        """Those that begin before a minute, late ones among them; they are folded now."""
        done = Counted()
        done.recent = {minute: self.recent.pop(minute) for minute in sorted(self.recent) if minute < before}
        return done.buckets(now)

    def voices(self, kind: Kind, since: datetime) -> int:
        """`core.surges.Voices`, of what has come until now."""
        start = (since - MONDAY).total_seconds() / 60
        newest = self._voices[kind][-20_000:]
        return len({author for at, author in newest if at >= start})


def bucket_of(minute: int, posts: Sequence[Said]) -> Bucket:
    feelings = Counter(said.feeling for said in posts)
    authors = {said.author for said in posts if said.feeling == NEGATIVE}
    return Bucket(moment(minute), len(posts), feelings[NEGATIVE], feelings[POSITIVE], len(authors))


class Alarms:
    """Alerts of one kind: open while the detector says so, over after a calm stretch."""

    def __init__(self) -> None:
        self.found: list[Alert] = []
        self.firing: Firing | None = None
        """What an incident that is open remembers of the verdict that opened it."""
        self._last_high = -math.inf

    def hear(self, verdict: Verdict, now: float) -> None:
        if verdict.firing:
            self._last_high = now
            if self.firing is None:
                self.firing = Firing(verdict.kind, verdict.horizon)
                self.found.append(Alert(now))
        elif self.firing is not None and now - self._last_high >= CALM_MIN:
            self.firing = None
            self.found[-1] = Alert(self.found[-1].opened, now)

    def told(self, now: float) -> datetime | None:
        """When the last one was over, if that was within a day."""
        over = self.found[-1].over if self.found else None
        return moment(over) if over is not None and now - over < DAY_MIN else None


def watch(scenario: Scenario, verdicts: list[tuple[float, Verdict]] | None = None) -> dict[Kind, list[Alert]]:
    """Every alert from the scenario's beginning on, by kind.

    Args:
        verdicts: takes down every look, for whoever wonders why.
    """
    said = scenario.said()
    known_from = math.floor(scenario.begins - scenario.days_before * DAY_MIN)
    state, counted, came = begin(moment(known_from)), Counted(), 0
    alarms = {kind: Alarms() for kind in Kind}
    kinds = tuple(Kind) if scenario.attention is not None else (Kind.NEGATIVE,)
    for minute in range(math.floor(scenario.begins), math.ceil(scenario.ends)):
        now = minute + LOOK
        while came < len(said) and said[came].seen <= now:
            counted.take(said[came])
            came += 1
        edge = math.floor(now - LATENESS_MIN)
        state = _stored(state, scenario, minute)
        if edge > known_from:
            state = fold_all(state, counted.pop(edge, now), moment(edge))
        recent = counted.buckets(now)
        for kind in kinds:
            alarm = alarms[kind]
            verdict = judge(
                state,
                recent,
                moment(now),
                firing=alarm.firing,
                told=alarm.told(now),
                voices=counted.voices,
                kinds=(kind,),
            )
            alarm.hear(verdict, now)
            if verdicts is not None:
                verdicts.append((now, verdict))
    return {kind: alarms[kind].found for kind in Kind}


def _stored(state: State, scenario: Scenario, minute: int) -> State:
    """As another worker finds it, where one takes over."""
    takes_over = scenario.workers > 1 and minute % scenario.workers == 0
    return State.load(state.dump()) if takes_over or minute in scenario.restarts else state
