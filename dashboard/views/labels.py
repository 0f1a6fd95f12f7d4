"""Labels: what people are asked next, answered by keyboard, and how far they agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import streamlit as st

from core.agreement import Agreement
from core.errors import DatabaseUnavailable
from core.guidelines import Task
from dashboard import label_desk, labelling, pieces, session, tables
from dashboard.session import card
from dashboard.words import say

COUNTED_FOR: Final = timedelta(minutes=1)
"""Agreement is counted over every label there is."""


@st.fragment
def desk() -> None:
    """The question; it changes by an answer, never by itself."""
    with card("label-desk"):
        st.html(pieces.title(say("labels.desk"), say("labels.desk_note")))
        st.pills(
            say("labels.tasks"), list(Task), selection_mode="multi", key=label_desk.TASKS_KEY,
            on_change=label_desk.refill, format_func=lambda task: say(f"post.{task}"), label_visibility="collapsed",
        )  # fmt: skip
        label_desk.show(session.viewer())


@session.section(60)
def agreement() -> None:
    """How far two people say the same."""
    me = session.viewer()
    with card("agreement"):
        try:
            counted, at = _agreement(session.settings().dsn.get_secret_value())
        except DatabaseUnavailable:
            st.html(pieces.note(say("label.unread")))
            return
        note = f"{say('labels.agreement_note')} · {say('state.as_of', clock=me.clock(at))}"
        st.html(pieces.title(say("labels.agreement"), note))
        if any(one.posts for one in counted):
            st.html(tables.agreement(counted))
        else:
            st.html(pieces.empty(say("labels.none"), say("labels.none_why")))


@st.cache_data(ttl=COUNTED_FOR, show_spinner=False)
def _agreement(dsn: str) -> tuple[list[Agreement], datetime]:
    """Raises DatabaseUnavailable, which is not remembered."""
    by_task = labelling.store().agreement()
    return [by_task[task] for task in Task if task in by_task], datetime.now(UTC)


def page() -> None:
    """Lay the sections out."""
    st.html(pieces.page_title(say("pages.labels"), say("labels.note")))
    desk()
    agreement()


if __name__ == "__main__":
    page()
