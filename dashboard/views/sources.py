"""Sources: whether each is heard from, what it brought, and what went wrong."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import figures, pieces, session, tables, wording
from dashboard.session import EVERY_S, card
from dashboard.words import say

DAY = timedelta(hours=24)


@session.section(EVERY_S)
def health() -> None:
    """Every source of the last day."""
    me = session.viewer()
    shown = session.reader().read("sources", last=DAY)
    session.warn_if_gone(shown, me)
    judged = figures.source_health(shown.rows, me.now, session.silent_after())
    with card("sources"):
        session.head(
            say("sources.health"),
            shown,
            me,
            say("sources.silent_after", span=wording.span(session.silent_after().total_seconds())),
        )
        if judged:
            st.html(tables.sources(judged, me.now))
        else:
            st.html(pieces.empty(say("sources.none"), say("sources.none_why")))


def page() -> None:
    """Lay the sections out."""
    st.html(pieces.page_title(say("pages.sources"), say("sources.note")))
    health()


if __name__ == "__main__":
    page()
