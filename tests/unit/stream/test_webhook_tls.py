"""Over HTTPS, the certificate must be of a known authority and for the receiver's name."""

from __future__ import annotations

import ssl

import httpx
import pytest
import trustme

from core.errors import DeliveryFailed
from stream.webhook import WebhookNotifier, make_client
from tests.receiver import Receiver, running_receiver
from tests.unit.stream.test_webhook import NOTIFICATION, SECRET

NAME = "alerts.example.com"


def served(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def post(receiver: Receiver, client: httpx.Client) -> None:
    """To the receiver by its name, which a name server of ours knows."""
    url = f"https://{NAME}:{receiver.server_port}/hook"
    resolve = lambda _host, _port: ["127.0.0.1"]  # noqa: E731
    WebhookNotifier(url, SECRET, 5.0, client, allow_private=[NAME], resolve=resolve).notify(NOTIFICATION)


def trusting(authority: trustme.CA) -> httpx.Client:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return httpx.Client(trust_env=False, verify=context)


def test_a_certificate_of_a_known_authority_for_the_name_is_accepted() -> None:
    authority = trustme.CA()
    with running_receiver(served(authority, NAME)) as receiver, trusting(authority) as client:
        post(receiver, client)

        assert receiver.received[0].headers["host"] == f"{NAME}:{receiver.server_port}"


def test_a_certificate_for_another_name_is_not() -> None:
    authority = trustme.CA()
    with running_receiver(served(authority, "another.example.com")) as receiver, trusting(authority) as client:
        with pytest.raises(DeliveryFailed, match="could not be reached"):
            post(receiver, client)

        assert receiver.received == []


def test_a_certificate_of_nobody_known_is_not() -> None:
    with running_receiver(served(trustme.CA(), NAME)) as receiver, make_client() as client:
        with pytest.raises(DeliveryFailed, match="could not be reached"):
            post(receiver, client)

        assert receiver.received == []
