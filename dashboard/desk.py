"""The reply desk: one message beside its draft, and a verdict that only one person can give."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from core.errors import DatabaseUnavailable
from dashboard import pieces, session, wording
from dashboard.session import Viewer

_MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#+!|~:$-]")
OPEN_KEY = "open-draft"
"""The draft on the desk stays there while others arrive, so that nobody's edit moves away."""
LOST_KEY = "verdict-lost"
REASONS = ("Wrong facts", "Wrong tone", "No reply is needed", "Needs a phone call")
CLASHED = "Someone else has decided this draft already. Here is the next one."
LOST = "PostgreSQL does not answer, so nothing was stored. Your text is still here; try again in a moment."

Row = Mapping[str, Any]


def pick(rows: Sequence[Row], wanted: str | None) -> Row | None:
    """The draft that was open, while it is still waiting; else the most urgent."""
    return next((row for row in rows if row["post_id"] == wanted), rows[0] if rows else None)


def following(rows: Sequence[Row], post_id: str) -> str | None:
    """The draft after this one in the queue; the first after the last."""
    ids = [row["post_id"] for row in rows]
    if post_id not in ids or len(ids) < 2:
        return next((other for other in ids if other != post_id), None)
    return str(ids[(ids.index(post_id) + 1) % len(ids)])


def show(rows: Sequence[Row], me: Viewer) -> None:
    """The open draft of those that wait, with its verdict."""
    row = pick(rows, st.session_state.get(OPEN_KEY))
    if row is None:
        st.html(pieces.empty("No draft is waiting", "Drafts come here when a customer in distress writes."))
        return
    post_id = row["post_id"]
    st.session_state[OPEN_KEY] = post_id
    left, right = st.columns(2, gap="medium")
    left.html(pieces.message(row, me.now, me.zone))
    with right:
        text = st.text_area(
            heading(row),
            value=row["draft"],
            key=f"draft-{post_id}",
            height=178,
            max_chars=4_000,
        )
        with st.container(horizontal=True, vertical_alignment="center", key="desk-buttons"):
            _buttons(rows, row, text)
        if st.session_state.get(LOST_KEY):
            st.error(LOST)


def _buttons(rows: Sequence[Row], row: Row, text: str) -> None:
    """Verdicts are callbacks: when a colleague was faster, the next run of the page shows another draft and has no more
    the button that was clicked; a click that is looked for there would be lost without a word."""
    post_id, next_id = row["post_id"], following(rows, row["post_id"])
    words = "Approve" if text == row["draft"] else "Approve edited" if row["draft"] else "Approve own reply"
    st.button(
        words, type="primary", key=f"approve-{post_id}", icon=":material/check:", disabled=not text.strip(),
        on_click=_approve, args=(post_id, next_id),
    )  # fmt: skip
    with st.popover("Reject", icon=":material/close:"):
        st.radio("Why?", REASONS, key=f"reason-{post_id}")
        st.button("Reject draft", key=f"reject-{post_id}", on_click=_reject, args=(post_id, next_id))
    st.button(
        "Later", key=f"skip-{post_id}", icon=":material/skip_next:", disabled=len(rows) < 2,
        on_click=open_draft, args=(next_id,),
    )  # fmt: skip


def open_draft(post_id: str | None) -> None:
    """Put a draft on the desk; a callback."""
    st.session_state[OPEN_KEY] = post_id


def _approve(post_id: str, next_id: str | None) -> None:
    text = str(st.session_state[f"draft-{post_id}"]).strip()
    _settle(next_id, lambda at: session.verdicts().approve(post_id, text, session.name(), at), "Approved")


def _reject(post_id: str, next_id: str | None) -> None:
    reason = str(st.session_state[f"reason-{post_id}"])
    _settle(next_id, lambda at: session.verdicts().reject(post_id, reason, session.name(), at), "Rejected")


def _settle(next_id: str | None, verdict: Callable[[datetime], bool], done: str) -> None:
    try:
        won = verdict(datetime.now(UTC))
    except DatabaseUnavailable:
        st.session_state[LOST_KEY] = True
        return
    st.session_state.pop(LOST_KEY, None)
    st.toast(f"{done} as {session.name()}" if won else CLASHED, icon=":material/check:" if won else ":material/info:")
    open_draft(next_id)
    session.reader().forget()


def counted(counts: Sequence[Row]) -> dict[str, int]:
    """Drafts by state."""
    return {row["state"]: row["drafts"] for row in counts}


def waiting(counts: Mapping[str, int]) -> int:
    """Drafts that a person has to decide on, written or not."""
    return counts.get("ready", 0) + counts.get("abstained", 0)


def heading(row: Row) -> str:
    """What stands over the text: who wrote it, or why nobody did; Markdown's signs in it mean nothing."""
    if row["state"] == "abstained":
        text = f"Not drafted: {row['reason'] or 'the writer abstained'}. Write the reply yourself"
    else:
        text = f"Draft by {row['writer']}; edit it before you approve"
    return _MARKDOWN.sub(r"\\\g<0>", text)


def accepted(counts: Mapping[str, int]) -> float | None:
    """The approved part of those decided; `None` before the first verdict."""
    approved, rejected = counts.get("approved", 0), counts.get("rejected", 0)
    return approved / (approved + rejected) if approved + rejected else None


def waiting_note(counts: Mapping[str, int]) -> str:
    """What stands beside the number of waiting drafts."""
    decided = counts.get("approved", 0) + counts.get("rejected", 0)
    written = f"{wording.count(counts['requested'])} being written · " if counts.get("requested") else ""
    return f"{written}{wording.count(decided)} decided in 24 h"
