"""Which incidents open, go on and end, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.alerting import Incident, IncidentState
from core.incidents import CALM, REFRESH, decide
from core.ports import Steps
from core.scoring import ScoredPost
from core.surges import Bucket, Series
from tests.builders import NOON, make_scored


def make_series(key: str = "HBNK", dimension: str = "entity", negative: int = 40, authors: int = 30) -> Series:
    """One usual negative post a minute for hours, and `negative` of them in the running minute."""
    usual = tuple(Bucket(NOON - timedelta(minutes=ago), 4, 1) for ago in range(359, 4, -1))
    return Series(dimension, key, (*usual, Bucket(NOON, negative + 2, negative)), authors)


def make_evidence(*keys: str, count: int = 40) -> list[ScoredPost]:
    """Angry posts of the running minute that name all of `keys`."""
    return [
        make_scored(f"{keys}-{n}", text=f"{' '.join(keys)} app down on payday, case {n}", entities=keys)
        for n in range(count)
    ]


def look(
    *series: Series,
    incidents: Sequence[Incident] = (),
    now: datetime = NOON,
    evidence: dict[str, list[ScoredPost]] | None = None,
) -> Steps:
    by_key = evidence if evidence is not None else {s.key: make_evidence(s.key) for s in series if s.key}
    return decide(series, incidents, now, lambda s, since: by_key.get(s.key, []))


def opened() -> Incident:
    return look(make_series()).incidents[0]


def test_a_surge_opens_one_incident() -> None:
    steps = look(make_series())

    (incident,) = steps.incidents
    assert (incident.dimension, incident.key, incident.state) == ("entity", "HBNK", IncidentState.FIRING)
    assert (incident.observed, incident.authors, incident.opened_at) == (40, 30, NOON)


def test_the_incident_names_its_cause() -> None:
    cause = opened().cause

    assert "payday" in " ".join(cause.terms)
    assert len(cause.post_ids) == len(cause.excerpts) == 3


def test_the_same_look_twice_opens_the_same_incident() -> None:
    first, second = look(make_series()), look(make_series(), now=NOON + timedelta(seconds=20))

    assert first.incidents[0].incident_id == second.incidents[0].incident_id


def test_an_incident_that_is_open_is_not_notified_again() -> None:
    steps = look(make_series(), incidents=[opened()], now=NOON + timedelta(seconds=5))

    assert steps == Steps()


def test_a_surge_that_grows_raises_the_incident_and_tells_nobody() -> None:
    steps = look(make_series(negative=300, authors=200), incidents=[opened()], now=NOON + timedelta(seconds=5))

    (grown,) = steps.incidents
    assert (grown.observed, grown.authors) == (300, 200)
    assert grown.severity > opened().severity
    assert "300 negative posts by 200 authors" in grown.summary


def test_a_surge_that_shrinks_keeps_its_peak_and_stays_fresh() -> None:
    later = NOON + REFRESH

    steps = look(make_series(negative=30), incidents=[opened()], now=later)

    (incident,) = steps.incidents
    assert (incident.observed, incident.updated_at) == (40, later)


def test_an_acknowledged_incident_stays_acknowledged_while_it_grows() -> None:
    acknowledged = replace(opened(), state=IncidentState.ACKNOWLEDGED)

    (grown,) = look(make_series(negative=300), incidents=[acknowledged]).incidents

    assert grown.state is IncidentState.ACKNOWLEDGED


def test_an_incident_ends_once_after_a_calm_stretch_and_says_so() -> None:
    calm = make_series(negative=0)
    early, late = NOON + CALM - timedelta(seconds=1), NOON + CALM

    assert look(calm, incidents=[opened()], now=early) == Steps()
    steps = look(calm, incidents=[opened()], now=late)

    (ended,) = steps.incidents
    assert (ended.state, ended.resolved_at) == (IncidentState.RESOLVED, late)
    assert "back to its usual level after 5 minutes" in ended.summary
    assert "40 negative posts" in ended.summary


def test_a_flare_within_the_calm_stretch_is_the_same_incident() -> None:
    flare = look(make_series(negative=35), incidents=[opened()], now=NOON + CALM - timedelta(seconds=1))
    again = look(make_series(negative=0), incidents=flare.incidents, now=NOON + CALM)

    assert len(flare.incidents) == 1
    assert again.incidents == ()


def test_an_incident_whose_series_is_gone_ends() -> None:
    steps = look(incidents=[opened()], now=NOON + timedelta(hours=7))

    assert steps.incidents[0].state is IncidentState.RESOLVED


def test_a_topic_or_the_total_that_surges_opens_nothing() -> None:
    others = make_series("Company | Product News", "topic"), make_series("", "total")

    assert look(*others) == Steps()
    assert [incident.key for incident in look(make_series(), *others).incidents] == ["HBNK"]


def test_two_entities_in_the_same_posts_are_one_cause() -> None:
    both = make_evidence("HBNK", "HBNP")

    steps = look(make_series("HBNK"), make_series("HBNP", negative=30), evidence={"HBNK": both, "HBNP": both})

    assert [incident.key for incident in steps.incidents] == ["HBNK"]


def test_two_entities_in_different_posts_are_two_causes() -> None:
    steps = look(make_series("HBNK"), make_series("NWTR", negative=30))

    assert [incident.key for incident in steps.incidents] == ["HBNK", "NWTR"]


def test_an_entity_that_is_named_with_an_open_incident_opens_none() -> None:
    steps = look(make_series("HBNP"), incidents=[opened()], evidence={"HBNP": make_evidence("HBNK", "HBNP")}, now=NOON)

    assert steps.incidents == ()


def test_good_news_opens_nothing() -> None:
    cheering = Series("entity", "HBNK", (Bucket(NOON, 200, 3),), 3)

    assert look(cheering) == Steps()
