"""Starts what makes alerts of surges and brings them to their receivers, each receiver by a thread of its own."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Event

from dotenv import dotenv_values

from core.settings import Settings
from ingest.configured import read_configuration
from storage.postgres import Database
from stream import outbox, timers, watch
from stream.receivers import notifiers

OUTBOX_EVERY_S = 1.0
"""How late an alert may be at most; a round that finds nothing is one indexed query a receiver."""
ABANDON_EVERY_S = 600.0

log = logging.getLogger(__name__)


def environment() -> dict[str, str]:
    """Where receivers' addresses and secrets are: the environment, and .env beside the settings that are read there."""
    written = dotenv_values(".env") if Path(".env").is_file() else {}
    return {name: value for name, value in written.items() if value is not None} | dict(os.environ)


def start(settings: Settings, database: Database, stop: Event) -> None:
    """Threads that step the surges and send to every receiver; workers share the work by database locks.

    Raises:
        SetupError: the configuration has a fault, or a receiver's address or secret is missing or is not one.
    """
    found = read_configuration(settings.config)
    routing, rules = found.routing(settings.dashboard_url), found.drawn_rules()
    receivers = notifiers(found, settings, environment())

    def look() -> None:
        watch.look(database.incidents, _now(), routing, rules, timedelta(seconds=settings.surge_every_s))

    def abandon() -> None:
        now = _now()
        if left := database.outbox.abandon(list(receivers), now - outbox.GIVE_UP_AFTER, now):
            log.error("%d messages are given up: their receivers are not configured any more", left)

    timers.every(settings.surge_every_s, "surges", look, stop)
    for name, notifier in receivers.items():
        send = partial(outbox.send_due, database.outbox.to(name), notifier, _now, Random())
        timers.every(OUTBOX_EVERY_S, f"alerts to {name}", send, stop)
    timers.every(ABANDON_EVERY_S, "abandoned alerts", abandon, stop)


def _now() -> datetime:
    return datetime.now(UTC)
