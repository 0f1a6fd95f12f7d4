"""Approved replies wait until they are due, are held by one sender at a time, and are told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerting import Notification, NotificationState
from core.errors import DataRejected
from core.reviews import Approval
from tests.builders import NOON
from tests.contract.conftest import Stores
from tests.contract.test_review_store import ADA, DRAFT, TEN, wait_for_review

LATER = NOON + timedelta(minutes=1)


def approve(stores: Stores, number: str = "1") -> str:
    post_id = wait_for_review(stores, number)
    stores.reviews.claim(post_id, ADA, NOON, TEN)
    stores.reviews.decide(post_id, Approval(DRAFT), ADA, NOON)
    return post_id


def sent(notification: Notification) -> Notification:
    return replace(notification, state=NotificationState.SENT, attempts=1, sent_at=LATER)


def test_two_senders_never_hold_the_same_reply(two_workers: tuple[Stores, Stores]) -> None:
    ids = {f"{approve(two_workers[0], number)}.approved" for number in "12"}
    one, other = (worker.handovers for worker in two_workers)

    with one.next_due(NOON) as first, other.next_due(NOON) as second, one.next_due(NOON) as third:
        assert first is not None
        assert second is not None
        assert {first.notification_id, second.notification_id} == ids
        assert third is None


def test_what_was_sent_is_not_due_again(stores: Stores) -> None:
    approve(stores)
    with stores.handovers.next_due(NOON) as found:
        assert found is not None
        stores.handovers.settle(sent(found))

    with stores.handovers.next_due(LATER) as again:
        assert again is None


def test_what_failed_comes_back_when_it_is_due(stores: Stores) -> None:
    approve(stores)
    with stores.handovers.next_due(NOON) as found:
        assert found is not None
        failed = replace(found, attempts=1, due_at=LATER, last_error="the receiver answered 503")
        stores.handovers.settle(failed)

    with stores.handovers.next_due(NOON) as early:
        assert early is None
    with stores.handovers.next_due(LATER) as found:
        assert found == failed


def test_a_sender_that_fails_leaves_the_reply_as_it_was(stores: Stores) -> None:
    approve(stores)

    def send() -> None:
        with stores.handovers.next_due(NOON) as found:
            assert found is not None
            stores.handovers.settle(sent(found))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send()
    with stores.handovers.next_due(NOON) as found:
        assert found is not None
        assert found.attempts == 0


def test_what_is_not_held_cannot_be_settled(stores: Stores) -> None:
    approve(stores)
    with stores.handovers.next_due(NOON) as found:
        assert found is not None

    with pytest.raises(DataRejected, match="not held"):
        stores.handovers.settle(sent(found))
