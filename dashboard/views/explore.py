"""Explore: entity × topic × emotion × channel × source × time, and the posts behind every figure.

Any view is an address: the filters stand in the query, and whoever opens it sees the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import exploring, exports, pieces, session
from dashboard.exploring import DIMENSIONS, MOST_LOOKED_AT, TIME, Question, View, Window
from dashboard.reach import Reach, reach
from dashboard.session import Viewer, card
from dashboard.words import PARAMETER, name_of, say

EVERY_S: Final = 30.0
LISTED: Final = 20
EXPORTED: Final = 10_000
CHOICES: Final = 200
"""Keys of one dimension that are offered; more can be opened by an address."""
WIDGET: Final = "explore-"
ASKED_KEY: Final = "explore-asked"
"""The query that the widgets stand for."""
CLICKED_KEY: Final = "explore-clicked"
"""A cell was clicked: the whole page is to be drawn anew."""
KNOWN_KEY: Final = "explore-known"
"""The view and the time that were read last."""
CLICKS_KEY: Final = "explore-clicks"
POST_COLUMNS: Final = (
    "post_id", "published_at", "source", "channel", "language", "entities", "duplicate_of", "topic", "topic_p",
    "sentiment", "p_negative", "p_neutral", "p_positive", "family", "intent", "intent_p", "model_version", "unjudged",
    "text",
)  # fmt: skip
CELL_COLUMNS: Final = ("row", "col", "at", "posts", "negative", "neutral", "positive")


def sync() -> View:
    """The view of the address where it changed, else of the widgets, which the address then follows."""
    query = {name: value for name, value in st.query_params.to_dict().items() if name != PARAMETER}
    if st.session_state.get(ASKED_KEY) != query or f"{WIDGET}span" not in st.session_state:
        put(exploring.of_query(query))
    view = _of_widgets()
    address = view.to_query()
    if address != query:
        kept = {name: value for name, value in st.query_params.to_dict().items() if name == PARAMETER}
        st.query_params.from_dict(address | kept)
    st.session_state[ASKED_KEY] = address
    return view


def put(view: View) -> None:
    """Set the widgets to a view; before they are drawn, or in a callback."""
    state = st.session_state
    for name in (*DIMENSIONS, "words", "rows", "columns", "measure"):
        state[f"{WIDGET}{name}"] = getattr(view, name)
    state[f"{WIDGET}feeling"] = view.feeling or "any"
    state[f"{WIDGET}span"] = view.span if view.since is None else None
    state[f"{WIDGET}times"] = (view.since, view.until)


def _of_widgets() -> View:
    state = st.session_state
    span = state.get(f"{WIDGET}span")
    since, until = (None, None) if span else state.get(f"{WIDGET}times", (None, None))
    feeling = state.get(f"{WIDGET}feeling") or "any"
    rows = state.get(f"{WIDGET}rows") or "entity"
    columns = state.get(f"{WIDGET}columns") or TIME
    chosen = {name: (state.get(f"{WIDGET}{name}") or "").strip() for name in (*DIMENSIONS, "words")}
    return View(
        span=span or exploring.DEFAULT_SPAN, since=since, until=until, **chosen, rows=rows,
        feeling="" if feeling == "any" else feeling, columns=TIME if columns == rows else columns,
        measure=state.get(f"{WIDGET}measure") or "share",
    )  # fmt: skip


def ask(question: Question) -> Any:
    """Rows of a question, with their age."""
    return session.explorer().read(question.name, **question.params)


def filters(me: Viewer) -> None:
    """What narrows the view."""
    # the choices are those of the time before this click: they need not be exact
    at = exploring.window(_of_widgets(), me.now, me.zone)
    keys = session.explorer().read("explore_keys", since=at.since, until=at.until, count=CHOICES)
    with card("filters"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="explore-first"):
            st.text_input(
                say("explore.words"), key=f"{WIDGET}words", max_chars=exploring.MOST_CHARS, icon=":material/search:",
                placeholder=say("explore.words_hint"), width=380,
            )  # fmt: skip
            st.segmented_control(
                say("explore.span"), list(exploring.SPANS), key=f"{WIDGET}span",
                format_func=lambda span: say(f"explore.span_{span}"),
            )  # fmt: skip
            st.button(say("explore.clear"), icon=":material/close:", type="tertiary", on_click=put, args=(View(),))
        with st.container(horizontal=True, key="explore-second"):
            for dimension in DIMENSIONS:
                offered = [row["key"] for row in keys.rows if row["dimension"] == dimension]
                chosen = st.session_state.get(f"{WIDGET}{dimension}") or ""
                options = ["", *([chosen] if chosen and chosen not in offered else []), *offered]
                st.selectbox(
                    say(f"explore.{dimension}"), options, key=f"{WIDGET}{dimension}", width=150,
                    format_func=partial(named, dimension),
                )  # fmt: skip


def named(dimension: str, key: str) -> str:
    """A key as people read it; names of entities, topics and sources are as they are, and none is all."""
    if not key:
        return say("explore.all")
    return name_of(dimension, key) if dimension in ("family", "channel") else key


@session.section(EVERY_S)
def shown(view: View) -> None:
    """Heat map, trend and posts of a view."""
    if st.session_state.pop(CLICKED_KEY, False):
        st.rerun(scope="app")
    me = session.viewer()
    at, how_far = _window(view, me)
    left, right = st.columns([3, 2], gap="small")
    with left, card("heat", height="stretch"):
        _heat(view, at, how_far, me)
    with right, card("trend", height="stretch"):
        _trend(view, at, how_far, me)
    with card("found"):
        _posts(view, at, how_far, me)
    if not session.explorer().is_gone:
        st.session_state[KNOWN_KEY] = (view, at)
    elif _known(view) not in (None, at):  # it went while this was drawn
        st.rerun()


def _window(view: View, me: Viewer) -> tuple[Window, Reach]:
    """The view's time, up to now; while PostgreSQL is gone the one of the figures that are still known."""
    reader = session.explorer()
    at = exploring.window(view, me.now, me.zone)
    how_far = reach(reader, view, at)
    known = _known(view)
    if reader.is_gone and known is not None and known != at:
        at = known
        how_far = reach(reader, view, at)
    return at, how_far


def _known(view: View) -> Window | None:
    """The time of the figures of this view that were all read; `None` where there are none."""
    of, at = st.session_state.get(KNOWN_KEY, (None, None))
    return at if of == view else None


def _heat(view: View, at: Window, how_far: Reach, me: Viewer) -> None:
    from dashboard import exploring_charts as charts

    question = exploring.grid(view, at, how_far.since)
    cells = ask(question)
    session.head(say("explore.heat"), cells, me, say(f"explore.heat_{view.measure}"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore-axes"):
        st.selectbox(
            say("explore.rows"), exploring.ROWS, key=f"{WIDGET}rows", width=150, on_change=_again,
            format_func=lambda name: say(f"explore.{name}"),
        )  # fmt: skip
        st.selectbox(
            say("explore.columns"), [name for name in exploring.COLUMNS if name != view.rows], width=150,
            key=f"{WIDGET}columns", on_change=_again, format_func=lambda name: say(f"explore.{name}"),
        )  # fmt: skip
        st.segmented_control(
            say("explore.measure"), exploring.MEASURES, key=f"{WIDGET}measure", on_change=_again, required=True,
            format_func=lambda name: say(f"explore.{name}"),
        )  # fmt: skip
    session.warn_if_gone(cells, me)
    _capped(question, how_far, me)
    rows = exploring.turned(cells.rows, view) if question.name == "explore_pairs" else cells.rows
    if not rows:
        st.html(pieces.empty(say("explore.none"), say("explore.none_why")))
        return
    names = {
        "posts": say("explore.posts"), "share": say("explore.share"), "row": say(f"explore.{view.rows}"),
        "column": say(f"explore.{view.columns}"),
    }  # fmt: skip
    chart = charts.heat(rows, view.columns, view.measure, at.column_s, me.palette, names)
    key = f"heat-{st.session_state.get(CLICKS_KEY, 0)}"
    with st.container(key="heat-wide" if len({(row["at"], row["col"]) for row in rows}) > 4 else "heat"):
        session.draw(
            chart, say("explore.heat_alt"), key=key, selects=charts.CELL, on_select=lambda: _clicked(key, view, at)
        )
    st.html(f'<p class="gw-muted">{say("explore.heat_hint")}</p>')
    st.download_button(
        say("explore.heat_csv"), exports.as_csv(rows, CELL_COLUMNS, me.zone), "groundswell-heat.csv", "text/csv",
        icon=":material/download:", type="tertiary", on_click="ignore",
    )  # fmt: skip


def _again() -> None:
    st.session_state[CLICKED_KEY] = True


def _clicked(key: str, view: View, at: Window) -> None:
    """Narrow the view to the cell that was clicked; a callback."""
    from dashboard import exploring_charts as charts

    chosen = st.session_state[key].selection.get(charts.CELL) or []
    if not chosen:
        return
    put(exploring.narrowed(view, charts.cell_of(chosen[0], view.columns), at))
    # another key is another chart, on which nothing is selected
    st.session_state[CLICKS_KEY] = st.session_state.get(CLICKS_KEY, 0) + 1
    _again()


def _trend(view: View, at: Window, how_far: Reach, me: Viewer) -> None:
    from dashboard import charts
    from dashboard import exploring_charts as trends

    question = exploring.trend(view, at, how_far.since)
    rows = ask(question)
    usual = exploring.usual(view, at)
    bands = ask(usual).rows if usual is not None else []
    note = say("explore.usual") if bands else say("explore.no_usual")
    session.head(say("explore.trend"), rows, me, note)
    if not rows.rows:
        st.html(pieces.empty(say("explore.none"), say("explore.none_why")))
        return
    names = {"share": say("explore.share"), "posts": say("explore.judged"), "usual": say("explore.usual_short")}
    points = trends.filled(rows.rows, at)
    session.draw(trends.share_trend(points, bands, at, me.palette, names), say("explore.trend_alt"))
    volume = charts.volume(points, at.trend_s, None, me.palette, time=trends.time_format(at), height=190)
    session.draw(volume, say("explore.volume_alt"))


def _posts(view: View, at: Window, how_far: Reach, me: Viewer) -> None:
    params = exploring.filters_of(view, how_far.since) | {"until": at.until, "feeling": view.feeling}
    found = session.explorer().read("explore_posts", **params, reposts=False, count=LISTED)
    session.head(say("explore.found"), found, me, say("explore.found_note"))
    with st.container(horizontal=True, vertical_alignment="center", key="explore-list"):
        st.segmented_control(
            say("explore.feeling"), ["any", *exploring.FEELINGS], key=f"{WIDGET}feeling", on_change=_again,
            format_func=lambda name: name_of("sentiment", name), label_visibility="collapsed", required=True,
        )  # fmt: skip
        st.download_button(
            say("explore.posts_csv"), lambda: _export(params, me), "groundswell-posts.csv", "text/csv",
            icon=":material/download:", type="tertiary", on_click="ignore",
            help=say("explore.posts_csv_help", most=f"{EXPORTED:,}"),
        )  # fmt: skip
    if found.rows:
        session.posts(found.rows, me)
    else:
        st.html(pieces.empty(say("explore.none"), say("explore.none_why")))
    if len(found.rows) == LISTED:
        st.html(f'<p class="gw-muted">{say("explore.more", n=LISTED)}</p>')
    elif not how_far.is_whole:
        st.html(f'<p class="gw-muted">{_how_far(how_far, me)}</p>')


def _export(params: dict[str, Any], me: Viewer) -> bytes:
    """All posts of a view up to a limit, reposts among them; a file that says so where PostgreSQL does not answer."""
    rows = session.fetch("explore_posts", **params, reposts=True, count=EXPORTED)
    return say("explore.no_file").encode() if rows is None else exports.as_csv(rows, POST_COLUMNS, me.zone)


def _capped(question: Question, how_far: Reach, me: Viewer) -> None:
    if question.source == "posts" and not how_far.is_whole:
        st.html(pieces.note(_how_far(how_far, me)))


def _how_far(how_far: Reach, me: Viewer) -> str:
    return say("explore.capped", most=f"{MOST_LOOKED_AT:,}", since=me.clock(how_far.since))


def page() -> None:
    """Lay the sections out."""
    me = session.viewer()
    st.html(pieces.page_title(say("explore.title"), say("explore.note", zone=f"{me.now.astimezone(me.zone):%Z}")))
    view = sync()
    filters(me)
    shown(view)


if __name__ == "__main__":
    page()
