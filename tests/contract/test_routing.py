"""What is told, in both stores: the decision is the core's, and it holds from one step to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from core.alerting import Incident, IncidentState, Notification
from core.errors import DeliveryRefused
from core.matching import parse_matcher
from core.ports import Steps
from core.routing import Audience, Route, Routing, route
from core.silences import Silence
from stream.outbox import send_due
from tests.builders import NOON
from tests.contract.conftest import Stores
from tests.contract.test_incident_store import make_incident
from tests.fakes import ManualClock, RecordingNotifier

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def told(stores: Stores, routing: Routing, now: datetime, *incidents: Incident) -> Sequence[Notification]:
    """One step that changes these incidents, and the messages that it puts in the outbox."""
    steps = stores.incidents.step(lambda _s, _i: Steps(incidents), now, lambda standing: route(routing, standing, now))
    assert steps is not None
    return steps.notifications


def test_a_beginning_and_its_end_are_told_once_and_nothing_is_left(stores: Stores) -> None:
    one = make_incident()

    (begins,) = told(stores, Routing(), NOON, one)
    assert told(stores, Routing(), NOON + HOUR) == ()
    (ends,) = told(stores, Routing(), NOON + 2 * HOUR, replace(one, state=IncidentState.RESOLVED, resolved_at=NOON))

    assert (begins.event, ends.event) == ("firing", "resolved")
    assert begins.group_id == ends.group_id
    assert begins.notification_id != ends.notification_id
    assert told(stores, Routing(), NOON + 3 * HOUR) == ()
    assert stores.incidents.standing(NOON).groups == ()


def test_what_is_silenced_is_told_when_the_silence_is_over(stores: Stores) -> None:
    silence = Silence("s1", (parse_matcher("dimension=entity"),), "ops", "planned work", NOON, NOON + HOUR)
    stores.silences.add(silence)

    assert told(stores, Routing(), NOON, make_incident()) == ()
    assert stores.silences.lasting(NOON) == [silence]
    assert stores.silences.end("s1", NOON + SECOND)
    assert not stores.silences.end("s1", NOON + 2 * SECOND)
    assert len(told(stores, Routing(), NOON + 2 * SECOND)) == 1


def test_a_receiver_that_refuses_is_an_incident_of_its_own_until_it_takes_something(stores: Stores) -> None:
    failure = Route("chat", (parse_matcher("alertname=DeliveryFailure"),))
    routing = Routing(Route(routes=(failure,)), {"groundswell": Audience(), "chat": Audience()})
    clock = ManualClock(NOON + SECOND)

    told(stores, routing, NOON, make_incident())
    refuses = RecordingNotifier(DeliveryRefused("the receiver answered 404"))
    assert send_due(stores.outbox, refuses, clock, Random(1)).dead == 1
    (trouble,) = told(stores, routing, NOON + 5 * SECOND)
    assert told(stores, routing, NOON + 10 * SECOND) == ()
    told(stores, routing, NOON + 12 * SECOND, make_incident("i2", key="QLNC"))
    clock.advance(20)
    assert send_due(stores.outbox, RecordingNotifier(), clock, Random(1)).delivered == 1
    (over,) = told(stores, routing, NOON + 40 * SECOND)

    assert (trouble.receiver, trouble.event, over.receiver, over.event) == ("chat", "firing", "chat", "resolved")
    assert trouble.payload["alerts"][0]["labels"]["alertname"] == "DeliveryFailure"
    assert "404" in trouble.payload["alerts"][0]["annotations"]["summary"]


def test_a_group_waits_for_its_wait_and_then_for_its_interval(stores: Stores) -> None:
    routing = Routing(Route(group_by=("dimension",), group_wait=30 * SECOND, group_interval=300 * SECOND))

    assert told(stores, routing, NOON, make_incident("i1", key="A")) == ()
    assert told(stores, routing, NOON + 20 * SECOND, make_incident("i2", key="B")) == ()
    (first,) = told(stores, routing, NOON + 31 * SECOND)
    assert told(stores, routing, NOON + 60 * SECOND, make_incident("i3", key="C")) == ()
    (second,) = told(stores, routing, NOON + 332 * SECOND)

    assert first.incident_ids == ("i1", "i2")
    assert len(second.payload["alerts"]) == 3
    with stores.outbox.next_due(NOON + HOUR) as due:  # of one group, in their order
        assert due is not None
        assert due.notification_id == first.notification_id
