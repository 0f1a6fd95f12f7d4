"""An approved reply reaches a real receiver once, whoever is killed between the approval and the hand-over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.replies import Draft, DraftRequest, DraftState
from core.reviews import Approval, Reviewer
from groundswell.demo.deliveries import Deliveries
from storage.postgres import Database
from tests.alerting import SECRET, receiver
from tests.builders import make_scored
from tests.receiver import Receiver
from tests.services import wait_until

__all__ = ["receiver"]  # fixtures

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0
KILLED = -9


def drafted(dsn: str, count: int = 1) -> list[str]:
    """Drafts that wait for a verdict."""
    now = datetime.now(UTC)
    posts = [make_scored(str(n), published_at=now) for n in range(count)]
    ids = [scored.post.post_id for scored in posts]
    with closing(Database(dsn)) as database:
        database.posts.record(posts, [DraftRequest(post_id, "a complaint", 0.5, now) for post_id in ids])
        with database.drafts.requested(count):
            for post_id in ids:
                database.drafts.save(Draft(post_id, DraftState.READY, "We are sorry.", "playbook-2", "r", now))
    return ids


def process(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.handover_process", *arguments], cwd=ROOT)


@contextmanager
def sender(dsn: str, receiver: Receiver) -> Iterator[subprocess.Popen[bytes]]:
    """A sender that is killed when the context ends, if it was not before."""
    running = process("send", dsn, receiver.url, SECRET)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def read(dsn: str, post_id: str) -> dict[str, object]:
    with closing(Database(dsn)) as database:
        return database.read("draft", post_id=post_id)[0]


def handed_over(dsn: str, ids: list[str]) -> bool:
    return all(read(dsn, post_id)["handed_over_at"] is not None for post_id in ids)


def helpdesk(receiver: Receiver) -> Deliveries:
    """What a careful receiver makes of the requests: it believes signed ones, and knows an id again."""
    deliveries = Deliveries(SECRET, lambda: datetime.now(UTC))
    for request in list(receiver.received):
        status, said = deliveries.receive(request.body, request.headers)
        assert status == 200, said
    return deliveries


def test_a_reviewer_who_dies_right_after_the_approval_is_still_answered_for(dsn: str, receiver: Receiver) -> None:
    (post_id,) = drafted(dsn)
    assert process("approve", dsn, post_id).wait(LIMIT_S) == KILLED
    assert receiver.received == []

    with sender(dsn, receiver):
        wait_until(lambda: handed_over(dsn, [post_id]), LIMIT_S)

    (delivery,) = helpdesk(receiver).listed()
    assert (delivery["id"], delivery["times"]) == (f"{post_id}.edited", 1)
    assert delivery["payload"]["data"]["text"] == "We are very sorry."
    assert delivery["payload"]["data"]["draft_id"] == post_id


def test_a_reviewer_who_dies_inside_the_approval_has_approved_nothing(dsn: str, receiver: Receiver) -> None:
    (post_id,) = drafted(dsn)
    assert process("half", dsn, post_id).wait(LIMIT_S) == KILLED

    row = read(dsn, post_id)
    assert (row["state"], row["final_text"], row["handover_state"]) == ("ready", None, None)


def test_a_sender_killed_before_the_answer_sends_again_under_the_same_key(dsn: str, receiver: Receiver) -> None:
    (post_id,) = drafted(dsn)
    assert process("approve", dsn, post_id).wait(LIMIT_S) == KILLED
    receiver.may_answer.clear()
    with sender(dsn, receiver) as first:
        wait_until(lambda: len(receiver.received) == 1, LIMIT_S)
        first.kill()
        first.wait()
    assert read(dsn, post_id)["handed_over_at"] is None
    receiver.may_answer.set()

    with sender(dsn, receiver), sender(dsn, receiver):
        wait_until(lambda: handed_over(dsn, [post_id]), LIMIT_S)

    (delivery,) = helpdesk(receiver).listed()
    assert (delivery["id"], delivery["times"]) == (f"{post_id}.edited", 2)


def test_through_kill_after_kill_each_reply_arrives_once(dsn: str, receiver: Receiver) -> None:
    ids = drafted(dsn, 40)
    ada = Reviewer("Ada", "page-1")
    with closing(Database(dsn)) as database:
        for post_id in ids:
            database.reviews.claim(post_id, ada, datetime.now(UTC), timedelta(minutes=1))
            database.reviews.decide(post_id, Approval("We are sorry."), ada, datetime.now(UTC))
    for least in (1, 8, 15, 22):
        with sender(dsn, receiver), sender(dsn, receiver):
            wait_until(lambda least=least: len(receiver.received) >= least, LIMIT_S)  # type: ignore[misc]

    with sender(dsn, receiver):
        wait_until(lambda: handed_over(dsn, ids), LIMIT_S)

    seen = helpdesk(receiver).listed()
    assert sorted(delivery["id"] for delivery in seen) == sorted(f"{post_id}.approved" for post_id in ids)
    # at most what two senders had on their way at each of four kills came a second time, under its old key
    assert sum(int(delivery["times"]) - 1 for delivery in seen) <= 8


def test_an_answer_that_refuses_ends_it_and_says_so(dsn: str, receiver: Receiver) -> None:
    (post_id,) = drafted(dsn)
    assert process("approve", dsn, post_id).wait(LIMIT_S) == KILLED
    receiver.status = 410

    with sender(dsn, receiver):
        wait_until(lambda: read(dsn, post_id)["handover_state"] == "dead", LIMIT_S)

    assert read(dsn, post_id)["handover_error"] == "the receiver answered 410"
    with closing(Database(dsn)) as database:
        told = [row["what"] for row in database.read("draft_history", post_id=post_id, count=9)]
    assert told == ["claimed", "approved", "given up"]
