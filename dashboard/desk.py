"""The reply desk: one message beside its draft, in one person's hands, and a verdict that only she can give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import streamlit as st

from core.access import Right
from core.errors import DatabaseUnavailable
from core.guard import look_over
from core.plans import plan_of
from core.reviews import MOST_CHARS, MOST_NOTE_CHARS, Answer, Approval, Reason, Rejection, Ruling
from dashboard import access, evidence, pieces, session, wording
from dashboard.session import Viewer
from dashboard.words import name_of, say

OPEN_KEY = "open-draft"
"""The draft on the desk; this person has claimed it."""
KEEP_KEY = "claim-again-at"
LOST_KEY = "verdict-lost"
CLAIM_FOR: Final = timedelta(minutes=2)
"""A page that is open claims its draft again and again; a browser that was closed frees it after this long. A page in
the background is let run once a minute, so it must not be less."""
KEEP_EVERY: Final = CLAIM_FOR / 4

TAKE, APPROVE, LATER = "T", "Ctrl+Shift+Enter", "N"
"""Keys; a letter alone does nothing while somebody types. Ctrl+Enter applies a text, and so must not send it too."""

Row = Mapping[str, Any]
T = TypeVar("T")


def free(rows: Sequence[Row]) -> list[Row]:
    """Those that nobody has in review."""
    return [row for row in rows if row["claimed_by"] is None]


def following(rows: Sequence[Row], post_id: str) -> str | None:
    """The free draft after this one in the queue; the first after the last."""
    ids = [str(row["post_id"]) for row in rows if row["claimed_by"] is None or row["post_id"] == post_id]
    if post_id not in ids or len(ids) < 2:
        return next((other for other in ids if other != post_id), None)
    return ids[(ids.index(post_id) + 1) % len(ids)]


def show(rows: Sequence[Row], me: Viewer) -> None:
    """The draft that this person has claimed, with its verdict; else the most urgent one, to be claimed by a click."""
    post_id = st.session_state.get(OPEN_KEY) if access.may(Right.DECIDE) else None
    row = session.reader().read("draft", post_id=post_id).first if post_id and _keep(post_id) else None
    if row is not None:
        _work(rows, row, me)
    else:
        _invite(rows, me)


def _invite(rows: Sequence[Row], me: Viewer) -> None:
    waiting = free(rows)
    if not waiting:
        why = say("desk.others_have_them" if rows else "desk.none_waiting_why")
        st.html(pieces.empty(say("desk.none_waiting"), why))
        return
    st.html(pieces.message(waiting[0], me.now, me.zone))
    if access.may(Right.DECIDE):
        st.button(
            say("desk.take"),
            type="primary",
            key="take-next",
            icon=":material/front_hand:",
            on_click=take,
            shortcut=TAKE,
        )


def _work(rows: Sequence[Row], row: Row, me: Viewer) -> None:
    post_id, written = row["post_id"], row["draft"]
    plan = plan_of(row["plan"]) if row["plan"] else None
    left, right = st.columns(2, gap="medium")
    with left:
        st.html(pieces.message(row, me.now, me.zone))
        st.html(f"<div>{evidence.citations(plan)}{evidence.refusals(row['refused'])}</div>")
    with right:
        text = st.text_area(
            heading(row), value=written if row["edited_text"] is None else row["edited_text"], key=f"draft-{post_id}",
            height=178, max_chars=MOST_CHARS, on_change=_save, args=(post_id,),
        )  # fmt: skip
        # a person may approve it all the same
        found = evidence.findings([(one.rule.value, one.quote) for one in look_over(text, plan, row["text"])])
        st.html(f"<div>{evidence.difference(written, text)}{found}</div>")
        with st.container(horizontal=True, key="folds-desk"):
            _buttons(rows, row, text)
            with session.fold(say("desk.reject"), ":material/close:", f"fold-{post_id}"):
                _rejection(post_id)
        if st.session_state.get(LOST_KEY):
            st.error(say("desk.lost"))


def _buttons(rows: Sequence[Row], row: Row, text: str) -> None:
    """Verdicts are callbacks: the next run of the page shows another draft and has no more the button that was clicked;
    a click that is looked for there would be lost without a word."""
    post_id = row["post_id"]
    edited = "approve" if text.strip() == row["draft"] else "approve_edited" if row["draft"] else "approve_own"
    st.button(
        say(f"desk.{edited}"), type="primary", key=f"approve-{post_id}", icon=":material/check:",
        disabled=not text.strip(), on_click=_approve, args=(post_id,), shortcut=APPROVE,
    )  # fmt: skip
    st.button(
        say("desk.later"), key=f"skip-{post_id}", icon=":material/skip_next:",
        on_click=_later, args=(post_id, following(rows, post_id)), shortcut=LATER,
    )  # fmt: skip


def _rejection(post_id: str) -> None:
    st.radio(
        say("desk.why"), [reason.value for reason in Reason], key=f"reason-{post_id}",
        format_func=lambda reason: name_of("reject", reason), horizontal=True,
    )  # fmt: skip
    st.text_input(say("desk.note"), key=f"note-{post_id}", max_chars=MOST_NOTE_CHARS)
    st.button(say("desk.reject_draft"), key=f"reject-{post_id}", on_click=_reject, args=(post_id,))


@access.needs(Right.DECIDE)
def take() -> None:
    """Claim the most urgent draft that nobody has; a callback."""
    post_id = _asked(lambda: session.reviews().take(session.reviewer(), _now(), CLAIM_FOR))
    if post_id is None and not st.session_state.get(LOST_KEY):
        st.toast(say("desk.none_free"), icon=":material/info:")
    _put(post_id)


@access.needs(Right.DECIDE)
def open_draft(post_id: str) -> None:
    """Claim this draft and put it on the desk, in the place of what is there; a callback."""
    before = st.session_state.get(OPEN_KEY)
    answer = _asked(lambda: session.reviews().claim(post_id, session.reviewer(), _now(), CLAIM_FOR))
    if answer is not Answer.DONE:
        if answer is not None:
            st.toast(say("desk.clashed"), icon=":material/info:")
            session.reader().forget()
        return
    if before and before != post_id:
        _asked(lambda: session.reviews().release(before, session.reviewer(), _now()))
    _put(post_id)


@access.needs(Right.DECIDE)
def _later(post_id: str, next_id: str | None) -> None:
    if next_id is not None:
        open_draft(next_id)
        return
    _asked(lambda: session.reviews().release(post_id, session.reviewer(), _now()))
    _put(None)


@access.needs(Right.DECIDE)
def _save(post_id: str) -> None:
    """Keep what was typed: a page that dies loses none of it."""
    text = str(st.session_state[f"draft-{post_id}"])[:MOST_CHARS]
    _asked(lambda: session.reviews().edit(post_id, text, session.reviewer(), _now()))


@access.needs(Right.DECIDE)
def _approve(post_id: str) -> None:
    text = str(st.session_state[f"draft-{post_id}"])
    _settle(post_id, Approval(text), "desk.approved_as")


@access.needs(Right.DECIDE)
def _reject(post_id: str) -> None:
    reason, note = st.session_state[f"reason-{post_id}"], st.session_state.get(f"note-{post_id}") or ""
    _settle(post_id, Rejection(Reason(reason), str(note).strip()), "desk.rejected_as")


def _settle(post_id: str, ruling: Ruling, done: str) -> None:
    answer = _asked(lambda: session.reviews().decide(post_id, ruling, session.reviewer(), _now()))
    if answer is None:
        return
    won = answer is Answer.DONE
    said = say(done, name=wording.plain(access.person().name)) if won else say("desk.clashed")
    st.toast(said, icon=":material/check:" if won else ":material/info:")
    _put(_asked(lambda: session.reviews().take(session.reviewer(), _now(), CLAIM_FOR)) if won else None)


def _keep(post_id: str) -> bool:
    """Claim the draft on the desk once more, when it is time; false when somebody else has it by now."""
    now = _now()
    if now < st.session_state.get(KEEP_KEY, now):
        return True
    try:
        answer = session.reviews().claim(post_id, session.reviewer(), now, CLAIM_FOR)
    except DatabaseUnavailable:
        return True  # the page says so; what was typed stays
    if answer is Answer.DONE:
        st.session_state[KEEP_KEY] = now + KEEP_EVERY
        return True
    st.toast(say("desk.clashed"), icon=":material/info:")
    _put(None)
    return False


def _put(post_id: str | None) -> None:
    st.session_state[OPEN_KEY] = post_id
    st.session_state[KEEP_KEY] = _now() + KEEP_EVERY
    session.reader().forget()


def _asked(ask: Callable[[], T]) -> T | None:
    """An answer of PostgreSQL; `None` when it gives none, which the desk then says."""
    try:
        answer = ask()
    except DatabaseUnavailable:
        st.session_state[LOST_KEY] = True
        return None
    st.session_state.pop(LOST_KEY, None)
    return answer


def _now() -> datetime:
    return datetime.now(UTC)


def counted(counts: Sequence[Row]) -> dict[str, int]:
    """Drafts by state."""
    return {row["state"]: row["drafts"] for row in counts}


def waiting(counts: Mapping[str, int]) -> int:
    """Drafts that a person has to decide on, written or not."""
    return counts.get("ready", 0) + counts.get("abstained", 0)


def approved(counts: Mapping[str, int]) -> int:
    """With an edit or without."""
    return counts.get("approved", 0) + counts.get("edited", 0)


def heading(row: Row) -> str:
    """What stands over the text: who wrote it, or why nobody did; Markdown's signs in it mean nothing."""
    if row["state"] == "abstained":
        return say("desk.not_drafted", why=wording.plain(row["reason"] or say("desk.abstained")))
    return say("desk.draft_by", writer=wording.plain(row["writer"]))


def accepted(counts: Mapping[str, int]) -> float | None:
    """The approved part of those decided; `None` before the first verdict."""
    decided = approved(counts) + counts.get("rejected", 0)
    return approved(counts) / decided if decided else None


def waiting_note(counts: Mapping[str, int]) -> str:
    """What stands beside the number of waiting drafts."""
    decided = approved(counts) + counts.get("rejected", 0)
    written = [say("desk.being_written", n=counts["requested"])] if counts.get("requested") else []
    return " · ".join([*written, say("desk.decided_in_day", n=decided)])
