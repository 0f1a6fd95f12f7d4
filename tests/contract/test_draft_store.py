"""Requests for a draft are taken by urgency, by one writer each, and are done when what was written is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import DataRejected
from core.guard import Finding, Rule
from core.plans import Act, Line, Plan, plan_of
from core.posts import Channel
from core.replies import Draft, DraftRequest, DraftState, Earlier, Refused
from core.reviews import Approval, Reason, Rejection, Reviewer
from core.scoring import Unjudged, unscored
from storage.postgres import Database
from tests.builders import NOON, make_post, make_scored
from tests.contract.conftest import Stores

ADA = Reviewer("Ada", "page-1")


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


def test_who_waits_moves_up_but_never_before_danger(stores: Stores) -> None:
    # asked for months ago, as seen from the clock of the store: + 0.4, and capped below danger
    danger, old = ask(stores, "1", 1.0), ask(stores, "2", 0.5)
    new = make_scored("3")
    request = DraftRequest(new.post.post_id, "an angry customer", 0.8, datetime.now(UTC))
    stores.posts.record([new], [request])

    assert [one.post_id for one in waiting(stores)] == [danger.post_id, old.post_id, request.post_id]


def test_danger_that_was_only_seen_while_drafting_goes_first_from_then_on(stores: Stores) -> None:
    mild, urgent = ask(stores, "1", 0.2), ask(stores, "2", 0.9)
    with stores.drafts.requested(10):
        stores.drafts.save(replace(make_draft(mild), plan=replace(PLAN, verbatim=True)))
        stores.drafts.save(replace(make_draft(urgent), plan=PLAN))

    assert stores.reviews.take(ADA, NOON, timedelta(minutes=5)) == mild.post_id


LINE = Line(Act.ASK, "Which card is it?", "card_arrival.ask.0")
PLAN = Plan(
    "p", "card_arrival", "2", Channel.CUSTOMER, "anger", 0.7, (LINE,), 280, links=("the app",),
    must_not_say=("refund",),
)  # fmt: skip
REFUSED = Refused("local-1", "We refund you 500.", (Finding(Rule.AMOUNT, "500"),))


def write(stores: Stores, number: str, at: datetime, state: DraftState = DraftState.READY, **post: str) -> str:
    scored = make_scored(number, **post)
    post_id = scored.post.post_id
    stores.posts.record([scored], [DraftRequest(post_id, "r", 0.5, NOON)])
    with stores.drafts.requested(10):
        stores.drafts.save(Draft(post_id, state, f"text {number}", "local-1", "r", at, PLAN, (REFUSED,)))
    return post_id


def test_an_author_s_earlier_drafts_are_found_newest_first(stores: Stores) -> None:
    old, new = (write(stores, n, NOON + timedelta(hours=int(n)), author_key="a") for n in "12")
    other = write(stores, "3", NOON + timedelta(hours=3), author_key="b")
    write(stores, "4", NOON, DraftState.REPEATED, author_key="a")

    found = stores.drafts.drafted(["a", "b", "c"], NOON)

    assert found == {
        "a": [
            Earlier(new, "card_arrival", "text 2", NOON + timedelta(hours=2)),
            Earlier(old, "card_arrival", "text 1", NOON + timedelta(hours=1)),
        ],
        "b": [Earlier(other, "card_arrival", "text 3", NOON + timedelta(hours=3))],
    }


def test_a_draft_before_the_time_or_of_another_author_is_not_found(stores: Stores) -> None:
    write(stores, "1", NOON, author_key="a")

    assert stores.drafts.drafted(["a"], NOON + timedelta(seconds=1)) == {}
    assert stores.drafts.drafted(["b"], NOON) == {}
    assert stores.drafts.drafted([], NOON) == {}


def test_a_rejected_draft_is_no_answer_and_an_edited_one_is(stores: Stores) -> None:
    one, two = (write(stores, n, NOON, author_key="a") for n in "12")
    for post_id in (one, two):
        stores.reviews.claim(post_id, ADA, NOON, timedelta(minutes=1))
    stores.reviews.decide(one, Rejection(Reason.TONE), ADA, NOON)
    stores.reviews.decide(two, Approval("other words"), ADA, NOON)

    assert stores.drafts.drafted(["a"], NOON) == {"a": [Earlier(two, "card_arrival", "other words", NOON)]}


def test_a_draft_is_kept_with_its_plan_and_with_what_the_guard_refused(database: Database) -> None:
    write(database, "1", NOON)
    row = database.read("drafts_waiting", count=1)[0]

    assert plan_of(row["plan"]) == PLAN
    assert row["refused"] == [
        {"writer": "local-1", "text": "We refund you 500.", "findings": [{"rule": "amount or number", "quote": "500"}]}
    ]
    assert (row["entry"], row["playbook"]) == ("card_arrival", "2")
