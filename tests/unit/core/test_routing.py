"""Who is told of an incident, when, and together with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.alerting import Incident, IncidentState, Notification
from core.hours import Interval
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


CRITICAL = Matcher("severity", "=", "critical")
NIGHT = Interval(times=((0, 8 * 60), (18 * 60, 24 * 60)))
EVENING = datetime(2026, 3, 2, 18, tzinfo=UTC)
TWO = {"groundswell": Audience(), "pager": Audience()}


def events(said: list[tuple[Notification, ...]]) -> list[list[tuple[str, str]]]:
    return [[(message.receiver, message.event) for message in messages] for messages in said]


def test_what_a_route_did_not_say_outside_its_hours_it_says_when_they_begin() -> None:
    one, brief = make_incident("HBNK"), make_incident("NWTR")
    for route_ in (Route(active=(NIGHT,)), Route(muted=(Interval(times=((8 * 60, 18 * 60),)),))):
        said = looks(
            Routing(route_), (NOON, [one, brief]), (NOON + MINUTE, [one, over(brief)]), (EVENING - MINUTE, [one]),
            (EVENING, [one]), (EVENING + MINUTE, [one]),
        )  # fmt: skip

        assert [[message.incident_ids for message in messages] for messages in said] == [[], [], [], [("hbnk",)], []]


def test_an_end_outside_of_the_hours_is_told_when_they_begin() -> None:
    one = make_incident()
    early = datetime(2026, 3, 2, 7, tzinfo=UTC)

    said = looks(Routing(Route(active=(NIGHT,))), (early, [one]), (NOON, [over(one)]), (EVENING, [over(one)]))

    assert events(said) == [[("groundswell", "firing")], [], [("groundswell", "resolved")]]


def test_only_a_worse_word_is_told_and_only_where_it_is_asked_for() -> None:
    moments = [(NOON + n * MINUTE, [make_incident(severity=level)]) for n, level in enumerate((2, 3, 5, 4, 8, 9, 5))]

    asked, not_asked = (looks(Routing(Route(escalations=wanted)), *moments) for wanted in (True, False))

    told = [[m.payload["alerts"][0]["labels"]["severity"] for m in messages] for messages in asked]
    assert told == [["info"], [], ["warning"], [], ["critical"], [], []]
    assert [len(messages) for messages in not_asked] == [1, 0, 0, 0, 0, 0, 0]


def test_who_is_reached_only_when_it_is_worse_is_told_the_beginning_then_and_all_are_told_the_end_once() -> None:
    routing = Routing(Route(routes=(Route("pager", (CRITICAL,)),)), TWO)
    mild, grave = make_incident(severity=5), make_incident(severity=9)

    said = looks(
        routing, (NOON, [mild]), (NOON + MINUTE, [grave]), (NOON + 2 * MINUTE, [mild]),
        (NOON + 3 * MINUTE, [over(mild)]), (NOON + 4 * MINUTE, [over(mild)]),
    )  # fmt: skip

    assert [sorted(told) for told in events(said)] == [
        [("groundswell", "firing")], [("pager", "firing")], [],
        [("groundswell", "resolved"), ("pager", "resolved")], [],
    ]  # fmt: skip


def test_a_route_that_continues_lets_those_beside_it_hear_and_another_does_not() -> None:
    pager = Route("pager", (CRITICAL,))
    for goes_on, told in ((True, ["groundswell", "pager"]), (False, ["pager"])):
        routing = Routing(Route(routes=(replace(pager, goes_on=goes_on), Route("groundswell"))), TWO)

        (messages,) = looks(routing, (NOON, [make_incident(severity=9)]))

        assert sorted(message.receiver for message in messages) == told


def test_a_receiver_that_wants_no_ends_is_told_none_and_forgets() -> None:
    one = make_incident()
    routing = Routing(audiences={"groundswell": Audience(send_resolved=False)})

    said = looks(routing, (NOON, [one]), (NOON + MINUTE, [over(one)]), (NOON + 2 * MINUTE, [one]))

    assert events(said) == [[("groundswell", "firing")], [], [("groundswell", "firing")]]


def test_a_silence_that_comes_after_the_beginning_does_not_keep_the_end() -> None:
    one, quiet = make_incident(), Matcher("entity", "=", "HBNK")
    before = route(Routing(), Standing(incidents=(one,)), NOON)
    silence = Silence("1", (quiet,), "ops", "known", NOON, NOON + 60 * MINUTE)
    standing = after(Standing(silences=(silence,)), before, [over(one)])

    (message,) = route(Routing(), standing, NOON + MINUTE).notifications

    assert message.event == "resolved"


def test_what_is_inhibited_is_told_when_the_graver_thing_is_over() -> None:
    inhibition = Inhibition((CRITICAL,), (Matcher("severity", "=", "info"),), equal=("desk",))
    routing = Routing(inhibitions=(inhibition,), about={key: {"desk": "retail"} for key in ("HBNK", "NWTR")})
    grave, mild, elsewhere = make_incident("HBNK", 9), make_incident("NWTR", 2), make_incident("QLNC", 2)

    first, second = looks(routing, (NOON, [grave, mild, elsewhere]), (NOON + MINUTE, [over(grave), mild, elsewhere]))

    assert sorted(name for message in first for name in message.incident_ids) == ["hbnk", "qlnc"]
    assert sorted((message.event, *message.incident_ids) for message in second) == [
        ("firing", "nwtr"), ("resolved", "hbnk"),
    ]  # fmt: skip


def test_a_route_that_is_taken_out_of_the_file_still_tells_the_end_it_owes() -> None:
    one = make_incident()
    with_route = Routing(Route(routes=(Route("pager", (Matcher("entity", "=", "HBNK"),), group_wait=MINUTE),)), TWO)
    standing = Standing(incidents=(one,))
    for now in (NOON, NOON + MINUTE):
        standing = after(standing, route(with_route, standing, now), [one])

    routed = route(Routing(Route(), TWO), replace(standing, incidents=(over(one),)), NOON + 2 * MINUTE)

    assert [(message.receiver, message.event) for message in routed.notifications] == [("pager", "resolved")]


def test_a_receiver_that_is_taken_out_of_the_file_is_told_nothing_more() -> None:
    one = make_incident()
    standing = after(Standing(), route(Routing(Route("pager"), TWO), Standing(incidents=(one,)), NOON), [over(one)])

    routed = route(Routing(), standing, NOON + MINUTE)

    assert routed.notifications == ()
    assert routed.gone == tuple(group.group_id for group in standing.groups)


def test_incidents_of_one_desk_are_one_message_and_those_of_another_another() -> None:
    about = {"HBNK": {"desk": "retail"}, "NWTR": {"desk": "retail"}, "QLNC": {"desk": "trading"}}

    (messages,) = looks(Routing(Route(group_by=("desk",)), about=about), (NOON, [make_incident(key) for key in about]))

    assert {message.payload["groupKey"]: len(message.incident_ids) for message in messages} == {
        '{}:{desk="retail"}': 2, '{}:{desk="trading"}': 1,
    }  # fmt: skip
