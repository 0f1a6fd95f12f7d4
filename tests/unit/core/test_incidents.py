"""Which incidents open, go on and end, and what belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.alerting import Incident, IncidentState
from core.incidents import CALM, REFRESH, decide
from core.ports import Steps
from core.rollups import rollups, things_of
from core.scoring import ScoredPost, Sentiment
from core.series import Bucket, begin
from core.surges import Kind
from core.watched import WATCHED, Series, catch_up
from tests.builders import NOON, make_scored, make_scores

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BEGAN = NOON - 7 * DAY


@dataclass
class World:
    """Posts, and the series that they make; one negative post an hour about everything is usual."""

    posts: list[ScoredPost] = field(default_factory=list)
    read: set[tuple[str, str]] = field(default_factory=set)
    """About what posts were asked for."""

    def evidence(self, dimension: str, key: str, kind: Kind, since: datetime) -> Sequence[ScoredPost]:
        self.read.add((dimension, key))
        return [
            one
            for one in self.posts
            if one.post.published_at >= since
            and (kind is Kind.ATTENTION or (one.scores and one.scores.sentiment is Sentiment.NEGATIVE))
            and (dimension, key) in things_of(one)
        ]

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime) -> int:
        return len({one.post.author_key for one in self.evidence(dimension, key, kind, since)})

    def series(self, now: datetime) -> list[Series]:
        found: dict[tuple[str, str], list[Bucket]] = {}
        for cell, counts in rollups(self.posts).items():
            if cell.dimension in WATCHED and cell.minute <= now:
                bucket = Bucket(cell.minute, counts.judged, counts.negative, counts.positive)
                found.setdefault(cell[:2], []).append(bucket)
        return [Series(*name, begin(BEGAN), tuple(buckets)) for name, buckets in sorted(found.items())]

    def look(self, incidents: Sequence[Incident] = (), now: datetime = NOON) -> Steps:
        return decide(self.series(now), incidents, now, self)

    def one(self, incidents: Sequence[Incident] = (), now: datetime = NOON) -> Incident:
        (incident,) = self.look(incidents, now).incidents
        return incident


def angry(*keys: str, count: int = 40, at: datetime = NOON, said: str = "app down on payday", **more: object) -> list:
    """Angry posts of one minute, each by another author, that name all of `keys`."""
    return [
        make_scored(
            f"{keys}-{at:%H%M}-{n}",
            text=f"{' '.join(keys)} {said}, case {n}",
            entities=keys,
            published_at=at,
            author_key=f"{keys[0]}-{at:%H%M}-{n}",
            **more,
        )
        for n in range(count)
    ]


def usual(*keys: str) -> list[ScoredPost]:
    """One post an hour about each, every fourth negative, for a week."""
    feelings = [Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE, Sentiment.NEUTRAL]
    return [
        make_scored(
            f"usual-{key}-{n}", make_scores(feelings[n % 4]), text=f"{key} as ever, {n}", entities=(key,),
            published_at=NOON - timedelta(hours=n, minutes=20),
        )
        for key in keys
        for n in range(24 * 7 - 1)
    ]  # fmt: skip


def test_a_surge_opens_one_incident() -> None:
    incident = World(usual("HBNK") + angry("HBNK")).one()

    assert (incident.dimension, incident.key, incident.state) == ("entity", "HBNK", IncidentState.FIRING)
    assert (incident.observed, incident.authors, incident.opened_at) == (40, 40, NOON)
    assert "40 negative posts by 40 people in 5 minutes" in incident.summary


def test_what_surges_with_it_joins_it() -> None:
    members = World(usual("HBNK") + angry("HBNK")).one().members

    assert ("entity_topic", "HBNK/Company | Product News") in members
    assert ("topic", "Company | Product News") in members
    assert ("total", "") in members


def test_the_incident_names_its_cause() -> None:
    cause = World(usual("HBNK") + angry("HBNK")).one().cause

    assert "payday" in " ".join(cause.terms)
    assert len(cause.post_ids) == len(cause.excerpts) == 3


def test_the_same_look_twice_opens_the_same_incident() -> None:
    world = World(usual("HBNK") + angry("HBNK"))

    assert world.one().incident_id == world.one(now=NOON + 20 * SECOND).incident_id


def test_an_incident_that_is_open_is_not_told_of_again() -> None:
    world = World(usual("HBNK") + angry("HBNK"))

    assert world.look([world.one()], NOON + 5 * SECOND).incidents == ()


def test_a_surge_that_grows_raises_the_incident() -> None:
    before = World(usual("HBNK") + angry("HBNK")).one()
    world = World(usual("HBNK") + angry("HBNK", count=300))

    grown = world.one([before], NOON + 5 * SECOND)

    assert (grown.observed, grown.authors, grown.incident_id) == (300, 300, before.incident_id)
    assert grown.severity >= before.severity
    assert "300 negative posts by 300 people" in grown.summary


def test_a_surge_that_goes_on_keeps_its_peak_and_stays_fresh() -> None:
    world = World(usual("HBNK") + angry("HBNK") + angry("HBNK", count=30, at=NOON + timedelta(minutes=5)))
    later = NOON + timedelta(minutes=6)

    incident = world.one([world.one()], later)

    assert (incident.observed, incident.updated_at) == (40, later)
    assert later - NOON >= REFRESH


def test_an_acknowledged_incident_stays_acknowledged_while_it_grows() -> None:
    acknowledged = replace(World(usual("HBNK") + angry("HBNK")).one(), state=IncidentState.ACKNOWLEDGED)

    assert World(usual("HBNK") + angry("HBNK", count=300)).one([acknowledged]).state is IncidentState.ACKNOWLEDGED


def test_an_incident_ends_once_after_a_calm_stretch_and_says_so() -> None:
    world = World(usual("HBNK") + angry("HBNK"))
    opened = replace(world.one(), updated_at=NOON + timedelta(minutes=25))

    assert world.look([opened], opened.updated_at + CALM - SECOND).incidents == ()
    ended = world.one([opened], opened.updated_at + CALM)

    assert (ended.state, ended.resolved_at) == (IncidentState.RESOLVED, opened.updated_at + CALM)
    assert "back to its usual level after 30 minutes" in ended.summary
    assert "40 negative posts" in ended.summary


def test_posts_that_an_ended_incident_told_of_open_no_other() -> None:
    world = World(usual("HBNK") + angry("HBNK"))
    over = replace(world.one(), state=IncidentState.RESOLVED, resolved_at=NOON + timedelta(minutes=10))

    for minutes in (11, 30, 59, 300):
        assert world.look([over], NOON + timedelta(minutes=minutes)).incidents == ()


def test_a_second_surge_after_the_end_is_an_incident_of_its_own() -> None:
    again = NOON + timedelta(minutes=30)
    world = World(usual("HBNK") + angry("HBNK") + angry("HBNK", at=again))
    over = replace(world.one(), state=IncidentState.RESOLVED, resolved_at=NOON + timedelta(minutes=10))

    assert world.one([over], again).state is IncidentState.FIRING


def test_an_incident_whose_series_is_gone_ends() -> None:
    opened = World(usual("HBNK") + angry("HBNK")).one()

    assert World().one([opened], NOON + timedelta(hours=7)).state is IncidentState.RESOLVED


def test_two_entities_in_the_same_posts_are_one_cause() -> None:
    incident = World(usual("HBNK", "HBNP") + angry("HBNK", "HBNP")).one()

    assert (incident.key, ("entity", "HBNP") in incident.members) == ("HBNK", True)


def test_two_entities_in_different_posts_are_two_causes() -> None:
    world = World(usual("HBNK", "NWTR") + angry("HBNK") + angry("NWTR", count=30))

    assert [incident.key for incident in world.look().incidents] == ["HBNK", "NWTR"]


def test_an_entity_that_is_named_with_an_open_incident_joins_it() -> None:
    before = World(usual("HBNK") + angry("HBNK")).one()
    world = World(usual("HBNK", "HBNP") + angry("HBNK", "HBNP", count=41))

    (joined,) = world.look([before], NOON + 5 * SECOND).incidents

    assert (joined.key, joined.incident_id) == ("HBNK", before.incident_id)
    assert ("entity", "HBNP") in joined.members


def test_a_topic_that_surges_about_many_entities_is_an_incident_of_its_own() -> None:
    firms = [f"F{n:02}" for n in range(20)]
    posts = [
        one for firm in firms for one in angry(firm, count=3, said="rates shock", scores=make_scores(topic="Macro"))
    ]

    incident = World(usual(*firms) + posts).one()

    assert (incident.dimension, incident.key) == ("topic", "Macro")
    assert ("total", "") in incident.members


def test_what_several_incidents_explain_together_opens_none() -> None:
    firms = ("HBNK", "NWTR", "QLNC", "OKHL")
    world = World(usual(*firms) + [post for firm in firms for post in angry(firm, count=25)])

    incidents = world.look().incidents

    assert sorted(incident.key for incident in incidents) == sorted(firms)
    assert [("total", "") in incident.members for incident in incidents].count(True) == 1


def test_an_entity_that_outgrows_a_topic_s_incident_has_one_of_its_own() -> None:
    firms = [f"F{n:02}" for n in range(20)]
    macro = make_scores(topic="Macro")
    spread = [one for firm in firms for one in angry(firm, count=3, said="rates shock", scores=macro)]
    before = World(usual(*firms, "HBNK") + spread).one()
    later = NOON + timedelta(minutes=4)
    some, most = (angry("HBNK", count=count, at=later, said="run on", scores=macro) for count in (20, 80))

    joined = World(usual(*firms, "HBNK") + spread + some).look([before], later).incidents
    own = World(usual(*firms, "HBNK") + spread + most).look([before], later).incidents

    assert [one.key for one in joined] == ["Macro"]
    assert ("entity", "HBNK") in joined[0].members
    assert "HBNK" in [one.key for one in own]


def test_what_has_joined_an_incident_of_many_members_is_not_read_again() -> None:
    firms = [f"F{n:02}" for n in range(20)]
    macro = make_scores(topic="Macro")
    spread = [one for firm in firms for one in angry(firm, count=3, said="rates shock", scores=macro)]
    before = World(usual(*firms, "HBNK") + spread).one()
    before = replace(before, members=(*before.members, *(("entity_topic", f"F{n:02}/Macro") for n in range(20))))
    later = NOON + timedelta(minutes=4)
    world = World(usual(*firms, "HBNK") + spread + angry("HBNK", count=20, at=later, said="run on", scores=macro))
    pair = ("entity_topic", "HBNK/Macro")

    (joined,) = world.look([before], later).incidents
    read_at_first = pair in world.read
    world.read.clear()
    world.look([joined], later + 5 * SECOND)

    assert pair in joined.members
    assert read_at_first
    assert pair not in world.read


def test_however_many_entities_share_a_cause_none_has_an_incident_of_its_own() -> None:
    firms = [f"F{n:02}" for n in range(20)]
    world = World(usual(*firms) + angry(*firms, count=30))

    incident = world.one()

    assert {key for dimension, key in incident.members if dimension == "entity"} == set(firms) - {incident.key}


def test_what_an_ended_incident_told_of_is_told_of_every_series_that_its_posts_are_in() -> None:
    world = World(usual("HBNK", "HBNP") + angry("HBNK", "HBNP"))
    ended_at = NOON + timedelta(minutes=10)
    over = replace(world.one(), members=(), state=IncidentState.RESOLVED, resolved_at=ended_at)

    assert world.look([over], NOON + timedelta(minutes=11)).incidents == ()


def test_good_news_opens_nothing() -> None:
    glad = angry("HBNK", count=200, said="record quarter", scores=make_scores(Sentiment.POSITIVE))

    assert World(usual("HBNK") + glad).look().incidents == ()


def test_one_author_opens_nothing() -> None:
    bot = [replace(one, post=one.post.model_copy(update={"author_key": "bot"})) for one in angry("HBNK", count=80)]

    assert World(usual("HBNK") + bot).look().incidents == ()


def test_states_are_saved_when_they_moved() -> None:
    world = World(usual("HBNK"))

    saved = {(one.dimension, one.key): one.remembered for one in world.look().states}

    assert saved.keys() == {one.name for one in world.series(NOON)}
    (series,) = [one for one in world.series(NOON) if one.name == ("entity", "HBNK")]
    near = saved["entity", "HBNK"].near
    going_on = catch_up(replace(series, state=near, is_near=True), NOON + SECOND)
    assert going_on.to_save is None
    assert going_on.state.dump() == near.dump()
