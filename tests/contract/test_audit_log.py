"""The audit log: entries stay as they were added, and are found by who, what and which."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import psycopg2
import pytest

from core.audit import Asked, Entry
from core.labels import NewLabel, Task
from core.matching import parse_matcher
from core.registry import Model, State
from core.replies import Draft, DraftRequest, DraftState
from core.reviews import Answer, Approval, Reviewer
from core.silences import Silence
from core.tokens import Right
from storage.postgres import Database
from tests.builders import NOON, make_scored
from tests.contract.conftest import Stores

SECOND = timedelta(seconds=1)
ADA = Reviewer("Ada", "page-1")


def fill(stores: Stores) -> None:
    stores.audit.add("Ada", "incident.acknowledged", "i1", {}, NOON)
    stores.audit.add("Ben", "draft.approved", "p1", {"edited": True}, NOON + SECOND)
    stores.audit.add("Ada", "draft.rejected", "p2", {"reason": "Wrong tone"}, NOON + 2 * SECOND)


def actions(entries: list[Entry]) -> list[str]:
    return [entry.action for entry in entries]


def test_the_newest_entry_comes_first_with_all_it_was_given(stores: Stores) -> None:
    fill(stores)
    newest, *rest = stores.audit.read(Asked(), 9)
    assert (newest.at, newest.by, newest.action) == (NOON + 2 * SECOND, "Ada", "draft.rejected")
    assert (newest.subject, newest.detail) == ("p2", {"reason": "Wrong tone"})
    assert actions(rest) == ["draft.approved", "incident.acknowledged"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(by="Ada"), ["draft.rejected", "incident.acknowledged"]),
        (Asked(action="draft"), ["draft.rejected", "draft.approved"]),
        (Asked(action="draft.approved"), ["draft.approved"]),
        (Asked(action="dra"), []),
        (Asked(subject="i1"), ["incident.acknowledged"]),
        (Asked(by="Ben", subject="i1"), []),
    ],
)
def test_entries_are_found_by_who_what_and_which(stores: Stores, asked: Asked, found: list[str]) -> None:
    fill(stores)
    assert actions(stores.audit.read(asked, 9)) == found


def test_a_reader_goes_on_where_she_stopped(stores: Stores) -> None:
    fill(stores)
    (first,) = stores.audit.read(Asked(), 1)
    assert actions(stores.audit.read(Asked(before=first.audit_id), 9)) == ["draft.approved", "incident.acknowledged"]


@pytest.mark.parametrize(("by", "action"), [(" ", "draft.approved"), ("Ada", "approved"), ("Ada", "Draft.approved")])
def test_what_says_nothing_is_no_entry(stores: Stores, by: str, action: str) -> None:
    with pytest.raises(ValueError):
        stores.audit.add(by, action, "p1", {}, NOON)
    assert stores.audit.read(Asked(), 9) == []


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET by = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"])
def test_the_table_itself_refuses_to_forget(database: Database, dsn: str, statement: str) -> None:
    fill(database)
    connection = psycopg2.connect(dsn)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
        connection.cursor().execute(statement)
    connection.close()
    assert len(database.audit.read(Asked(), 9)) == 3


def test_a_verdict_and_its_entry_are_one_transaction(database: Database) -> None:
    scored = make_scored("1")
    database.posts.record([scored], [DraftRequest(scored.post.post_id, "a complaint", 0.5, NOON)])
    with database.drafts.requested(1) as found:
        request, _ = found[0]
        database.drafts.save(Draft(request.post_id, DraftState.READY, "Sorry.", "w", "", NOON))
    database.reviews.claim(scored.post.post_id, ADA, NOON, timedelta(minutes=5))
    assert database.reviews.decide(scored.post.post_id, Approval("So sorry."), ADA, NOON) is Answer.DONE
    entries = database.audit.read(Asked(subject=scored.post.post_id), 9)
    assert actions(entries) == ["draft.approved", "draft.claimed"]
    assert {entry.by for entry in entries} == {"Ada"}
    assert "orry" not in str([entry.detail for entry in entries])


def test_silences_and_tokens_leave_entries(database: Database) -> None:
    matchers = (parse_matcher("entity=HRBL"),)
    database.silences.add(Silence("s1", matchers, "Ada", "known", NOON, NOON + timedelta(hours=1)))
    database.silences.end("s1", NOON + SECOND, "Ben")
    database.tokens.add("desk", frozenset({Right.READ}), NOON, "root")
    database.tokens.revoke("desk", NOON, "root")
    entries = database.audit.read(Asked(), 9)
    assert [(entry.by, entry.action) for entry in reversed(entries)] == [
        ("Ada", "silence.added"), ("Ben", "silence.ended"), ("root", "token.added"), ("root", "token.revoked"),
    ]  # fmt: skip
    assert "HRBL" in entries[3].detail["matchers"][0]


def test_labels_and_moves_of_models_leave_entries(database: Database) -> None:
    scored = make_scored("1")
    database.posts.record([scored], [])
    label = NewLabel(scored.post.post_id, Task.SENTIMENT, ("negative",), "Ada", ("neutral",), "m-1")
    label_id = database.labels.add(label, NOON)
    database.labels.add(label, NOON)  # once more, which changes nothing
    database.labels.undo(label_id, "Ben", NOON + SECOND)
    artefact = b"weights"
    made = Model("m-2", None, State.CANDIDATE, NOON, {}, "c", {}, sha256(artefact).hexdigest(), len(artefact), "card")
    database.models.add(made, artefact, "Cleo", "trained")
    database.models.move("m-2", State.SHADOW, "Cleo", "to compare")
    entries = list(reversed(database.audit.read(Asked(), 9)))
    assert [(one.by, one.action) for one in entries] == [
        ("Ada", "label.added"), ("Ben", "label.undone"), ("Cleo", "model.added"), ("Cleo", "model.moved"),
    ]  # fmt: skip
    assert (entries[3].subject, entries[3].detail["why"]) == ("m-2", "to compare")


def test_labels_that_somebody_brings_leave_entries_of_who_brought_them_and_whose_they_are(database: Database) -> None:
    scored = make_scored("1")
    database.posts.record([scored], [])
    good = NewLabel(scored.post.post_id, Task.SENTIMENT, ("negative",), "Ada", ("neutral",), "m-1")
    brought = [(good, NOON), (replace(good, value=("furious",), by="Ben"), NOON)]
    for _ in range(2):  # the second time, nothing is new
        database.labels.add_all(brought, "Cleo", NOON + SECOND)
    (entry,) = database.audit.read(Asked(), 9)
    assert (entry.by, entry.action, entry.subject, entry.at) == (
        "Cleo", "label.imported", scored.post.post_id, NOON + SECOND,
    )  # fmt: skip
    assert entry.detail == {
        "task": "sentiment",
        "value": ["negative"],
        "chosen_by": "Ada",
        "chosen_at": NOON.isoformat(),
    }
