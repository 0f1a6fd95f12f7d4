"""Receivers written for Alertmanager read what our sender posts: over HTTP, as a group begins, changes and ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from core.alerting import Cause, First, Incident, IncidentState, Moved
from core.ports import Steps
from core.routing import Audience, Route, Routing, Standing, Trouble, route
from groundswell.trial import trial
from storage.memory import Memory
from stream.outbox import send_due
from stream.webhook import WebhookNotifier
from tests.alertmanager import Board, Pager, Payload, environment, subject, text
from tests.builders import NOON
from tests.fakes import ManualClock
from tests.receiver import Receiver, running_receiver

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QsIG5vdGhpbmcgZWxzZQ=="
MINUTE = timedelta(minutes=1)
OUTAGE = Incident(
    incident_id="a" * 32, dimension="entity", key="HRBL", state=IncidentState.FIRING, opened_at=NOON, updated_at=NOON,
    severity=7, observed=40, expected=1.25, p_value=1e-21, authors=31,
    summary="HRBL: 40 negative posts by 31 people in 5 minutes",
    cause=Cause(
        post_ids=("1" * 32, "2" * 32), excerpts=("the app is “down”\\", "no wages <b>"), terms=("payday", "app down"),
        links=("https://example.com/1?a=b&c=d", ""), moved=(Moved("topic", "Payments", 0.7, 0.1),),
        first=First("1" * 32, "forum", NOON - MINUTE, "https://example.com/1?a=b&c=d"),
    ),
    members=(("topic", "Company | Product News"),),
)  # fmt: skip
SECOND = replace(OUTAGE, incident_id="b" * 32, key="QLNC", severity=4, summary="QLNC: 12 negative posts by 9 people")


class Chain:
    """Incidents, routing, outbox and sender, with a receiver at the other end."""

    def __init__(self, receiver: Receiver, client: httpx.Client, routing: Routing) -> None:
        self._receiver = receiver
        self._routing = replace(routing, dashboard_url="http://127.0.0.1:8501")
        self._stores, self.clock = Memory(), ManualClock()
        self._notifier = WebhookNotifier(receiver.url, SECRET, 5.0, client, allow_private=["127.0.0.1"])

    def step(self, *incidents: Incident, minutes: float = 0.0) -> list[Payload]:
        """What the receiver gets once these incidents are stored, some minutes later."""
        now, seen = self.clock.advance(60 * minutes), len(self._receiver.received)
        self._stores.incidents.step(lambda _s, _i: Steps(incidents), now, lambda s: route(self._routing, s, now))
        send_due(self._stores.outbox, self._notifier, self.clock, Random(1))
        requests = self._receiver.received[seen:]
        assert all(request.headers["content-type"] == "application/json" for request in requests)
        return [Payload.model_validate_json(request.body) for request in requests]


@pytest.fixture
def chained() -> Iterator[Any]:
    with ExitStack() as stack:
        receiver = stack.enter_context(running_receiver())
        client = stack.enter_context(httpx.Client())
        yield lambda routing=None: Chain(receiver, client, routing or Routing())


def over(incident: Incident, minutes: float) -> Incident:
    ended_at = NOON + minutes * MINUTE
    return replace(incident, state=IncidentState.RESOLVED, resolved_at=ended_at, updated_at=ended_at)


GROUPED = Routing(
    Route(group_by=("alertname",), group_wait=MINUTE, group_interval=5 * MINUTE, repeat_interval=60 * MINUTE),
    {"groundswell": Audience()},
)


def test_a_pager_opens_one_call_and_closes_it(chained: Any) -> None:
    chain, pager = chained(), Pager()

    for told in (*chain.step(OUTAGE), *chain.step(minutes=30), *chain.step(over(OUTAGE, 42), minutes=12)):
        pager.take(told)

    assert pager.log == ["opened", "closed"]
    assert pager.calls == {}


def test_a_pager_s_call_about_a_group_grows_and_is_closed_once(chained: Any) -> None:
    chain, pager = chained(GROUPED), Pager()

    assert chain.step(OUTAGE) == []
    (first,) = chain.step(minutes=1)
    (second,) = chain.step(SECOND, minutes=5)
    (third,) = chain.step(over(OUTAGE, 12), minutes=6)
    (last,) = chain.step(over(SECOND, 18), minutes=6)
    for told in (first, second, third, last):
        pager.take(told)

    assert pager.log == ["opened", "changed", "changed", "closed"]
    assert [len(p.alerts) for p in (first, second, third, last)] == [1, 2, 2, 1]
    assert [alert.status for alert in third.alerts] == ["firing", "resolved"]
    assert len({p.groupKey for p in (first, second, third, last)}) == 1


def test_a_board_holds_one_ticket_an_alert_and_closes_each(chained: Any) -> None:
    chain, board = chained(GROUPED), Board()

    for told in (*chain.step(OUTAGE, SECOND), *chain.step(minutes=1)):
        board.take(told)
    assert sorted(board.firing.values()) == [
        "NegativeSurge since 12:00: HRBL: 40 negative posts by 31 people in 5 minutes",
        "NegativeSurge since 12:00: QLNC: 12 negative posts by 9 people",
    ]
    for told in chain.step(over(OUTAGE, 7), over(SECOND, 7), minutes=6):
        board.take(told)
    assert board.firing == {}
    assert len(board.over) == 2


def test_the_default_template_writes_a_subject_that_says_what_it_is_about(chained: Any) -> None:
    routing = Routing(Route(group_by=("entity",)), {"groundswell": Audience()})

    (begins,) = chained(routing).step(OUTAGE)

    assert subject(begins).startswith("[FIRING:1] HRBL (")
    assert "critical" in subject(begins)
    assert f" - summary = {OUTAGE.summary}\n" in text(begins)
    assert "Source: http://127.0.0.1:8501/?incident=" + "a" * 32 in text(begins)


def test_a_reminder_is_the_same_alert_again(chained: Any) -> None:
    chain, pager = chained(GROUPED), Pager()
    chain.step(OUTAGE)

    (first,) = chain.step(minutes=1)
    assert chain.step(minutes=58) == []
    (again,) = chain.step(minutes=2)
    pager.take(first)
    pager.take(again)

    assert pager.log == ["opened", "changed"]
    assert again.alerts[0].fingerprint == first.alerts[0].fingerprint
    assert again.alerts[0].startsAt == first.alerts[0].startsAt


def test_a_message_that_is_cut_says_how_much_is_missing(chained: Any) -> None:
    routing = replace(GROUPED, audiences={"groundswell": Audience(max_alerts=1)})
    chain = chained(routing)
    chain.step(OUTAGE, SECOND)

    (cut,) = chain.step(minutes=1)

    assert (len(cut.alerts), cut.truncatedAlerts) == (1, 1)
    assert cut.alerts[0].labels["entity"] == "HRBL"
    assert cut.commonLabels == cut.alerts[0].labels


def test_a_script_gets_every_value_in_its_environment(chained: Any) -> None:
    (begins,) = chained().step(OUTAGE)

    script = "import os; print(os.environ['AMX_STATUS'], os.environ['AMX_ALERT_1_LABEL_entity'])"
    told = subprocess.run(
        [sys.executable, "-c", script], env=dict(environment(begins)), check=True, capture_output=True, text=True
    )

    assert told.stdout == "firing HRBL\n"


def test_a_receiver_that_fails_is_an_alert_like_any_other() -> None:
    trouble = Trouble("night-desk", 3, NOON, "the receiver answered 404")

    (message,) = route(
        Routing(dashboard_url="http://127.0.0.1:8501"), Standing(troubles=(trouble,)), NOON
    ).notifications

    (alert,) = Payload.model_validate(message.payload).alerts
    assert (alert.labels["alertname"], alert.labels["failed_receiver"]) == ("DeliveryFailure", "night-desk")
    assert "groundswell alerts test night-desk" in alert.annotations["next_step"]


def test_a_trial_is_read_like_an_alert() -> None:
    begins, ends = (
        Payload.model_validate(message.payload) for message in trial("night-desk", "http://127.0.0.1:8501", NOON)
    )

    assert (begins.status, ends.status, begins.receiver) == ("firing", "resolved", "night-desk")
    assert begins.groupKey == ends.groupKey


@pytest.mark.parametrize(
    "spoil",
    [
        {"version": 4},
        {"truncatedAlerts": "0"},
        {"status": "ok"},
        {"groupKey": "HRBL"},
        {"groupLabels": {"entity": "OTHER"}},
        {"externalURL": None},
        {"alerts": []},
        {"more": 1},
    ],
    ids=lambda spoil: next(iter(spoil)),
)
def test_the_receiver_of_these_tests_takes_nothing_else(spoil: dict[str, Any]) -> None:
    message = trial("night-desk", "http://127.0.0.1:8501", NOON)[0].payload
    Payload.model_validate(message)

    with pytest.raises(ValidationError):
        Payload.model_validate(message | spoil)


@pytest.mark.parametrize(
    "spoil",
    [
        {"startsAt": "2026-03-02 12:00:00Z"},
        {"startsAt": "2026-03-02T12:00:00"},
        {"endsAt": None},
        {"labels": {"severity": 7}},
        {"labels": {"alertname": "A", "not-a-name": "x"}},
        {"labels": {"alertname": "A", "desk": ""}},
        {"fingerprint": "a" * 32},
    ],
    ids=str,
)
def test_nor_an_alert_of_another_form(spoil: dict[str, Any]) -> None:
    message = trial("night-desk", "http://127.0.0.1:8501", NOON)[0].payload

    with pytest.raises(ValidationError):
        Payload.model_validate(message | {"alerts": [message["alerts"][0] | spoil]})
