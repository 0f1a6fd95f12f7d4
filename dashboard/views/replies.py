"""Replies: the queue by urgency, the desk, and what was decided lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from core.access import Right
from dashboard import access, desk, pieces, session, tables, wording
from dashboard.access import NAME_KEY
from dashboard.session import EVERY_S, card
from dashboard.words import say

DAY = timedelta(hours=24)
MONTH = timedelta(days=30)


@session.section(EVERY_S)
def work() -> None:
    """Queue and desk, one fragment, so that a click in the queue opens the draft at once."""
    me, reader = session.viewer(), session.reader()
    shown = reader.read("drafts_waiting", count=50)
    session.warn_if_gone(shown, me)
    counts = desk.counted(reader.read("draft_counts", last=DAY).rows)
    cards = [
        pieces.kpi(say("replies.waiting"), wording.count(desk.waiting(counts)), desk.waiting_note(counts)),
        pieces.kpi(say("replies.approved"), wording.count(desk.approved(counts)), say("replies.day")),
        pieces.kpi(say("replies.rejected"), wording.count(counts.get("rejected", 0)), say("replies.day")),
        pieces.kpi(say("replies.accepted"), wording.share(desk.accepted(counts)), say("replies.accepted_note")),
    ]
    st.html(pieces.kpis(cards))
    with card("desk"):
        session.head(say("replies.desk"), shown, me, say("replies.desk_note"))
        desk.show(shown.rows, me)
    with card("queue"):
        session.head(say("replies.queue"), shown, me, say("replies.queue_note"))
        if not shown.rows:
            st.html(pieces.empty(say("replies.queue_empty"), say("replies.queue_empty_why")))
        for row in shown.rows[:12]:
            _waiting(row, me)


def _waiting(row: dict[str, Any], me: session.Viewer) -> None:
    post_id = str(row["post_id"])
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"queued-{post_id}"):
        st.html(pieces.queued(row, me.now, me.zone, on_desk=st.session_state.get(desk.OPEN_KEY) == post_id))
        st.button(
            say("replies.open"), key=f"open-{post_id}", on_click=desk.open_draft, args=(post_id,),
            disabled=row["claimed_by"] is not None or not access.may(Right.DECIDE),
        )  # fmt: skip


@session.section(EVERY_S)
def decided() -> None:
    """The newest verdicts: who decided what, and what the customer will read."""
    me = session.viewer()
    with card("decided"):
        shown = session.reader().read("drafts_decided", last=DAY, count=10)
        session.head(say("replies.decided"), shown, me, say("replies.day"))
        if shown.rows:
            st.html(pieces.decided(shown.rows, me.now, me.zone))
        else:
            st.html(pieces.empty(say("replies.decided_none"), say("replies.decided_none_why")))


@session.section(session.SLOWLY_S)
def figures() -> None:
    """How drafts fare with the people who decide on them, by writer and by intent."""
    me = session.viewer()
    with card("figures"):
        shown = session.reader().read("reply_figures", last=MONTH, count=200)
        session.head(say("replies.fare"), shown, me, say("replies.month"))
        by = st.segmented_control(
            say("replies.by"),
            ["writer", "intent"],
            default="writer",
            key="figures-by",
            label_visibility="collapsed",
            format_func=lambda by: say(f"replies.{by}"),
        )
        rows = [row for row in shown.rows if row["by"] == (by or "writer")][:12]
        none = pieces.empty(say("replies.decided_none"), say("replies.fare_none_why"))
        st.html(tables.reply_figures(rows) if rows else none)


def page() -> None:
    """Lay the sections out."""
    st.html(pieces.page_title(say("pages.replies"), say("replies.note")))
    if not access.signs_in():
        with st.container(width=320):
            st.text_input(say("replies.decide_as"), value=access.person().name, key=NAME_KEY, max_chars=60)
    work()
    decided()
    figures()


if __name__ == "__main__":
    page()
