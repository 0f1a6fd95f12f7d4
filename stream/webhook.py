"""Delivers a notification to a webhook: one signed HTTP POST, as Standard Webhooks (https://www.standardwebhooks.com).

The receiver verifies `webhook-signature` over id, timestamp and body, and drops a `webhook-id` that it has seen: a
delivery whose answer got lost is made again under the same id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from core.alerting import Notification
from core.errors import DeliveryFailed, DeliveryRefused, SetupError

LATER: Final = frozenset({408, 425, 429})
"""Client errors that say "not now": time-out, too early, too many requests. So does every 5xx."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebhookNotifier:
    """Fills `core.ports.Notifier`. Neither the address nor the secret ever stands in a message: an address may hold a
    token."""

    def __init__(
        self, url: str, secret: str, timeout_s: float, client: httpx.Client, now: Callable[[], datetime] = _utc_now
    ) -> None:
        """Check the address and the secret.

        Args:
            url: http or https; user and password in it are sent as basic authentication.
            secret: `whsec_` and base64.
            timeout_s: for each of connecting, sending and waiting for the answer.
            client: the caller closes it.

        Raises:
            SetupError: the address or the secret is not one.
        """
        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every address, token and all
        self._url = _checked(url)
        self._timeout_s = timeout_s
        self._client = client
        self._now = now
        try:
            self._webhook = Webhook(secret)
        except (EmptyWebhookSecretError, ValueError):
            raise SetupError("the webhook's secret is not `whsec_` followed by base64") from None

    def notify(self, notification: Notification) -> None:
        """Deliver once.

        Raises:
            DeliveryFailed: no answer, or 408, 425, 429 or 5xx; the receiver may take it later.
            DeliveryRefused: any other answer but 2xx, a redirect among them: it could lead anywhere.
        """
        try:
            with self._post(notification) as answer:  # the body is not read: nothing in it matters
                status, retry_after = answer.status_code, answer.headers.get("retry-after")
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

    def _post(self, notification: Notification) -> AbstractContextManager[httpx.Response]:
        body = json.dumps(notification.payload, ensure_ascii=False, separators=(",", ":"))
        moment = self._now()
        headers = {
            "content-type": "application/json",
            "user-agent": "groundswell",
            "webhook-id": notification.notification_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._webhook.sign(notification.notification_id, moment, body),
        }
        return self._client.stream(
            "POST", self._url, content=body.encode(), headers=headers, timeout=self._timeout_s, follow_redirects=False
        )


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


def _checked(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise SetupError("the webhook's address is not a URL") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SetupError("the webhook's address must begin with http:// or https:// and name a host")
    return parsed
