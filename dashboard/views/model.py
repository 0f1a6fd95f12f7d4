"""Model: who scores, how well and how surely, who waits, which model said what, and how to go back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from core.drift import REFERENCE_DAYS
from core.errors import DatabaseUnavailable
from core.registry import Event, Model, State
from dashboard import model_desk, model_tables, pieces, session, tables
from dashboard.session import SLOWLY_S, Viewer, card
from dashboard.words import say

DAYS: Final = timedelta(days=14)
MONTH: Final = timedelta(days=30)
EVENTS: Final = 12
CHALLENGERS: Final = (State.SHADOW, State.CANDIDATE, State.RETIRED)
COMPARED_KEY: Final = "compared-model"


@session.section(SLOWLY_S)
def registry() -> None:
    """Champion and challenger, their figures, and what may be done with each."""
    me = session.viewer()
    try:
        models, events = model_desk.store().all(), model_desk.store().events()
    except DatabaseUnavailable:
        st.html(pieces.note(say("model.unread")))
        return
    champion = next((model for model in models if model.state is State.CHAMPION), None)
    if champion is None:
        st.html(pieces.empty(say("model.none"), say("model.none_why")))
        return
    left, right = st.columns([3, 2], gap="small")
    with left, card("champion", height="stretch"):
        _champion(champion, models, events, me)
    with right, card("waiting", height="stretch"):
        _others(champion, models, me)
    with card("events"):
        st.html(pieces.title(say("model.events"), say("model.events_note")))
        st.html(model_tables.events(events[::-1][:EVENTS], me.now, me.zone))


def _champion(champion: Model, models: Sequence[Model], events: Sequence[Event], me: Viewer) -> None:
    since = max(
        (one.at for one in events if one.version == champion.version and one.after is State.CHAMPION), default=None
    )
    st.html(pieces.title(say("model.champion"), say("model.version", version=pieces.safe(champion.version))))
    st.html(model_tables.facts(champion, since, me.now, me.zone))
    others = [model for model in models if model.version != champion.version]
    compared = None
    if others:
        challenger = min(others, key=lambda model: CHALLENGERS.index(model.state))  # of equals the newest
        versions = [model.version for model in others]
        chosen = st.selectbox(
            say("model.compare"), versions, index=versions.index(challenger.version), key=COMPARED_KEY, width=320,
            format_func=lambda version: _named(next(model for model in others if model.version == version)),
        )  # fmt: skip
        compared = next((model for model in others if model.version == chosen), None)
    st.html(model_tables.scores(champion, compared))
    model_desk.roll_back(champion, events)


def _named(model: Model) -> str:
    return f"{model.version} ({say(f'model.state_{model.state.value}')})"


def _others(champion: Model, models: Sequence[Model], me: Viewer) -> None:
    st.html(pieces.title(say("model.others"), say("model.others_note")))
    others = [model for model in models if model.version != champion.version]
    if not others:
        st.html(pieces.empty(say("model.no_others"), say("model.no_others_why")))
    for model in others[:8]:
        with st.container(key=f"model-{model.version}", gap="small"):
            st.html(model_tables.line(model, me.now, me.zone))
            model_desk.moves(model)
    shadow = next((model for model in others if model.state is State.SHADOW), None)
    if shadow is not None:
        try:
            days = model_desk.store().shadow_days(shadow.version)
        except DatabaseUnavailable:
            return
        st.html(pieces.title(say("model.shadow"), say("model.shadow_note")))
        st.html(model_tables.shadow(days[:7]) if days else pieces.empty(say("model.no_shadow"), ""))


@session.section(SLOWLY_S)
def retraining() -> None:
    """Whether one is asked for or under way, by whom, and how to ask."""
    me = session.viewer()
    with card("retraining"):
        shown = session.reader().read("retraining")
        session.head(say("model.retraining"), shown, me, say("model.retraining_note"))
        session.warn_if_gone(shown, me)
        if shown.first is not None:
            model_desk.retraining(shown.first, me)


@session.section(SLOWLY_S)
def drift() -> None:
    """How far the posts have moved from what the model is known to be good for."""
    me = session.viewer()
    with card("drift"):
        shown = session.explorer().read("drift")
        session.head(say("model.drift"), shown, me, say("model.drift_note"))
        session.warn_if_gone(shown, me)
        if any(row["statistic"] is not None for row in shown.rows):
            st.html(model_tables.drift(shown.rows))
        elif not shown.rows:
            st.html(pieces.empty(say("model.no_drift"), say("model.no_drift_why")))
        st.html(f"<div>{model_tables.learning(shown.rows, REFERENCE_DAYS)}</div>")


@session.section(SLOWLY_S)
def work() -> None:
    """Which model labelled what, how many labels people gave, and how drafts fared."""
    from dashboard import model_charts as charts

    me, reader = session.viewer(), session.explorer()
    origin = _midnight(me)
    since = origin - DAYS
    with card("scored"):
        scored = reader.read("model_days", since=since, origin=origin)
        session.head(say("model.scored"), scored, me, say("model.scored_note"))
        session.warn_if_gone(scored, me)
        if scored.rows:
            names = {"day": say("model.day"), "posts": say("column.posts"), "series": say("model.model")}
            chart = charts.by_day(scored.rows, since, me.now, me.palette, names)
            session.draw(chart, say("model.scored_says"))
        else:
            st.html(pieces.empty(say("model.no_scored"), ""))
    left, right = st.columns(2, gap="small")
    with left, card("labelled", height="stretch"):
        labelled = reader.read("label_days", since=since, origin=origin)
        session.head(say("model.labelled"), labelled, me, say("model.labelled_note"))
        if labelled.rows:
            rows = [row | {"series": say(f"post.{row['series']}")} for row in labelled.rows]
            names = {"day": say("model.day"), "posts": say("pages.labels"), "series": say("column.task")}
            session.draw(charts.by_day(rows, since, me.now, me.palette, names), say("model.labelled_says"))
        else:
            st.html(pieces.empty(say("labels.none"), say("label.none_why")))
    with right, card("fared", height="stretch"):
        fared = session.reader().read("reply_figures", last=MONTH, count=200)
        session.head(say("model.fared"), fared, me, say("replies.month"))
        rows = [row for row in fared.rows if row["by"] in ("all", "writer")][:8]
        if rows:
            st.html(tables.reply_figures(rows))
        else:
            st.html(pieces.empty(say("replies.decided_none"), say("replies.fare_none_why")))


def _midnight(me: Viewer) -> datetime:
    """Where the viewer's day begins."""
    return me.now.astimezone(me.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def page() -> None:
    """Lay the sections out."""
    st.html(pieces.page_title(say("pages.model"), say("model.note")))
    registry()
    retraining()
    drift()
    work()


if __name__ == "__main__":
    page()
