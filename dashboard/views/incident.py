"""Incident: one surge from its first post to its end; `?incident=ID` opens exactly this one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import figures, incident_desk, pieces, session, tables
from dashboard.pieces import Row
from dashboard.session import EVERY_S, card
from dashboard.words import say

BEFORE = timedelta(minutes=45)
AFTER = timedelta(minutes=15)
WEEK = timedelta(days=7)
LONGEST = timedelta(hours=12)
"""A timeline shows no more minutes than can be told apart."""


@session.section(EVERY_S)
def one(incident_id: str) -> None:
    """The incident with its timeline, cause and alerts."""
    me, reader = session.viewer(), session.reader()
    shown = reader.read("incident", incident_id=incident_id)
    session.warn_if_gone(shown, me)
    row = shown.first
    if row is None:
        st.html(pieces.empty(say("incident.missing"), say("incident.missing_why")))
        return
    session.incident(row, me, way="none")
    incident_desk.actions(row)
    incident_desk.silences(row, me)
    changes = reader.read("incident_history", incident_id=incident_id)
    _timeline(row, changes.rows, me)
    left, right = st.columns([3, 2], gap="small")
    with left, card("cause", height="stretch"):
        ids = list((row["cause"] or {}).get("post_ids", ()))
        posts = reader.read("posts_by_id", post_ids=ids)
        session.head(say("incident.posts"), posts, me)
        if posts.rows:
            session.posts(posts.rows, me)
        else:
            st.html(pieces.empty(say("incident.no_post"), ""))
    with right, card("alerts", height="stretch"):
        session.head(say("incident.history"), changes, me)
        st.html(incident_desk.history(row, changes.rows, me))
        sent = reader.read("incident_notifications", incident_id=incident_id)
        session.head(say("webhook.title"), sent, me)
        rows = [{**row, **notification} for notification in sent.rows]
        st.html(tables.notifications(rows, me.now, me.zone) if rows else pieces.empty(say("webhook.none"), ""))


def _timeline(row: dict[str, Any], changes: Sequence[Row], me: session.Viewer) -> None:
    from dashboard import charts

    opened, ended = row["opened_at"], row["resolved_at"]
    until = min(me.now, (ended or me.now) + AFTER, opened + LONGEST)
    # whole minutes, so that the same question is asked for a minute
    since, until = (moment.replace(second=0, microsecond=0) for moment in (opened - BEFORE, until))
    series = session.reader().read(
        "incident_series", dimension=row["dimension"], key=row["key"], since=since, until=until
    )
    marks = incident_desk.marks(row, changes)
    with card("timeline"):
        session.head(say("incident.timeline"), series, me, say("incident.timeline_note"))
        minutes = figures.fill(series.rows, since, until, 60)
        usual = row["expected"] / row["window_min"]
        session.draw(charts.timeline(minutes, usual, marks, me.palette), say("incident.timeline_says"))


@session.section(EVERY_S)
def every() -> None:
    """All incidents of a week, each with its link."""
    me = session.viewer()
    shown = session.reader().read("incidents", last=WEEK, count=30)
    session.warn_if_gone(shown, me)
    if not shown.rows:
        st.html(pieces.empty(say("incident.none"), say("incident.none_why")))
    for row in shown.rows:
        session.incident(row, me, way="button")


def page() -> None:
    """Lay the sections out."""
    asked = st.query_params.get("incident")
    if asked:
        st.html(pieces.page_title(say("pages.incident"), say("incident.address")))
        if st.button(say("incident.all"), icon=":material/arrow_back:", type="tertiary"):
            st.query_params.clear()
            st.rerun()
        one(asked)
    else:
        st.html(pieces.page_title(say("incident.incidents"), say("incident.incidents_note")))
        every()


if __name__ == "__main__":
    page()
