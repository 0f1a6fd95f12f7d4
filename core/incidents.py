"""What one look at the series changes: which incidents open, go on and end. Who is told of it: `core.routing`.

One cause is one incident while it lasts. An entity's surge opens one, and so does a surge of one of its topics, as the
entity's; what surges in the same posts (another entity, a topic, a feeling, a channel, the total) joins it. What is not
an entity opens an incident of its own only where no entity's posts explain it. Good news opens none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core import breaches
from core.alerting import NEGATIVE, Incident, IncidentState
from core.evidence import SHARED, Posts, cause_of, is_one_entity, is_shared, share_of
from core.ports import SeriesState, Steps
from core.rules import Rule
from core.scoring import EmotionFamily, ScoredPost
from core.series import MINUTE
from core.surges import FIRE_P, Firing, Kind, Verdict, judge
from core.watched import ENTITY, PAIR, WATCHED, Caught, Series, catch_up, is_idle, may_begin, names_of, things
from core.wording import ended, incident_id, summary

CALM: Final = timedelta(minutes=5)
"""An incident ends after so long at the usual level: a flare within it is the same cause going on."""
REFRESH: Final = timedelta(minutes=1)
"""A surge that goes on without growing by much is written at most this often: a row a look would be 12 a minute."""
GROWTH: Final = 2.0
"""A surge that has doubled since its cause was last read is read again at once: seven times from eight posts to a
thousand. On a day when everything surges, reading causes is most of what a look costs."""
MOST_MEMBERS: Final = 100
"""Of things that are no entities. What finds no room is judged by its posts again at every look, which on a day when
everything surges was half of what a look cost with room for twelve."""
ILL_FEELINGS: Final = (EmotionFamily.ANGER, EmotionFamily.FEAR, EmotionFamily.SADNESS)
"""Negative posts without a feeling, or with another one, are told of by what they are about."""
PAIR_P: Final = FIRE_P / 20
"""An entity has about twenty topics (the model knows so many), and each could surge by chance: Bonferroni's share."""


@dataclass(slots=True)
class _Look:
    """One look, and what it has found so far."""

    now: datetime
    posts: Posts
    caught: Mapping[tuple[str, str], Caught]
    open: dict[tuple[str, str], Incident]
    """The detector's own, by what they are about, with what this look changes of them."""
    ended: Sequence[Incident]
    changed: set[tuple[str, str]] = field(default_factory=set)

    def change(self, incident: Incident) -> None:
        name = incident.dimension, incident.key
        self.open[name] = incident
        self.changed.add(name)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A series that surges."""

    series: tuple[str, str]
    verdict: Verdict
    since: datetime
    """Its posts are those published from here on."""

    @property
    def about(self) -> tuple[str, str]:
        """What its incident would be about: of an entity's topic, the entity."""
        return things(*self.series)[0] if self.series[0] == PAIR else self.series


def decide(
    series: Sequence[Series], incidents: Sequence[Incident], now: datetime, posts: Posts, rules: Sequence[Rule] = ()
) -> Steps:
    """Judge every series and say what changes.

    Args:
        series: those that got posts since the last look, and those of open incidents and their members; an open
            incident whose series is missing is taken to be quiet.
        incidents: those not resolved, at most one of a kind and thing, and those resolved within the last day.
    """
    followed = names_of(incidents)
    caught = {one.name: catch_up(one, now) for one in series if rules or one.name in followed or not is_idle(one, now)}
    may_surge = {one.name for one in series if one.name in followed or may_begin(one)}
    mine = [incident for incident in incidents if incident.kind == NEGATIVE]
    look = _Look(
        now, posts, {name: one for name, one in caught.items() if name in may_surge},
        open={(i.dimension, i.key): i for i in mine if i.state is not IncidentState.RESOLVED},
        ended=[i for i in mine if i.state is IncidentState.RESOLVED],
    )  # fmt: skip
    was_open = dict(look.open)
    candidates = _judge(look)
    for name, incident in was_open.items():
        _follow(incident, _strongest(name, incident, candidates), look)
    joined = {member for incident in was_open.values() for member in incident.members}
    fresh = [
        one
        for one in candidates.values()
        if one.verdict.firing and one.series not in was_open and one.series not in joined
    ]
    for one in sorted(fresh, key=_most_telling):
        _open_or_join(one, look)
    breached, withdrawn = breaches.follow(series, caught, incidents, now, posts, rules)
    return Steps(
        incidents=(*(look.open[name] for name in sorted(look.changed)), *breached),
        states=tuple(SeriesState(*name, one.to_save) for name, one in caught.items() if one.to_save is not None),
        withdrawn=withdrawn,
    )


def _judge(look: _Look) -> dict[tuple[str, str], _Candidate]:
    """What every series says: those of open incidents and of their members, whether it holds; the others, whether it
    surges anew, without what an incident has told of."""
    held = {
        name: Firing(Kind.NEGATIVE, timedelta(minutes=incident.window_min))
        for incident in look.open.values()
        for name in ((incident.dimension, incident.key), *(m for m in incident.members if m[0] == PAIR))
    }
    told = _told(look.ended)
    judged = {}
    for name, caught in sorted(look.caught.items()):
        if name[0] not in WATCHED:
            continue
        before = max((told[one] for one in (name, *things(*name)[:1]) if one in told), default=None)
        verdict = judge(
            caught.state, caught.recent, look.now, firing=held.get(name), told=before,
            voices=partial(look.posts.voices, *name),
            kinds=(Kind.NEGATIVE,),
        )  # fmt: skip
        start = look.now - verdict.horizon
        judged[name] = _Candidate(name, verdict, max(start, before) if before is not None else start)
    return judged


def _told(over: Sequence[Incident]) -> dict[tuple[str, str], datetime]:
    """By series, when the last incident ended that it had a part in."""
    told: dict[tuple[str, str], datetime] = {}
    for incident in over:
        for name in ((incident.dimension, incident.key), *incident.members):
            at = incident.resolved_at or incident.updated_at
            told[name] = max(at, told.get(name, at))
    return told


def _most_telling(one: _Candidate) -> tuple[int, int, tuple[str, str]]:
    """What says most about a cause first, and of two entities in the same posts the one with more of them."""
    return WATCHED.index(one.series[0]), -one.verdict.observed, one.series


def _strongest(
    name: tuple[str, str], incident: Incident, candidates: Mapping[tuple[str, str], _Candidate]
) -> _Candidate | None:
    """What keeps an incident up: its own series, or else one of its topics that surges still."""
    own = candidates.get(name)
    if own is not None and own.verdict.firing:
        return own
    pairs = [candidates[member] for member in incident.members if member[0] == PAIR and member in candidates]
    firing = [one for one in pairs if one.verdict.firing and one.about == name]
    return max(firing, key=lambda one: one.verdict.observed, default=None)


def _follow(incident: Incident, one: _Candidate | None, look: _Look) -> None:
    """An open incident goes on, grows, or ends."""
    if one is None:
        if look.now - incident.updated_at >= CALM:
            look.change(ended(incident, look.now, "is back to its usual level"))
        return
    verdict = one.verdict
    window_min = round(verdict.horizon / MINUTE)
    is_due = look.now - incident.updated_at >= REFRESH
    least = incident.observed * (1 if is_due else GROWTH)
    grew = window_min == incident.window_min and incident.observed < verdict.observed >= least
    if grew or verdict.severity > incident.severity:
        peak = replace(
            incident, updated_at=look.now, observed=verdict.observed, expected=verdict.expected,
            p_value=verdict.p_value, severity=max(verdict.severity, incident.severity), window_min=window_min,
            authors=max(
                look.posts.voices(*one.series, Kind.NEGATIVE, look.now - verdict.horizon),
                incident.authors if window_min == incident.window_min else 0,
            ),
            cause=cause_of(one.series, Kind.NEGATIVE, verdict.horizon, look.now, look.posts),
        )  # fmt: skip
        look.change(replace(peak, summary=summary(peak)))
    elif is_due:
        look.change(replace(incident, updated_at=look.now))


def _open_or_join(one: _Candidate, look: _Look) -> None:
    verdict = one.verdict
    evidence = look.posts.evidence(*one.series, Kind.NEGATIVE, one.since)
    incident = _cause_already_open(one, evidence, look)
    if incident is not None:
        _join(one, incident, look)
        return
    if any(is_shared(verdict, evidence, {(over.dimension, over.key)}, over.resolved_at) for over in look.ended):
        return  # its posts were told of
    if one.series[0] == PAIR and verdict.p_value > PAIR_P:
        return
    if one.series[0] == "family" and one.series[1] not in ILL_FEELINGS:
        return
    if one.series[0] not in (ENTITY, PAIR) and is_one_entity(verdict, evidence):
        return  # that entity's own series decides
    if one.about in look.open:
        return  # it ended in this look
    dimension, key = one.about
    incident = Incident(
        incident_id=incident_id(NEGATIVE, dimension, key, look.now), dimension=dimension, key=key,
        state=IncidentState.FIRING, opened_at=look.now, updated_at=look.now, severity=verdict.severity,
        observed=verdict.observed, expected=verdict.expected, p_value=verdict.p_value, authors=verdict.authors,
        summary="", cause=cause_of(one.series, Kind.NEGATIVE, verdict.horizon, look.now, look.posts),
        members=(one.series,) if one.series != one.about else (), window_min=round(verdict.horizon / MINUTE),
    )  # fmt: skip
    look.change(replace(incident, summary=summary(incident)))


def _cause_already_open(one: _Candidate, evidence: Sequence[ScoredPost], look: _Look) -> Incident | None:
    """The open incident whose posts these are. What is no entity may be several incidents' posts together; an entity
    that makes half of a broader incident's posts has outgrown it."""
    going_on = [i for i in look.open.values() if i.state is not IncidentState.RESOLVED]
    going_on.sort(key=lambda incident: (incident.opened_at, incident.dimension, incident.key))
    for incident in going_on:
        name = incident.dimension, incident.key
        if one.about == name or (is_shared(one.verdict, evidence, {name}) and not _outgrows(one, name, look)):
            return incident
    entities = [incident for incident in going_on if incident.dimension == ENTITY]
    if one.about[0] != ENTITY and is_shared(one.verdict, evidence, {(i.dimension, i.key) for i in entities}):
        return entities[0]
    return None


def _outgrows(one: _Candidate, broader: tuple[str, str], look: _Look) -> bool:
    if one.about[0] != ENTITY or broader[0] == ENTITY:
        return False
    return share_of(look.posts.evidence(*broader, Kind.NEGATIVE, one.since), {one.about}) >= SHARED


def _join(one: _Candidate, incident: Incident, look: _Look) -> None:
    if one.series == (incident.dimension, incident.key) or one.series in incident.members:
        return
    if one.series[0] == ENTITY or len(incident.members) < MOST_MEMBERS:
        look.change(replace(incident, members=(*incident.members, one.series)))
