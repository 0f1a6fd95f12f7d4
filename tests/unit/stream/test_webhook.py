"""The webhook against a real HTTP server on this machine."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.alerting import Notification, NotificationState
from core.errors import DeliveryFailed, DeliveryRefused, GroundswellError, SetupError
from stream.webhook import WebhookNotifier, seconds
from tests.receiver import Receiver, running_receiver

HERE = "127.0.0.1"
SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QsIG5vdGhpbmcgZWxzZQ=="
NOTIFICATION = Notification(
    notification_id="abc-firing",
    incident_id="abc",
    event="firing",
    payload={"version": "4", "summary": "Ärger „heute“ 😡"},
    state=NotificationState.PENDING,
    attempts=0,
    due_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as one:
        yield one


def notify(receiver: Receiver, client: httpx.Client, timeout_s: float = 5.0) -> None:
    WebhookNotifier(receiver.url, SECRET, timeout_s, client, allow_private=[HERE]).notify(NOTIFICATION)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_an_accepted_notification_is_delivered_once(receiver: Receiver, client: httpx.Client, status: int) -> None:
    receiver.status = status

    notify(receiver, client)

    (request,) = receiver.received
    assert request.path == "/hook?token=hush"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == NOTIFICATION.payload


def test_the_signature_is_one_that_the_standard_s_library_verifies(receiver: Receiver, client: httpx.Client) -> None:
    notify(receiver, client)

    headers, body = receiver.received[0].headers, receiver.received[0].body
    assert headers["webhook-id"] == "abc-firing"
    assert Webhook(SECRET).verify(body, headers) == NOTIFICATION.payload
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"4", b"5"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_YW5vdGhlciBzZWNyZXQ=").verify(body, headers)


def test_another_attempt_has_the_same_id_and_a_new_time(receiver: Receiver, client: httpx.Client) -> None:
    moments = [datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=40)]
    notifier = WebhookNotifier(
        receiver.url, SECRET, 5.0, client, allow_private=[HERE], now=iter([*moments, *moments]).__next__
    )

    notifier.notify(NOTIFICATION)
    notifier.notify(NOTIFICATION)

    first, second = (request.headers for request in receiver.received)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) >= int(first["webhook-timestamp"])


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_not_now_is_tried_again(receiver: Receiver, client: httpx.Client, status: int) -> None:
    receiver.status = status

    with pytest.raises(DeliveryFailed, match=f"answered {status}") as caught:
        notify(receiver, client)

    assert caught.value.retry_after_s is None


def test_retry_after_is_handed_on(receiver: Receiver, client: httpx.Client) -> None:
    receiver.status, receiver.answer_headers = 429, {"Retry-After": "37"}

    with pytest.raises(DeliveryFailed) as caught:
        notify(receiver, client)

    assert caught.value.retry_after_s == 37.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_never_is_never(receiver: Receiver, client: httpx.Client, status: int) -> None:
    receiver.status = status

    with pytest.raises(DeliveryRefused, match=f"answered {status}"):
        notify(receiver, client)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, client: httpx.Client, status: int) -> None:
    receiver.status, receiver.answer_headers = status, {"Location": receiver.url}

    with pytest.raises(DeliveryRefused, match=f"answered {status}"):
        notify(receiver, client)

    assert len(receiver.received) == 1


def test_a_receiver_that_is_slow_is_tried_again(receiver: Receiver, client: httpx.Client) -> None:
    receiver.may_answer.clear()

    with pytest.raises(DeliveryFailed, match=r"did not answer within 0\.1 s"):
        notify(receiver, client, timeout_s=0.1)


def test_a_receiver_that_is_down_is_tried_again(receiver: Receiver, client: httpx.Client) -> None:
    gone = Receiver()
    gone.server_close()

    with pytest.raises(DeliveryFailed, match="could not be reached"):
        notify(gone, client)


def test_the_log_does_not_tell_the_address(
    receiver: Receiver, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        notify(receiver, client)

    assert "hush" not in caplog.text


def test_no_error_tells_the_address_or_the_secret(receiver: Receiver, client: httpx.Client) -> None:
    gone = Receiver()
    gone.server_close()
    for status in (302, 404, 503, None):
        receiver.status = status or 200
        with pytest.raises(GroundswellError) as caught:
            notify(receiver if status else gone, client)
        told = f"{caught.value!r} {caught.value}"
        assert "hush" not in told
        assert "127.0.0.1" not in told
        assert SECRET[6:] not in told


@pytest.mark.parametrize("url", ["", "example.com/hook", "ftp://example.com", "http://", "https://[::1"])
def test_an_address_that_is_none_is_refused_at_once(url: str, client: httpx.Client) -> None:
    with pytest.raises(SetupError, match="address"):
        WebhookNotifier(url, SECRET, 5.0, client)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_é", "hush", "dGhlIHNlY3JldCBvZiBhIHRlc3Q=", "whsec_a!b", f"{SECRET} hush"]
)
def test_a_secret_that_is_none_is_refused_at_once(secret: str, client: httpx.Client) -> None:
    with pytest.raises(SetupError, match="secret"):
        WebhookNotifier("http://127.0.0.1:1/", secret, 5.0, client)


def _transport_errors() -> list[type[httpx.HTTPError]]:
    found, waiting = [], [httpx.HTTPError]
    while waiting:
        error = waiting.pop()
        found.append(error)
        waiting.extend(error.__subclasses__())
    return [error for error in found if error.__module__.startswith("httpx") and error is not httpx.HTTPStatusError]


@pytest.mark.parametrize("error", _transport_errors(), ids=lambda error: error.__name__)
def test_every_error_of_the_library_becomes_one_of_ours(error: type[httpx.HTTPError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no")

    with httpx.Client(transport=httpx.MockTransport(fail)) as client, pytest.raises((DeliveryFailed, DeliveryRefused)):
        WebhookNotifier("http://127.0.0.1:1/", SECRET, 5.0, client, allow_private=[HERE]).notify(NOTIFICATION)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (None, None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("-5", None),
        ("later", None),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 12:01:00", 60.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, wait_s: float | None) -> None:
    assert seconds(header, datetime(2026, 3, 2, 12, tzinfo=UTC)) == wait_s


def test_while_a_secret_is_changed_either_one_verifies(receiver: Receiver, client: httpx.Client) -> None:
    other = "whsec_YW5vdGhlciBzZWNyZXQ="

    WebhookNotifier(receiver.url, f"{SECRET} {other}", 5.0, client, allow_private=[HERE]).notify(NOTIFICATION)

    (request,) = receiver.received
    for secret in (SECRET, other):
        Webhook(secret).verify(request.body, request.headers)


def test_user_and_password_in_the_address_are_sent_as_basic_authentication_and_nowhere_else(
    receiver: Receiver, client: httpx.Client
) -> None:
    url = receiver.url.replace("http://", "http://duty:hush@")

    WebhookNotifier(url, SECRET, 5.0, client, allow_private=[HERE]).notify(NOTIFICATION)

    headers = receiver.received[0].headers
    assert headers["authorization"] == f"Basic {b64encode(b'duty:hush').decode()}"
    assert headers["host"] == f"{HERE}:{receiver.server_port}"


def test_a_private_address_is_refused_unless_it_is_allowed_by_name(receiver: Receiver, client: httpx.Client) -> None:
    with pytest.raises(DeliveryRefused, match="private network"):
        WebhookNotifier(receiver.url, SECRET, 5.0, client).notify(NOTIFICATION)
    assert receiver.received == []


def test_a_public_name_that_leads_into_a_private_network_is_refused(client: httpx.Client) -> None:
    notifier = WebhookNotifier("http://hooks.example/", SECRET, 5.0, client, resolve=lambda _host, _port: ["10.0.0.1"])

    with pytest.raises(DeliveryRefused, match="private network"):
        notifier.notify(NOTIFICATION)
