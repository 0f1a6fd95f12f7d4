"""Requests for a draft are taken by urgency, by one writer each, and are done when what was written is saved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import DataRejected
from core.replies import Draft, DraftRequest, DraftState
from core.scoring import Unjudged, unscored
from tests.builders import NOON, make_post, make_scored
from tests.contract.conftest import Stores


def ask(stores: Stores, number: str, priority: float = 0.5, after_s: float = 0) -> DraftRequest:
    scored = make_scored(number)
    request = DraftRequest(scored.post.post_id, "an angry customer", priority, NOON + timedelta(seconds=after_s))
    assert stores.posts.record([scored], [request]).drafts_requested == 1
    return request


def make_draft(request: DraftRequest) -> Draft:
    return Draft(request.post_id, DraftState.READY, "We are sorry.", "template", "apology", NOON)


def waiting(stores: Stores, limit: int = 10) -> list[DraftRequest]:
    with stores.drafts.requested(limit) as requests:
        return [request for request, _ in requests]


def test_the_most_urgent_comes_first_and_of_equals_the_oldest(stores: Stores) -> None:
    second, third = ask(stores, "1", 0.5, after_s=1), ask(stores, "2", 0.5, after_s=2)
    first = ask(stores, "3", 0.75, after_s=3)

    assert waiting(stores) == [first, second, third]
    assert waiting(stores, limit=2) == [first, second]


def test_a_request_comes_with_its_post(stores: Stores) -> None:
    silent = unscored(make_post("2", text=""), Unjudged.EMPTY)
    requests = [
        DraftRequest(make_scored("1").post.post_id, "r", 1.0, NOON),
        DraftRequest(silent.post.post_id, "r", 0.5, NOON),
    ]
    stores.posts.record([make_scored("1"), silent], requests)

    with stores.drafts.requested(10) as taken:
        assert [scored for _, scored in taken] == [make_scored("1"), silent]


def test_what_is_saved_is_done(stores: Stores) -> None:
    request = ask(stores, "1")

    with stores.drafts.requested(10):
        stores.drafts.save(make_draft(request))

    assert waiting(stores) == []


def test_what_is_not_saved_is_asked_for_again(stores: Stores) -> None:
    done, left = ask(stores, "1", 0.75), ask(stores, "2")

    with stores.drafts.requested(10):
        stores.drafts.save(make_draft(done))

    assert waiting(stores) == [left]


def test_a_writer_that_fails_leaves_its_requests_as_they_were(stores: Stores) -> None:
    request = ask(stores, "1")

    def write() -> None:
        with stores.drafts.requested(10):
            stores.drafts.save(make_draft(request))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()

    assert waiting(stores) == [request]


def test_two_writers_never_hold_the_same_request(two_workers: tuple[Stores, Stores]) -> None:
    first, second = ask(two_workers[0], "1", 0.75), ask(two_workers[0], "2")

    with two_workers[0].drafts.requested(1) as mine, two_workers[1].drafts.requested(10) as others:
        assert [request for request, _ in mine] == [first]
        assert [request for request, _ in others] == [second]
        assert waiting(two_workers[0]) == []


def test_what_is_not_held_cannot_be_saved(stores: Stores) -> None:
    request = ask(stores, "1")

    with pytest.raises(DataRejected, match="not held"):
        stores.drafts.save(make_draft(request))
