"""What becomes of a notification that waits, and of a draft that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from core.alerting import Notification, NotificationState
from core.errors import DatabaseUnavailable, DeliveryFailed, DeliveryRefused
from stream.outbox import (
    FIRST_WAIT_S,
    GIVE_UP_AFTER,
    LONGEST_ASKED_S,
    LONGEST_WAIT_S,
    MAX_ATTEMPTS,
    Sent,
    back_off_s,
    send_due,
)
from tests.builders import NOON
from tests.fakes import ManualClock, RecordingNotifier


class ListOutbox:
    """An outbox over a list."""

    def __init__(self, *waiting: Notification) -> None:
        self.by_id = {notification.notification_id: notification for notification in waiting}

    @contextmanager
    def next_due(self, now: datetime) -> Iterator[Notification | None]:
        due = (n for n in self.by_id.values() if n.state is NotificationState.PENDING and n.due_at <= now)
        yield next(due, None)

    def settle(self, notification: Notification) -> None:
        self.by_id[notification.notification_id] = notification


def make_notification(notification_id: str = "n1", attempts: int = 0, **changes: Any) -> Notification:
    values: dict[str, Any] = {
        "notification_id": notification_id,
        "incident_id": "a" * 32,
        "event": "firing",
        "payload": {"version": "4"},
        "state": NotificationState.PENDING,
        "attempts": attempts,
        "due_at": NOON,
    }
    return Notification(**(values | changes))


def send(outbox: ListOutbox, notifier: RecordingNotifier, clock: ManualClock | None = None) -> Sent:
    return send_due(outbox, notifier, clock or ManualClock(), Random(7))


def test_what_is_due_is_sent_and_settled() -> None:
    outbox, notifier = ListOutbox(make_notification("n1"), make_notification("n2")), RecordingNotifier()

    assert send(outbox, notifier) == Sent(delivered=2)
    assert [n.notification_id for n in notifier.delivered] == ["n1", "n2"]
    assert outbox.by_id["n1"].state is NotificationState.SENT
    assert (outbox.by_id["n1"].sent_at, outbox.by_id["n1"].attempts) == (NOON, 1)


def test_what_was_sent_is_not_sent_again() -> None:
    outbox, notifier = ListOutbox(make_notification()), RecordingNotifier()

    send(outbox, notifier)
    send(outbox, notifier)

    assert len(notifier.delivered) == 1


def test_what_is_not_due_waits() -> None:
    outbox, notifier = ListOutbox(make_notification(due_at=NOON + timedelta(seconds=1))), RecordingNotifier()

    assert send(outbox, notifier) == Sent()


def test_a_failure_is_tried_again_later_and_keeps_its_reason() -> None:
    outbox = ListOutbox(make_notification())
    clock, notifier = ManualClock(), RecordingNotifier(DeliveryFailed("the receiver answered 503"))

    assert send(outbox, notifier, clock) == Sent(failed=1)
    failed = outbox.by_id["n1"]
    assert (failed.state, failed.attempts) == (NotificationState.PENDING, 1)
    assert failed.last_error == "the receiver answered 503"
    assert timedelta(seconds=FIRST_WAIT_S / 2) <= failed.due_at - NOON <= timedelta(seconds=FIRST_WAIT_S)
    clock.advance(FIRST_WAIT_S)
    assert send(outbox, notifier, clock) == Sent(delivered=1)
    assert (outbox.by_id["n1"].attempts, outbox.by_id["n1"].last_error) == (2, None)


def test_a_failure_ends_the_round() -> None:
    outbox, notifier = (
        ListOutbox(make_notification("n1"), make_notification("n2")),
        RecordingNotifier(DeliveryFailed("no answer")),
    )

    assert send(outbox, notifier) == Sent(failed=1)
    assert notifier.delivered == []


def test_retry_after_is_honoured() -> None:
    outbox = ListOutbox(make_notification())

    send(outbox, RecordingNotifier(DeliveryFailed("the receiver answered 429", retry_after_s=120)))

    assert outbox.by_id["n1"].due_at == NOON + timedelta(seconds=120)


def test_a_refusal_is_final_and_does_not_end_the_round() -> None:
    outbox = ListOutbox(make_notification("n1"), make_notification("n2"))

    assert send(outbox, RecordingNotifier(DeliveryRefused("the receiver answered 404"))) == Sent(delivered=1, dead=1)
    assert outbox.by_id["n1"].state is NotificationState.DEAD
    assert outbox.by_id["n1"].last_error == "the receiver answered 404"


def test_after_a_day_of_failures_a_notification_is_dead() -> None:
    outbox = ListOutbox(make_notification(attempts=MAX_ATTEMPTS - 1))

    assert send(outbox, RecordingNotifier(DeliveryFailed("no answer"))) == Sent(dead=1)
    assert outbox.by_id["n1"].state is NotificationState.DEAD


def test_what_is_never_taken_is_tried_for_a_day_since_it_was_queued_and_then_given_up() -> None:
    outbox, clock = ListOutbox(make_notification(queued_at=NOON)), ManualClock()
    tries: list[datetime] = []
    while outbox.by_id["n1"].state is NotificationState.PENDING:
        clock.now = outbox.by_id["n1"].due_at
        tries.append(clock.now)
        send(outbox, RecordingNotifier(DeliveryFailed("no answer")), clock)

    waits_s = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
    assert tries[-1] == NOON + GIVE_UP_AFTER
    assert max(waits_s) <= LONGEST_WAIT_S
    assert 25 < len(tries) < 60
    assert (outbox.by_id["n1"].state, outbox.by_id["n1"].given_up_at) == (NotificationState.DEAD, tries[-1])


def test_who_asks_to_wait_for_longer_than_is_left_is_asked_once_more_at_the_end() -> None:
    outbox = ListOutbox(make_notification(queued_at=NOON))
    clock = ManualClock(NOON + timedelta(hours=20))

    send(outbox, RecordingNotifier(DeliveryFailed("the receiver answered 503", retry_after_s=80_000)), clock)

    assert outbox.by_id["n1"].due_at == NOON + GIVE_UP_AFTER


def test_all_waits_together_are_about_a_day() -> None:
    longest = sum(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (n - 1)) for n in range(1, MAX_ATTEMPTS))

    # 2 + 4 + … + 2,048 = 4,094 s, and 22 waits of an hour
    assert longest == 4_094 + 22 * 3_600
    assert longest <= 86_400


@pytest.mark.parametrize(("attempts", "whole"), [(1, 2), (2, 4), (5, 32), (11, 2_048), (12, 3_600), (33, 3_600)])
def test_the_waits_double_up_to_an_hour_with_jitter(attempts: int, whole: float) -> None:
    rng = Random(1)
    waits = [back_off_s(attempts, None, rng) for _ in range(200)]

    assert whole / 2 <= min(waits) < 0.6 * whole
    assert 0.9 * whole < max(waits) <= whole


def test_a_receiver_cannot_ask_for_more_than_a_day() -> None:
    assert back_off_s(1, 10_000_000, Random(1)) == LONGEST_ASKED_S


def test_a_database_that_is_gone_is_the_caller_s_to_try_again() -> None:
    class Gone(ListOutbox):
        def settle(self, notification: Notification) -> None:
            raise DatabaseUnavailable("the connection is closed")

    with pytest.raises(DatabaseUnavailable):
        send(Gone(make_notification()), RecordingNotifier())
