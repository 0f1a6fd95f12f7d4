"""Sources: whether each is heard from, what it brought, and what went wrong."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import figures, pieces, session, tables, wording
from dashboard.session import EVERY_S, card

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
            "Health",
            shown,
            me,
            f"silent after {wording.span(session.silent_after().total_seconds())} without a good run",
        )
        if judged:
            st.html(tables.sources(judged, me.now))
        else:
            st.html(
                pieces.empty("No source was scraped in the last 24 h", "Runs of the scrapers stand here when they end.")
            )


def page() -> None:
    """Lay the sections out."""
    st.html(pieces.page_title("Sources", "Where posts come from, over the last 24 hours."))
    health()


if __name__ == "__main__":
    page()
