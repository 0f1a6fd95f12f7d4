"""Who is told of an incident, when, and together with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.alerting import Incident, IncidentState, Notification
from core.matching import Matcher
from core.routing import Audience, Inhibition, Route, Routed, Routing, Standing, route
from core.silences import Silence
from tests.builders import NOON

MINUTE = timedelta(minutes=1)


def make_incident(key: str = "HBNK", severity: int = 5) -> Incident:
    return Incident(
        incident_id=key.lower(), dimension="entity", key=key, state=IncidentState.FIRING, opened_at=NOON,
        updated_at=NOON, severity=severity, observed=40, expected=2.0, p_value=1e-12, authors=30, summary=f"{key}: 40",
    )  # fmt: skip


def over(incident: Incident) -> Incident:
    return replace(incident, state=IncidentState.RESOLVED, resolved_at=NOON + MINUTE)


def after(before: Standing, routed: Routed, incidents: Sequence[Incident]) -> Standing:
    groups = {group.group_id: group for group in (*before.groups, *routed.groups)}
    kept = tuple(group for name, group in groups.items() if name not in routed.gone)
    return replace(before, groups=kept, incidents=tuple(incidents))


def looks(routing: Routing, *moments: tuple[datetime, Sequence[Incident]]) -> list[tuple[Notification, ...]]:
    """The messages of one look after another."""
    standing, said = Standing(), []
    for now, incidents in moments:
        routed = route(routing, replace(standing, incidents=tuple(incidents)), now)
        standing = after(standing, routed, incidents)
        said.append(routed.notifications)
    return said


def test_without_configuration_each_incident_is_told_at_once_once_and_when_it_is_over() -> None:
    one = make_incident()
    said = looks(Routing(), (NOON, [one]), (NOON + MINUTE, [one]), (NOON + 2 * MINUTE, [over(one)]))

    assert [[message.event for message in messages] for messages in said] == [["firing"], [], ["resolved"]]
    assert len({message.notification_id for messages in said for message in messages}) == 2


def test_a_group_waits_and_then_speaks_of_all_of_its_incidents() -> None:
    routing = Routing(Route(group_by=("dimension",), group_wait=MINUTE))
    one, other = make_incident("HBNK"), make_incident("NWTR")
    said = looks(routing, (NOON, [one]), (NOON + MINUTE / 2, [one, other]), (NOON + MINUTE, [one, other]))

    assert [len(messages) for messages in said] == [0, 0, 1]
    assert said[2][0].incident_ids == ("hbnk", "nwtr")


def test_the_deepest_route_that_fits_gets_it() -> None:
    urgent = Route("pager", (Matcher("severity", "=", "critical"),))
    routing = Routing(Route(routes=(urgent,)), {"groundswell": Audience(), "pager": Audience()})

    ((mild,),) = looks(routing, (NOON, [make_incident(severity=5)]))
    ((grave,),) = looks(routing, (NOON, [make_incident(severity=9)]))
    assert (mild.receiver, grave.receiver) == ("groundswell", "pager")


def test_a_reminder_comes_after_the_repeat_interval_unless_somebody_acknowledged() -> None:
    routing = Routing(Route(repeat_interval=60 * MINUTE))
    one = make_incident()
    taken = replace(one, state=IncidentState.ACKNOWLEDGED)

    reminded = looks(routing, (NOON, [one]), (NOON + 59 * MINUTE, [one]), (NOON + 60 * MINUTE, [one]))
    left_alone = looks(routing, (NOON, [one]), (NOON + 60 * MINUTE, [taken]))
    assert [len(messages) for messages in reminded] == [1, 0, 1]
    assert [len(messages) for messages in left_alone] == [1, 0]


def test_what_is_silenced_or_inhibited_is_not_told() -> None:
    one, other = make_incident("HBNK", 9), make_incident("NWTR", 2)
    silence = Silence("1", (Matcher("entity", "=", "HBNK"),), "ops", "planned work", NOON, NOON + 60 * MINUTE)
    inhibition = Inhibition((Matcher("severity", "=", "critical"),), (Matcher("severity", "=", "info"),))

    (quiet,) = looks(Routing(silences=(silence,)), (NOON, [one]))
    (worst,) = looks(Routing(inhibitions=(inhibition,)), (NOON, [one, other]))
    assert quiet == ()
    assert [message.incident_ids for message in worst] == [("hbnk",)]
