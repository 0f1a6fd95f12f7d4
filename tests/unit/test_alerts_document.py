"""What docs/alerts.md tells the people on duty is so."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main

from core.alerting import Cause, First, Incident, IncidentState, Moved
from core.configuration import parse
from core.notifications import Told, labels_of, payload
from core.route_files import RouteTable
from core.routing import Route, Standing, route
from groundswell.cli import build
from groundswell.trial import trial
from stream.webhook import WebhookNotifier
from tests.alertmanager import Payload
from tests.builders import NOON
from tests.receiver import running_receiver

TEXT = (Path(__file__).parents[2] / "docs/alerts.md").read_text()
SECRETS = "whsec_dGhlIG5ldyBzZWNyZXQgb2YgYSB0ZXN0 whsec_dGhlIG9sZCBzZWNyZXQgb2YgYSB0ZXN0"
OUTAGE = Incident(
    incident_id="a" * 32, dimension="entity", key="HRBL", state=IncidentState.FIRING, opened_at=NOON, updated_at=NOON,
    severity=8, observed=40, expected=1.2, p_value=1e-9, authors=30, summary="HRBL: 40 negative posts by 30 people",
    cause=Cause(
        ("1",), ("app down",), ("app down",), ("https://example.com/1",), (Moved("family", "anger", 0.8, 0.2),),
        First("1", "forum", NOON),
    ),
    members=(("entity_topic", "HRBL/Payments"), ("topic", "Payments"), ("family", "anger"), ("channel", "social")),
)  # fmt: skip


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def rows(title: str) -> list[str]:
    """The first cells of the table whose first column bears this title."""
    _, _, table = TEXT.partition(f"| {title} |")
    table = table.partition("\n\n")[0]
    return [name for line in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", line.split("|")[1])]


def test_the_body_that_is_shown_is_one_that_receivers_accept() -> None:
    (shown,) = blocks("json")

    Payload.model_validate(json.loads(shown))


def test_every_label_and_annotation_is_explained_and_no_other() -> None:
    about = {"HRBL": {"institution": "Harborline Bank", "desk": "retail"}}
    told = Told(OUTAGE, labels_of(OUTAGE, about))
    (alert,) = payload([told], receiver="r", group_key="{}:{}", group_labels={}, dashboard_url="http://x")["alerts"]

    assert set(rows("label")) == {*alert["labels"], "failed_receiver"}
    assert set(rows("annotation")) == set(alert["annotations"])


def test_every_key_of_a_route_is_explained() -> None:
    known = {field.alias or name for name, field in RouteTable.model_fields.items()} - {"routes"}

    assert set(rows("key of a route")) == known
    assert Route() == Route(receiver="groundswell", group_by=("incident",))  # what the table says of keys left out


def test_the_routes_that_are_shown_can_be_read() -> None:
    for shown in blocks("toml"):
        top = "" if "[route]" in shown else "[route]\n"
        parse(top + shown)


@pytest.mark.parametrize(
    ("hour", "severity", "told"),
    [
        (12, 8, {"groundswell", "retail-desk"}),
        (3, 8, {"night-desk", "groundswell", "retail-desk"}),
        (3, 2, {"groundswell", "retail-desk"}),
    ],
)
def test_by_day_and_by_night_those_are_told_who_should_be(hour: int, severity: int, told: set[str]) -> None:
    firms = '[[institutions]]\nname = "Harborline Bank"\ntickers = ["HRBL"]\ndesk = "retail"\n'
    routing = replace(parse(firms + blocks("toml")[0]).routing("http://127.0.0.1:8501"), silences=())
    now = datetime(2026, 3, 2, hour, tzinfo=UTC)

    routed = route(routing, Standing(incidents=(replace(OUTAGE, severity=severity),)), now)

    assert {message.receiver for message in routed.notifications} == told


def test_the_signature_is_verified_as_is_shown() -> None:
    names: dict[str, Any] = {}
    exec(blocks("python")[0], names)
    is_genuine = names["is_genuine"]
    with running_receiver() as receiver, httpx.Client() as client:
        notifier = WebhookNotifier(receiver.url, SECRETS, 5.0, client, allow_private=["127.0.0.1"])
        notifier.notify(trial("groundswell", "http://127.0.0.1:8501", NOON)[0])
        (request,) = receiver.received

    assert all(is_genuine(request.headers, request.body, secret) for secret in SECRETS.split())
    assert not is_genuine(request.headers, request.body + b" ", SECRETS.split()[0])
    assert not is_genuine(request.headers, request.body, "whsec_YW5vdGhlciBzZWNyZXQ=")
    old = request.headers | {"webhook-timestamp": str(int(request.headers["webhook-timestamp"]) - 301)}
    assert not is_genuine(old, request.body, SECRETS.split()[0])


def test_every_command_that_is_shown_is_there() -> None:
    shown = re.findall(r"^ {4,}groundswell alerts (.*)$|`groundswell alerts ([^`]*)`", TEXT, re.MULTILINE)
    commands = typer.main.get_command(build(["alerts"])).commands["alerts"].commands
    assert len(shown) >= 5
    for line in shown:
        name, *words = shlex.split("".join(line))
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_the_incident_of_these_tests_leaves_nothing_out() -> None:
    assert all(getattr(OUTAGE.cause, field.name) for field in fields(Cause))
