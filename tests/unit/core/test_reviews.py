"""Who may do what with a draft, when a claim ends, and what a verdict is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.replies import DraftState
from core.reviews import (
    DECIDED,
    MOST_CHARS,
    OPEN,
    Answer,
    Approval,
    Reason,
    Rejection,
    Reviewer,
    Stage,
    Standing,
    edit_distance,
    handover,
    may_claim,
    may_decide,
    stage,
    verdict,
)
from tests.builders import NOON

ADA, BEN = Reviewer("Ada", "page-1"), Reviewer("Ben", "page-2")
MINUTE = timedelta(minutes=1)


def held(by: Reviewer = ADA, until: timedelta = MINUTE, state: DraftState = DraftState.READY) -> Standing:
    return Standing(state, by.key, NOON + until)


@pytest.mark.parametrize("state", DraftState)
def test_every_state_is_waiting_for_a_writer_for_a_person_or_for_nobody(state: DraftState) -> None:
    expected = {
        DraftState.REQUESTED: Answer.UNWRITTEN,
        DraftState.REPEATED: Answer.REPEATED,
        **dict.fromkeys(OPEN, Answer.DONE),
        **dict.fromkeys(DECIDED, Answer.DECIDED),
    }
    assert may_claim(Standing(state), ADA, NOON) is expected[state]


def test_a_claim_keeps_others_out_until_its_last_moment() -> None:
    assert may_claim(held(), BEN, NOON + MINUTE - timedelta(microseconds=1)) is Answer.HELD
    assert may_claim(held(), BEN, NOON + MINUTE) is Answer.DONE


def test_only_whoever_has_a_draft_decides() -> None:
    assert may_decide(held(), ADA, NOON) is Answer.DONE
    assert may_decide(held(), BEN, NOON) is Answer.HELD
    assert may_decide(Standing(DraftState.READY), ADA, NOON) is Answer.UNCLAIMED


def test_an_ended_claim_counts_for_its_owner_and_is_nothing_to_others() -> None:
    assert may_decide(held(), ADA, NOON + 2 * MINUTE) is Answer.DONE
    assert may_decide(held(), BEN, NOON + 2 * MINUTE) is Answer.UNCLAIMED


@pytest.mark.parametrize(
    ("standing", "handed_over", "expected"),
    [
        (Standing(DraftState.REQUESTED), False, Stage.REQUESTED),
        (Standing(DraftState.READY), False, Stage.DRAFTED),
        (held(), False, Stage.IN_REVIEW),
        (held(until=-MINUTE), False, Stage.DRAFTED),
        (held(state=DraftState.ABSTAINED), False, Stage.IN_REVIEW),
        (Standing(DraftState.ABSTAINED), False, Stage.ABSTAINED),
        (Standing(DraftState.APPROVED), False, Stage.APPROVED),
        (Standing(DraftState.EDITED), False, Stage.EDITED),
        (Standing(DraftState.EDITED), True, Stage.HANDED_OVER),
        (Standing(DraftState.REJECTED), False, Stage.REJECTED),
        (Standing(DraftState.REPEATED), False, Stage.REPEATED),
    ],
)
def test_a_draft_stands_at_one_stage(standing: Standing, handed_over: bool, expected: Stage) -> None:
    assert stage(standing, NOON if handed_over else None, NOON) is expected


def test_blanks_at_the_ends_are_no_edit_and_any_word_is() -> None:
    assert verdict(Approval(" We are sorry. \n"), "We are sorry.") is DraftState.APPROVED
    assert verdict(Approval("We are so sorry."), "We are sorry.") is DraftState.EDITED
    assert verdict(Approval("My own words."), "") is DraftState.EDITED
    assert verdict(Rejection(Reason.TONE), "We are sorry.") is DraftState.REJECTED


@pytest.mark.parametrize("text", ["", " \n", "x" * (MOST_CHARS + 1)])
def test_an_empty_or_endless_reply_cannot_be_approved(text: str) -> None:
    with pytest.raises(ValueError, match="1 to"):
        Approval(text)


@pytest.mark.parametrize(
    ("draft", "final", "distance"),
    [
        ("one two three four", "one two three four", 0.0),
        ("one two three four", "one 2 three four", 0.25),  # 1 of 4 replaced
        ("one two three four", "one three four", 0.25),  # 1 of 4 deleted
        ("one two three", "one two three four", 0.25),  # 1 inserted, of 4
        ("one two", "three four", 1.0),
        ("a b c d", "b c d e", 0.5),  # the first goes, a last comes
        ("", "", 0.0),
    ],
)
def test_the_distance_is_the_share_of_words_that_changed(draft: str, final: str, distance: float) -> None:
    assert edit_distance(draft, final) == distance


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_the_distance_is_symmetric_and_zero_only_for_the_same_words(one: list[str], other: list[str]) -> None:
    there, back = edit_distance(" ".join(one), " ".join(other)), edit_distance(" ".join(other), " ".join(one))
    assert there == back
    assert 0 <= there <= 1
    assert (there == 0) == (one == other)


def test_the_key_of_a_hand_over_is_the_same_however_often_it_is_made() -> None:
    made = [handover("p1", Approval(" Hello. "), DraftState.EDITED, "Ada", NOON, {"source": "mail"}) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].notification_id == "p1.edited"
    assert made[0].payload == {
        "type": "reply.approved",
        "timestamp": "2026-03-02T12:00:00.000Z",
        "data": {
            "draft_id": "p1",
            "verdict": "edited",
            "text": "Hello.",
            "decided_by": "Ada",
            "decided_at": "2026-03-02T12:00:00.000Z",
            "source": "mail",
        },
    }
