"""Sends the notifications that wait: what the worker does besides reading."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from core.alerting import Notification, NotificationState
from core.errors import DeliveryFailed, DeliveryRefused
from core.ports import Notifier, Outbox

FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 3_600.0
GIVE_UP_AFTER: Final = timedelta(days=1)
"""Since it was queued: an alert that is older wakes someone for nothing."""
MAX_ATTEMPTS: Final = 34
"""A day, for what does not say when it was queued: the waits double from 2 s to 2,048 s in 11 steps (4,094 s together)
and are then 23 hours, each 1 h. With the jitter it is between half a day and a day."""
LONGEST_ASKED_S: Final = 86_400.0
"""A receiver that asks for more patience than a day (Retry-After) gets a day's."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round through the outbox did."""

    delivered: int = 0
    failed: int = 0
    """To be tried again."""
    dead: int = 0
    """Given up: refused, or tried for a day."""


def send_due(outbox: Outbox, notifier: Notifier, now: Callable[[], datetime], rng: Random, limit: int = 20) -> Sent:
    """Send what is due, until nothing is, the receiver fails, or `limit` are done.

    A failure ends the round: there is one receiver, and the others would wait for its time-out one by one. Each
    notification stays locked while it is on its way. If the process dies in between, it is sent again under the same
    id.

    Raises:
        DatabaseUnavailable: what was delivered but not settled is sent again.
    """
    delivered = dead = 0
    for _ in range(limit):
        with outbox.next_due(now()) as notification:
            if notification is None:
                break
            settled = attempt(notification, notifier, now, rng)
            outbox.settle(settled)
        match settled.state:
            case NotificationState.SENT:
                delivered += 1
            case NotificationState.DEAD:
                dead += 1
            case NotificationState.PENDING:
                return Sent(delivered, 1, dead)
    return Sent(delivered, 0, dead)


def attempt(notification: Notification, notifier: Notifier, now: Callable[[], datetime], rng: Random) -> Notification:
    """Try one delivery; return the notification as it then stands: sent, to be tried again, or dead."""
    tried = replace(notification, attempts=notification.attempts + 1)
    try:
        notifier.notify(notification)
    except DeliveryRefused as exc:
        log.error("%s is given up: %s", notification.notification_id, exc)
        return replace(tried, state=NotificationState.DEAD, given_up_at=now(), last_error=str(exc))
    except DeliveryFailed as exc:
        failed_at = now()
        if is_too_late(tried, failed_at):
            log.error("%s is given up after %d attempts: %s", notification.notification_id, tried.attempts, exc)
            return replace(tried, state=NotificationState.DEAD, given_up_at=failed_at, last_error=str(exc))
        due_at = failed_at + timedelta(seconds=back_off_s(tried.attempts, exc.retry_after_s, rng))
        if notification.queued_at is not None:  # the last attempt is made when the day is over, and not before
            due_at = min(due_at, notification.queued_at + GIVE_UP_AFTER)
        wait_s = (due_at - failed_at).total_seconds()
        log.warning("%s: %s; tried again in %.0f s", notification.notification_id, exc, wait_s)
        return replace(tried, due_at=due_at, last_error=str(exc))
    return replace(tried, state=NotificationState.SENT, sent_at=now(), last_error=None)


def is_too_late(tried: Notification, now: datetime) -> bool:
    """Whether a message that failed is not tried again."""
    if tried.queued_at is None:
        return tried.attempts >= MAX_ATTEMPTS
    return now >= tried.queued_at + GIVE_UP_AFTER


def back_off_s(attempts: int, asked_s: float | None, rng: Random) -> float:
    """Seconds until the next attempt: 2, 4, 8 … up to 3,600, of which a random half to whole, and never less than the
    receiver asked for.

    Args:
        attempts: made so far, at least 1.
        asked_s: from Retry-After; at most a day of it is granted.

    Source: Brooker 2015, Exponential Backoff and Jitter ("equal jitter").
    """
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempts - 1))
    jittered_s = wait_s * (0.5 + rng.random() / 2)
    return max(jittered_s, min(asked_s or 0.0, LONGEST_ASKED_S))
