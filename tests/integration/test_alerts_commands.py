"""`groundswell alerts …` as whoever is on duty types it, against a real PostgreSQL and a real receiver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from standardwebhooks.webhooks import Webhook

from core.alerting import Incident, IncidentState
from core.errors import DeliveryFailed, DeliveryRefused
from core.ports import Steps
from core.routing import Routing, route
from groundswell.cli import main
from storage.postgres import Database
from stream.outbox import send_due
from tests.alertmanager import Payload
from tests.fakes import RecordingNotifier
from tests.receiver import running_receiver

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QsIG5vdGhpbmcgZWxzZQ=="
FIRING = IncidentState.FIRING
DESKS = """
[[institutions]]
name = "Harborline Bank"
tickers = ["HRBL"]
desk = "retail"

[route]
receiver = "groundswell"

[[receivers]]
name = "night-desk"
[receivers.webhook]
url_env = "NIGHT_DESK_URL"
secrets_env = ["NIGHT_DESK_SECRET"]
allow_private = ["127.0.0.1"]
"""


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Desk:
    """Someone at a terminal, in a folder of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)
        self.has(COLUMNS="240", TERM="dumb", LOGNAME="duty", GROUNDSWELL_DSN="postgresql://duty:hush@127.0.0.1:1/none")

    def has(self, **environment: str) -> None:
        """Set variables of the environment."""
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)

    def types(self, *words: str, **environment: str) -> Done:
        """Run a command to its end."""
        self.has(**environment)
        self._monkeypatch.setattr("sys.argv", ["groundswell", "alerts", *words])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    def reads(self, *words: str, **environment: str) -> str:
        """What a command that succeeds prints."""
        done = self.types(*words, **environment)
        assert (done.code, done.err) == (0, "")
        return done.out


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "groundswell.toml").write_text(DESKS)
    return Desk(tmp_path, monkeypatch, capsys)


@pytest.fixture
def database(postgres: Callable[[], str], desk: Desk) -> Iterator[Database]:
    """One that the desk's commands find."""
    dsn = postgres()
    desk.has(GROUNDSWELL_DSN=dsn)
    with closing(Database(dsn)) as opened:
        opened.migrate()
        yield opened


def happens(database: Database, *incidents: Incident) -> None:
    """One look that changes these incidents and queues what is told of them."""
    now = datetime.now(UTC)
    database.incidents.step(lambda _s, _i: Steps(incidents), now, lambda standing: route(Routing(), standing, now))


def outage(incident_id: str = "i1", key: str = "HRBL", severity: int = 7, state: IncidentState = FIRING) -> Incident:
    began_at = datetime.now(UTC) - timedelta(minutes=7)
    return Incident(
        incident_id=incident_id, dimension="entity", key=key, state=state, opened_at=began_at, updated_at=began_at,
        severity=severity, observed=40, expected=1.25, p_value=1e-21, authors=31,
        summary=f"{key}: 40 negative posts by 31 people",
    )  # fmt: skip


@pytest.mark.usefixtures("database")
def test_a_calm_night_says_so(desk: Desk) -> None:
    assert desk.reads("list") == "no alerts\n"


def test_the_list_shows_what_fires_since_when_and_who_was_told(database: Database, desk: Desk) -> None:
    happens(database, outage(), outage("i2", "QLNC", severity=4, state=IncidentState.ACKNOWLEDGED))

    _titles, first, second, *messages = desk.reads("list").splitlines()

    for word in (
        "NegativeSurge",
        "entity=HRBL",
        "desk=retail",
        "critical (7)",
        "7m",
        "firing",
        "groundswell",
        "31 people",
    ):
        assert word in first
    assert "entity=QLNC" in second
    assert "acknowledged" in second
    assert sum("waiting" in line for line in messages) == 2


def test_the_list_shows_what_was_given_up_and_why(database: Database, desk: Desk) -> None:
    happens(database, outage(), outage("i2", "QLNC"))
    refused, failed = DeliveryRefused("the receiver answered 404"), DeliveryFailed("the receiver answered 503")
    send_due(database.outbox, RecordingNotifier(refused, failed), lambda: datetime.now(UTC), Random(1))

    shown = desk.reads("list")

    assert re.search(r"given up +1 +the receiver answered 404", shown)
    assert re.search(r"waiting +1 +in \d+ ?s +the receiver answered 503", shown)


def test_a_silence_names_what_it_covers_and_ends_by_its_id(database: Database, desk: Desk) -> None:
    happens(database, outage(), outage("i2", "QLNC"))

    made = desk.reads("silence", "desk=retail", "--for", "90m", "--comment", "the release of tonight")

    found = re.fullmatch(r"silence (\w+) until (.{16}) UTC; 1 of the open incidents fits it\n", made)
    assert found is not None
    until = datetime.strptime(found[2], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert timedelta(minutes=88) < until - datetime.now(UTC) <= timedelta(minutes=90)
    shown = desk.reads("list")
    assert f"silenced until {found[2]} by duty: the release of tonight" in shown
    assert re.search(rf'{found[1]} +desk="retail" +duty +{found[2]} +the release of tonight', shown)
    assert desk.reads("unsilence", found[1]) == f"silence {found[1]} is over\n"
    assert "release" not in desk.reads("list")


def test_what_is_silenced_is_not_told(database: Database, desk: Desk) -> None:
    desk.reads("silence", "entity=~HR.*", "severity!=info", "--comment", "known", "--owner", "release desk")

    happens(database, outage())

    shown = desk.reads("list")
    assert "by release desk: known" in shown
    assert "nobody yet" in shown


@pytest.mark.usefixtures("database")
def test_a_trial_reaches_the_receiver_that_is_named_signed_and_ended(desk: Desk) -> None:
    with running_receiver() as receiver:
        told = desk.reads("test", "night-desk", NIGHT_DESK_URL=receiver.url, NIGHT_DESK_SECRET=SECRET)
        requests = list(receiver.received)

    bodies = [Webhook(SECRET).verify(request.body, request.headers) for request in requests]
    begins, ends = (Payload.model_validate(body) for body in bodies)
    assert (begins.status, ends.status, begins.receiver) == ("firing", "resolved", "night-desk")
    assert told.splitlines() == [
        f"night-desk took the trial alert: {body['status']} ({request.headers['webhook-id']})"
        for body, request in zip(bodies, requests, strict=True)
    ]
    assert desk.reads("list") == "no alerts\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["silence", "HRBL", "--comment", "x"],
         "'HRBL' is not a matcher: write label=value, label!=value, label=~pattern or label!~pattern"),
        (["silence", "entity=~(", "--comment", "x"],
         "'(' is not a pattern: missing ), unterminated subpattern at position 0"),
        (["silence", "entity=~.*", "--comment", "x"], "a silence needs a matcher that does not fit everything"),
        (["silence", "entity=HRBL", "--comment", " "],
         "a silence needs an owner and a comment: whoever is on duty asks who, and why"),
        (["silence", "entity=HRBL", "--comment", "x", "--for", "0"], "a silence ends after it starts"),
        (["silence", "entity=HRBL", "--comment", "x", "--for=-1h"],
         "'-1h' is not a duration: write 30s, 5m, 1h30m or 2d"),
        (["silence", "entity=HRBL", "--comment", "x", "--for", "tomorrow"],
         "'tomorrow' is not a duration: write 30s, 5m, 1h30m or 2d"),
        (["silence", "entity=HRBL", "--comment", "x", "--for", "9999999d"],
         "'9999999d' is longer than a hundred years"),
        (["test", "nobody"], "there is no receiver 'nobody'; there are groundswell, night-desk"),
        (["list", "--dsn", "nonsense"],
         "the DSN of PostgreSQL is neither a postgresql:// URL nor a keyword string"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_sentence(desk: Desk, words: list[str], said: str) -> None:
    done = desk.types(*words, NIGHT_DESK_URL="https://example.com/", NIGHT_DESK_SECRET=SECRET)

    assert (done.code, done.out, done.err) == (2, "", f"groundswell: {said}\n")


@pytest.mark.parametrize(
    "words", [["list"], ["silence", "entity=HRBL", "--comment", "x"], ["unsilence", "abc"]], ids=" ".join
)
def test_without_a_database_one_sentence_says_where_to_look(desk: Desk, words: list[str]) -> None:
    done = desk.types(*words)

    assert (done.code, done.out) == (1, "")
    where = "is the stack up, and is GROUNDSWELL_DSN its address?"
    assert done.err == f"groundswell: PostgreSQL is not available: OperationalError; {where}\n"


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"NIGHT_DESK_SECRET": SECRET}, 2, "receiver night-desk: the environment has no NIGHT_DESK_URL"),
        ({"NIGHT_DESK_URL": "https://example.com/hush"}, 2,
         "receiver night-desk: the environment has no NIGHT_DESK_SECRET"),
        ({"NIGHT_DESK_URL": "hush", "NIGHT_DESK_SECRET": SECRET}, 2,
         "receiver night-desk: the webhook's address must begin with http:// or https:// and name a host"),
        ({"NIGHT_DESK_URL": "https://example.com/", "NIGHT_DESK_SECRET": "hush"}, 2,
         "receiver night-desk: the webhook's secret is not `whsec_` followed by base64"),
        ({"NIGHT_DESK_URL": "http://127.0.0.1:1/hush", "NIGHT_DESK_SECRET": SECRET}, 1,
         "the receiver could not be reached (ConnectError)"),
        ({"NIGHT_DESK_URL": "http://10.0.0.1/hush", "NIGHT_DESK_SECRET": SECRET}, 1,
         "the receiver is in a private network, and its host is not allowed by name"),
    ],
    ids=["no address", "no secret", "not an address", "not a secret", "nobody there", "a private network"],
)  # fmt: skip
def test_a_receiver_that_cannot_be_tried_says_why_and_tells_no_secret(
    desk: Desk, environment: dict[str, str], code: int, said: str
) -> None:
    done = desk.types("test", "night-desk", **environment)

    assert (done.code, done.out, done.err) == (code, "", f"groundswell: {said}\n")


@pytest.mark.usefixtures("database")
def test_an_id_that_no_silence_has_is_said(desk: Desk) -> None:
    done = desk.types("unsilence", "nope")

    assert (done.code, done.err) == (
        1, "groundswell: no silence nope lasts: `alerts list` shows those that do; the file's end there\n",
    )  # fmt: skip


def test_a_receiver_is_tried_whatever_is_wrong_with_another(desk: Desk) -> None:
    other = '[[receivers]]\nname = "mail"\n[receivers.apprise]\nurl_env = "NOBODY_SET_THIS"\n'
    (desk.folder / "groundswell.toml").write_text(DESKS + other)
    with running_receiver() as receiver:
        told = desk.reads("test", "night-desk", NIGHT_DESK_URL=receiver.url, NIGHT_DESK_SECRET=SECRET)

    assert len(told.splitlines()) == 2


def test_a_receiver_that_refuses_is_said(desk: Desk) -> None:
    with running_receiver() as receiver:
        receiver.status = 403
        done = desk.types("test", "night-desk", NIGHT_DESK_URL=receiver.url, NIGHT_DESK_SECRET=SECRET)

    assert (done.code, done.err) == (1, "groundswell: the receiver answered 403\n")
