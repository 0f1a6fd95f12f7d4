"""Hands approved replies over to the firm's helpdesk, by the sender that sends alerts, with its waits and its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

import httpx

from core.ports import Notifier, Outbox
from core.settings import Settings
from stream.outbox import Sent, send_due
from stream.webhook import WebhookNotifier


def helpdesk(settings: Settings, client: httpx.Client) -> Notifier | None:
    """Who gets approved replies; `None` where nobody does: they wait, and the HTTP API shows them.

    Raises:
        SetupError: the address or the secret is not one.
    """
    url, allowed = settings.replies_url, settings.webhook_allow_private.split()
    if not url and not settings.sources:
        url, allowed = f"http://127.0.0.1:{settings.demo_port}/webhooks", ["127.0.0.1"]
    if not url:
        return None
    secret = settings.replies_secret.get_secret_value() or settings.webhook_secret.get_secret_value()
    return WebhookNotifier(url, secret, settings.webhook_timeout_s, client, allow_private=allowed)


def hand_over(handovers: Outbox, notifier: Notifier, now: Callable[[], datetime], rng: Random) -> Sent:
    """Send what is due; a reply stays locked while it is on its way, and keeps its id however often it is sent.

    Raises:
        DatabaseUnavailable: what was delivered but not settled is sent again under the same id.
    """
    return send_due(handovers, notifier, now, rng)
