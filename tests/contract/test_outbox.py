"""Notifications wait until they are due, and are held by one sender at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerting import Notification, NotificationState
from core.errors import DataRejected
from tests.builders import NOON
from tests.contract.conftest import Stores
from tests.contract.test_incident_store import make_incident, make_notification, store

LATER = NOON + timedelta(minutes=1)


def put(stores: Stores, *notifications: Notification) -> None:
    names = {notification.incident_id for notification in notifications}
    store(stores, *(make_incident(name, key=name) for name in sorted(names)), notifications=notifications)


def sent(notification: Notification) -> Notification:
    return replace(notification, state=NotificationState.SENT, attempts=notification.attempts + 1, sent_at=NOON)


def test_the_longest_due_is_first_and_what_is_not_due_waits(stores: Stores) -> None:
    early, late = make_notification("i1", due_at=NOON - timedelta(seconds=1)), make_notification("i2", due_at=LATER)
    put(stores, late, make_notification("i3", due_at=NOON), early)

    with stores.outbox.next_due(NOON) as found:
        assert found == early


def test_nothing_is_due_in_an_empty_outbox(stores: Stores) -> None:
    with stores.outbox.next_due(NOON) as found:
        assert found is None


def test_an_end_is_not_told_before_its_beginning(stores: Stores) -> None:
    firing = make_notification(due_at=LATER)
    put(stores, firing, make_notification(event="resolved"))

    with stores.outbox.next_due(NOON) as found:
        assert found is None
    with stores.outbox.next_due(LATER) as found:
        assert found == firing
        stores.outbox.settle(sent(firing))
    with stores.outbox.next_due(LATER) as found:
        assert found is not None
        assert found.event == "resolved"


def test_what_is_settled_as_sent_is_not_due_again(stores: Stores) -> None:
    put(stores, make_notification())

    with stores.outbox.next_due(NOON) as found:
        assert found is not None
        stores.outbox.settle(sent(found))

    with stores.outbox.next_due(LATER) as found:
        assert found is None


def test_what_failed_comes_back_when_it_is_due_with_what_was_settled(stores: Stores) -> None:
    put(stores, make_notification())
    failed = make_notification(attempts=1, due_at=LATER, last_error="503: later, please")

    with stores.outbox.next_due(NOON):
        stores.outbox.settle(failed)

    with stores.outbox.next_due(LATER - timedelta(seconds=1)) as found:
        assert found is None
    with stores.outbox.next_due(LATER) as found:
        assert found == failed


def test_a_sender_that_fails_leaves_the_notification_as_it_was(stores: Stores) -> None:
    put(stores, make_notification())

    def send() -> None:
        with stores.outbox.next_due(NOON) as found:
            assert found is not None
            stores.outbox.settle(sent(found))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send()

    with stores.outbox.next_due(NOON) as found:
        assert found == make_notification()


def test_two_senders_never_hold_the_same_notification(two_workers: tuple[Stores, Stores]) -> None:
    put(two_workers[0], make_notification("i1"), make_notification("i2"))
    one, two = (worker.outbox for worker in two_workers)

    with one.next_due(NOON) as first, two.next_due(NOON) as second, one.next_due(NOON) as third:
        assert first is not None
        assert second is not None
        assert first != second
        assert third is None


def test_many_senders_send_each_notification_once(two_workers: tuple[Stores, Stores]) -> None:
    put(two_workers[0], *(make_notification(f"i{n}") for n in range(40)))

    def send(worker: Stores) -> list[str]:
        delivered: list[str] = []
        while True:
            with worker.outbox.next_due(NOON) as notification:
                if notification is None:
                    return delivered
                delivered.append(notification.notification_id)
                worker.outbox.settle(sent(notification))

    with ThreadPoolExecutor(4) as threads:
        delivered = [name for names in threads.map(send, two_workers * 2) for name in names]

    assert sorted(delivered) == sorted(f"i{n}-firing" for n in range(40))


def test_what_is_not_held_cannot_be_settled(stores: Stores) -> None:
    put(stores, make_notification())
    with stores.outbox.next_due(NOON) as found:
        assert found is not None

    with pytest.raises(DataRejected, match="not held"):
        stores.outbox.settle(sent(found))
