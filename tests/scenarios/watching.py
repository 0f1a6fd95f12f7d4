"""Shows a scenario's posts to the online detector, look by look, as the store does, and writes down what it says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.incidents import CALM
from core.surges import LATENESS, Bucket, Kind, State, Verdict, advance, begin, fold, judge
from tests.scenarios.said import MONDAY, NEGATIVE, POSITIVE, Said, moment
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
        self._last_high = -math.inf

    @property
    def is_open(self) -> bool:
        return bool(self.found) and self.found[-1].over is None

    def hear(self, fires: bool, now: float) -> None:
        if fires:
            self._last_high = now
            if not self.is_open:
                self.found.append(Alert(now))
        elif self.is_open and now - self._last_high >= CALM_MIN:
            self.found[-1] = Alert(self.found[-1].opened, now)


def watch(scenario: Scenario, verdicts: list[tuple[float, Verdict]] | None = None) -> dict[Kind, list[Alert]]:
    """Every alert from the scenario's beginning on, by kind.

    Args:
        verdicts: takes down every look, for whoever wonders why.
    """
    said = scenario.said()
    known_from = math.floor(scenario.begins - scenario.days_before * 1_440)
    states = [begin(moment(known_from))]
    counted, came = Counted(), 0
    alarms = {kind: Alarms() for kind in Kind}
    for minute in range(known_from, math.ceil(scenario.ends)):
        now = minute + LOOK
        while came < len(said) and said[came].seen <= now:
            counted.take(said[came])
            came += 1
        edge = math.floor(now - LATENESS_MIN)
        state = _stored(states[-1], scenario, minute)
        for bucket in counted.pop(edge, now):
            state = fold(state, bucket)
        state = advance(state, moment(edge)) if edge > known_from else state
        states[-1] = state
        if minute < scenario.begins:
            continue
        verdict = judge(state, counted.buckets(now), moment(now), firing=_open(alarms, scenario), voices=counted.voices)
        if verdicts is not None:
            verdicts.append((now, verdict))
        for kind in Kind:
            alarms[kind].hear(verdict.firing and verdict.kind is kind, now)
    return {kind: alarms[kind].found for kind in Kind}


def _stored(state: State, scenario: Scenario, minute: int) -> State:
    """As another worker finds it, where one takes over."""
    takes_over = scenario.workers > 1 and minute % scenario.workers == 0
    return State.load(state.dump()) if takes_over or minute in scenario.restarts else state


def _open(alarms: dict[Kind, Alarms], scenario: Scenario) -> Kind | None:
    """What is open; where nobody asks for attention, only negative feeling ever is, as in the service."""
    if alarms[Kind.NEGATIVE].is_open:
        return Kind.NEGATIVE
    return Kind.ATTENTION if scenario.attention is not None and alarms[Kind.ATTENTION].is_open else None
