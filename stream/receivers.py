"""Makes a notifier of every receiver that is configured; their addresses and secrets come from the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from core.alerting import DEFAULT_RECEIVER
from core.configuration import Configuration
from core.errors import SetupError
from core.ports import Notifier
from core.route_files import Receiver, WebhookTable
from core.settings import Settings
from stream.chat import ChatNotifier
from stream.webhook import WebhookNotifier, make_client

LOOPBACK = "127.0.0.1"


def notifiers(
    found: Configuration,
    settings: Settings,
    environ: Mapping[str, str],
    client: Callable[[], httpx.Client] = make_client,
) -> dict[str, Notifier]:
    """Every receiver by name; the settings' own is always there.

    Raises:
        SetupError: an address or a secret is missing, or is not one. The message names the receiver and the variable,
            and neither address nor secret.
    """
    return {name: notifier(name, found, settings, environ, client) for name in names(found)}


def names(found: Configuration) -> list[str]:
    """Of every receiver; the settings' own comes first."""
    return [DEFAULT_RECEIVER, *(receiver.name for receiver in found.receivers)]


def notifier(
    name: str,
    found: Configuration,
    settings: Settings,
    environ: Mapping[str, str],
    client: Callable[[], httpx.Client] = make_client,
) -> Notifier:
    """One receiver, whatever is wrong with the others.

    Raises:
        SetupError: there is none of this name, or as `notifiers`.
    """
    if name == DEFAULT_RECEIVER:
        return default_receiver(settings, client())
    receiver = next((receiver for receiver in found.receivers if receiver.name == name), None)
    if receiver is None:
        raise SetupError(f"there is no receiver {name!r}; there are {', '.join(sorted(names(found)))}")
    try:
        return _notifier(receiver, settings, environ, client)
    except SetupError as exc:
        raise SetupError(f"receiver {name}: {exc}") from None


def default_receiver(settings: Settings, client: httpx.Client) -> Notifier:
    """The receiver that the settings describe; without an address, the demo's on this machine. Raises SetupError."""
    url, allowed = settings.webhook_url, settings.webhook_allow_private.split()
    if not url:
        url, allowed = f"http://{LOOPBACK}:{settings.demo_port}/webhooks", [*allowed, LOOPBACK]
    secrets = settings.webhook_secret.get_secret_value()
    return WebhookNotifier(url, secrets, settings.webhook_timeout_s, client, allow_private=allowed)


def _notifier(
    receiver: Receiver, settings: Settings, environ: Mapping[str, str], client: Callable[[], httpx.Client]
) -> Notifier:
    if receiver.webhook is not None:
        return _webhook(receiver.webhook, settings, environ, client())
    assert receiver.apprise is not None
    return ChatNotifier(_value(environ, receiver.apprise.url_env))


def _webhook(
    table: WebhookTable, settings: Settings, environ: Mapping[str, str], client: httpx.Client
) -> WebhookNotifier:
    own = " ".join(_value(environ, name) for name in table.secrets_env)
    return WebhookNotifier(
        _value(environ, table.url_env),
        own or settings.webhook_secret.get_secret_value(),
        settings.webhook_timeout_s,
        client,
        allow_private=table.allow_private,
    )


def _value(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SetupError(f"the environment has no {name}")
    return value
