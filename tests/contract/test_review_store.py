"""A draft is in one person's hands at a time, is decided once, and what is approved is on its way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from core.replies import Draft, DraftRequest, DraftState
from core.reviews import Answer, Approval, Reason, Rejection, Reviewer
from tests.builders import NOON, make_scored
from tests.contract.conftest import Stores

ADA, BEN = Reviewer("Ada", "page-1"), Reviewer("Ben", "page-2")
TEN = timedelta(minutes=10)
DRAFT = "We are sorry. Please write to us."


def wait_for_review(
    stores: Stores, number: str = "1", priority: float = 0.5, state: DraftState = DraftState.READY
) -> str:
    """A draft that was written; its id."""
    scored = make_scored(number)
    post_id = scored.post.post_id
    stores.posts.record([scored], [DraftRequest(post_id, "a complaint", priority, NOON)])
    with stores.drafts.requested(10):
        stores.drafts.save(Draft(post_id, state, DRAFT if state is DraftState.READY else "", "playbook-2", "r", NOON))
    return post_id


def due(stores: Stores, at: datetime = NOON) -> list[str]:
    with stores.handovers.next_due(at) as found:
        return [] if found is None else [found.notification_id]


def test_a_draft_has_one_reviewer(two_workers: tuple[Stores, Stores]) -> None:
    one, other = two_workers
    post_id = wait_for_review(one)

    assert one.reviews.claim(post_id, ADA, NOON, TEN) is Answer.DONE
    assert other.reviews.claim(post_id, BEN, NOON, TEN) is Answer.HELD
    assert other.reviews.decide(post_id, Approval("mine"), BEN, NOON) is Answer.HELD
    assert one.reviews.decide(post_id, Approval(DRAFT), ADA, NOON) is Answer.DONE


def test_two_people_of_one_name_are_two_people(stores: Stores) -> None:
    post_id = wait_for_review(stores)

    assert stores.reviews.claim(post_id, Reviewer("analyst", "page-1"), NOON, TEN) is Answer.DONE
    assert stores.reviews.claim(post_id, Reviewer("analyst", "page-2"), NOON, TEN) is Answer.HELD


def test_of_many_who_claim_at_once_one_has_it(two_workers: tuple[Stores, Stores]) -> None:
    post_id = wait_for_review(two_workers[0])

    def claim(n: int) -> Answer:
        return two_workers[n % 2].reviews.claim(post_id, Reviewer("analyst", f"page-{n}"), NOON, TEN)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(claim, range(8)))

    assert sorted(answers) == [Answer.DONE, *[Answer.HELD] * 7]


def test_many_who_take_the_next_one_get_one_each(two_workers: tuple[Stores, Stores]) -> None:
    ids = {wait_for_review(two_workers[0], str(n)) for n in range(6)}

    def take(n: int) -> str | None:
        return two_workers[n % 2].reviews.take(Reviewer("analyst", f"page-{n}"), NOON, TEN)

    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(take, range(6)))

    # who asks while another's claim is being written passes it over, and may find nothing: none is had twice
    got = [post_id for post_id in taken if post_id]
    assert len(got) == len(set(got))
    assert set(got) <= ids
    assert len(got) >= 1


def test_the_most_urgent_is_taken_first_and_danger_before_all(stores: Stores) -> None:
    calm = wait_for_review(stores, "1", 0.1)
    danger = wait_for_review(stores, "2", 1.0, DraftState.ABSTAINED)
    angry = wait_for_review(stores, "3", 0.5)

    assert [stores.reviews.take(Reviewer("a", key), NOON, TEN) for key in "1234"] == [danger, angry, calm, None]


def test_a_claim_ends_by_itself_and_then_belongs_to_the_next(stores: Stores) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)

    assert stores.reviews.take(BEN, NOON + TEN - timedelta(seconds=1), TEN) is None
    assert stores.reviews.take(BEN, NOON + TEN, TEN) == post_id
    assert stores.reviews.decide(post_id, Approval(DRAFT), ADA, NOON + TEN) is Answer.HELD


def test_a_claim_that_ended_still_counts_while_nobody_took_the_draft(stores: Stores) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)

    assert stores.reviews.decide(post_id, Approval(DRAFT), ADA, NOON + 6 * TEN) is Answer.DONE


def test_whoever_has_a_draft_may_keep_it_longer(stores: Stores) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)
    stores.reviews.claim(post_id, ADA, NOON + TEN / 2, TEN)

    assert stores.reviews.claim(post_id, BEN, NOON + TEN, TEN) is Answer.HELD


def test_what_is_let_go_is_free_at_once(stores: Stores) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)

    assert stores.reviews.release(post_id, BEN, NOON) is Answer.HELD
    assert stores.reviews.release(post_id, ADA, NOON) is Answer.DONE
    assert stores.reviews.claim(post_id, BEN, NOON, TEN) is Answer.DONE


def test_what_was_not_claimed_is_not_decided(stores: Stores) -> None:
    post_id = wait_for_review(stores)

    assert stores.reviews.decide(post_id, Approval(DRAFT), ADA, NOON) is Answer.UNCLAIMED
    assert stores.reviews.edit(post_id, "mine", ADA, NOON) is Answer.UNCLAIMED
    assert due(stores) == []


def test_what_is_approved_is_in_the_outbox_at_once_under_one_key(stores: Stores) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)
    stores.reviews.decide(post_id, Approval(DRAFT), ADA, NOON)

    with stores.handovers.next_due(NOON) as found:
        assert found is not None
        assert (found.notification_id, found.event) == (f"{post_id}.approved", "reply.approved")
        data = found.payload["data"]
        assert found.payload["type"] == "reply.approved"
        assert (data["draft_id"], data["verdict"], data["text"]) == (post_id, "approved", DRAFT)
        assert (data["decided_by"], data["source"]) == ("Ada", "demo-social")


def test_an_edit_is_told_from_an_approval(stores: Stores) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)
    stores.reviews.edit(post_id, "We are very sorry.", ADA, NOON)
    stores.reviews.decide(post_id, Approval("We are very sorry."), ADA, NOON)

    assert due(stores) == [f"{post_id}.edited"]


@pytest.mark.parametrize("again", [Approval("other"), Rejection(Reason.TONE)])
def test_a_draft_is_decided_once(stores: Stores, again: Approval | Rejection) -> None:
    post_id = wait_for_review(stores)
    stores.reviews.claim(post_id, ADA, NOON, TEN)
    stores.reviews.decide(post_id, Rejection(Reason.FACTS), ADA, NOON)

    assert stores.reviews.claim(post_id, BEN, NOON, TEN) is Answer.DECIDED
    assert stores.reviews.decide(post_id, again, ADA, NOON) is Answer.DECIDED
    assert due(stores) == []


def test_where_the_writer_abstained_a_person_may_answer(stores: Stores) -> None:
    post_id = wait_for_review(stores, state=DraftState.ABSTAINED)
    stores.reviews.claim(post_id, ADA, NOON, TEN)

    assert stores.reviews.decide(post_id, Approval("My own words."), ADA, NOON) is Answer.DONE
    assert due(stores) == [f"{post_id}.edited"]


def test_what_is_not_there_or_not_written_is_said_so(stores: Stores) -> None:
    scored = make_scored("1")
    stores.posts.record([scored], [DraftRequest(scored.post.post_id, "r", 0.5, NOON)])

    assert stores.reviews.claim("0" * 32, ADA, NOON, TEN) is Answer.MISSING
    assert stores.reviews.claim(scored.post.post_id, ADA, NOON, TEN) is Answer.UNWRITTEN
    assert stores.reviews.take(ADA, NOON, TEN) is None


def test_what_an_earlier_draft_answers_is_nobody_s_to_decide(stores: Stores) -> None:
    post_id = wait_for_review(stores, state=DraftState.REPEATED)

    assert stores.reviews.take(ADA, NOON, TEN) is None
    assert stores.reviews.claim(post_id, ADA, NOON, TEN) is Answer.REPEATED


Act = Callable[[Stores, str], Answer]
ACTS: tuple[Act, ...] = (
    lambda stores, post_id: stores.reviews.release(post_id, ADA, NOON),
    lambda stores, post_id: stores.reviews.edit(post_id, "x", ADA, NOON),
    lambda stores, post_id: stores.reviews.decide(post_id, Rejection(Reason.CALL), ADA, NOON),
)


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_to_a_draft_that_is_not_there(stores: Stores, act: Act) -> None:
    assert act(stores, "0" * 32) is Answer.MISSING
