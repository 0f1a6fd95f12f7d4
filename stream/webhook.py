"""Delivers a notification to a webhook: one signed HTTP POST, as Standard Webhooks (https://www.standardwebhooks.com).

The receiver verifies `webhook-signature` over id, timestamp and body, and drops a `webhook-id` that it has seen: a
delivery whose answer got lost is made again under the same id.
"""

from __future__ import annotations

import json
import logging
import socket
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from core.addresses import is_public
from core.alerting import Notification
from core.errors import DeliveryFailed, DeliveryRefused, SetupError

LATER: Final = frozenset({408, 425, 429})
"""Client errors that say "not now": time-out, too early, too many requests. So does every 5xx."""

PREFIX: Final = "whsec_"
"""What a secret begins with, by the standard."""

MOST_ADDRESSES: Final = 3
"""Of one name that are tried, one after the other, before the attempt counts as failed."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to addresses. Raises OSError."""


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, each once, in the order in which the system would try them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def make_client() -> httpx.Client:
    """A client for one receiver. No proxy of the environment comes in between: it would look the name up anew."""
    return httpx.Client(trust_env=False, verify=httpx.create_ssl_context())


class WebhookNotifier:
    """Fills `core.ports.Notifier`. Neither the address nor the secret ever stands in a message: an address may hold a
    token.

    A name is looked up once an attempt, what is found is checked, and what was checked is connected to: a name server
    that answers otherwise a moment later changes nothing. The certificate is verified for the name.
    """

    def __init__(
        self,
        url: str,
        secrets: str,
        timeout_s: float,
        client: httpx.Client,
        *,
        allow_private: Collection[str] = (),
        now: Callable[[], datetime] = _utc_now,
        resolve: Resolve = resolved,
    ) -> None:
        """Check the address and the secrets.

        Args:
            url: http or https; user and password in it are sent as basic authentication.
            secrets: each `whsec_` and base64, separated by blanks. Every message is signed with all of them, so that a
                receiver's secret can be changed without a message that it refuses.
            timeout_s: for each of connecting, sending and waiting for the answer.
            client: for this receiver alone, since connections are kept by address and not by name; the caller closes
                it.
            allow_private: hosts, as they stand in an address, that may be in a private network.

        Raises:
            SetupError: the address or a secret is not one.
        """
        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every address, token and all
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self._url = _checked(url)
        self._timeout_s = timeout_s
        self._client = client
        self._may_be_private = self._url.host.lower() in {host.lower() for host in allow_private}
        self._now = now
        self._resolve = resolve
        self._webhooks = [_signer(secret) for secret in secrets.split() or [""]]

    def notify(self, notification: Notification) -> None:
        """Deliver once.

        Raises:
            DeliveryFailed: no answer, or 408, 425, 429 or 5xx; the receiver may take it later.
            DeliveryRefused: any other answer but 2xx, a redirect among them: it could lead anywhere; or the name leads
                into a private network.
        """
        addresses = self._addresses()
        try:
            status, retry_after = self._post(notification, addresses)
        except httpx.TimeoutException as exc:
            raise DeliveryFailed(f"the receiver did not answer within {self._timeout_s:g} s") from exc
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as exc:
            raise DeliveryRefused(f"the request cannot be sent ({type(exc).__name__})") from exc
        except httpx.HTTPError as exc:
            raise DeliveryFailed(f"the receiver could not be reached ({type(exc).__name__})") from exc
        if 200 <= status < 300:
            return
        if status in LATER or 500 <= status < 600:
            raise DeliveryFailed(f"the receiver answered {status}", retry_after_s=seconds(retry_after, self._now()))
        raise DeliveryRefused(f"the receiver answered {status}")

    def _addresses(self) -> Sequence[str]:
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            found = self._resolve(self._url.host, port)
        except (OSError, UnicodeError):
            # from None: the name stands in the system's error
            raise DeliveryFailed("the receiver's name is not known to the name server") from None
        allowed = [address for address in found if self._may_be_private or is_public(address)]
        if not allowed:
            raise DeliveryRefused("the receiver is in a private network, and its host is not allowed by name")
        return allowed[:MOST_ADDRESSES]

    def _post(self, notification: Notification, addresses: Sequence[str]) -> tuple[int, str | None]:
        """Status and Retry-After of the first address that can be connected to."""
        body = json.dumps(notification.payload, ensure_ascii=False, separators=(",", ":"))
        headers = self._headers(notification, body)
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return self._post_to(address, headers, body)
        return self._post_to(addresses[-1], headers, body)

    def _post_to(self, address: str, headers: Mapping[str, str], body: str) -> tuple[int, str | None]:
        with self._client.stream(
            "POST",
            self._url.copy_with(host=address),
            content=body.encode(),
            headers=headers,
            timeout=self._timeout_s,
            follow_redirects=False,
            extensions={"sni_hostname": self._url.host},
        ) as answer:  # the body is not read: nothing in it matters
            return answer.status_code, answer.headers.get("retry-after")

    def _headers(self, notification: Notification, body: str) -> dict[str, str]:
        moment, name = self._now(), notification.notification_id
        return {
            "host": self._url.netloc.decode("ascii"),
            "content-type": "application/json",
            "user-agent": "groundswell",
            "webhook-id": name,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(webhook.sign(name, moment, body) for webhook in self._webhooks),
            "idempotency-key": name,
        }


def seconds(retry_after: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, which holds seconds or a date; `None` where it holds neither.

    >>> seconds("120", datetime(2026, 1, 31, tzinfo=UTC))
    120.0
    >>> seconds("Sat, 31 Jan 2026 00:00:30 GMT", datetime(2026, 1, 31, tzinfo=UTC))
    30.0
    >>> seconds("soon", datetime(2026, 1, 31, tzinfo=UTC))
    """
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _signer(secret: str) -> Webhook:
    """The library would sign with any base64, and skip in silence what is none."""
    try:
        b64decode(secret.removeprefix(PREFIX), validate=True)
        if secret.startswith(PREFIX):
            return Webhook(secret)
    except (EmptyWebhookSecretError, ValueError):
        pass
    raise SetupError(f"the webhook's secret is not `{PREFIX}` followed by base64") from None


def _checked(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise SetupError("the webhook's address is not a URL") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SetupError("the webhook's address must begin with http:// or https:// and name a host")
    return parsed
