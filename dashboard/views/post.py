"""Post: one text, what the model says of it and why, who repeated it, and what people say it is."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from core.errors import DatabaseUnavailable
from core.guidelines import Task
from dashboard import labelling, pieces, postcard, session, wording
from dashboard.data import Shown
from dashboard.explainer import reasons
from dashboard.session import SLOWLY_S, Viewer, card
from dashboard.words import PARAMETER, say

REPEATS: Final = 10
EXPLORE: Final = ":material/travel_explore:"
ASKED_KEY: Final = "explained-post"


@session.section(SLOWLY_S)
def one(post_id: str) -> None:
    """The post with all that is known of it."""
    me, reader = session.viewer(), session.reader()
    shown = reader.read("post", post_id=post_id)
    session.warn_if_gone(shown, me)
    row = shown.first
    if row is None:
        if not shown.gone:
            st.html(pieces.empty(say("post.missing"), say("post.missing_why")))
        return
    left, right = st.columns([3, 2], gap="small")
    with left:
        _text(row, shown, me)
        _repeats(row, me)
    with right:
        _verdict(row, shown, me)


def _text(row: dict[str, Any], shown: Shown, me: Viewer) -> None:
    with card("text"):
        session.head(say("post.text"), shown, me, say("post.from", source=pieces.safe(row["source"])))
        st.html(postcard.header(row, me.now, me.zone))
        st.html(postcard.whole(row["text"]))
        with st.container(horizontal=True, vertical_alignment="center"):
            for entity in row["entities"][:4]:
                session.link("explore", say("post.explore", entity=wording.plain(entity)), EXPLORE, entity=entity)
    if row["sentiment"] is None:
        return
    with card("reasons"):
        session.head(say("post.reasons"), shown, me)
        _reasons(row)


def _reasons(row: dict[str, Any]) -> None:
    if st.session_state.get(ASKED_KEY) != row["post_id"]:
        st.html(f'<p class="gw-muted">{say("post.reasons_hint")}</p>')
        st.button(
            say("post.explain"), icon=":material/psychology:", key="explain", on_click=_explain, args=(row["post_id"],)
        )
        return
    why = reasons(row)
    if why.explained is None:
        st.html(pieces.note(say("post.no_reasons", why=pieces.safe(why.fault))))
        st.button(say("post.explain_again"), key="explain-again", on_click=_explain, args=(row["post_id"],))
        return
    tasks = [task for task in postcard.TASKS if task in why.explained.heads]
    task = st.segmented_control(
        say("post.head"), tasks, default="sentiment", key="explained-head", required=True,
        format_func=lambda name: say(f"post.{name}"), label_visibility="collapsed",
    )  # fmt: skip
    st.html(postcard.moved(why.explained, task or "sentiment"))
    if why.explained.model_version != row["model_version"]:
        version = pieces.safe(why.explained.model_version)
        st.html(pieces.note(say("post.other_version", version=version, then=pieces.safe(row["model_version"]))))
    if why.explained.entities:
        st.html(postcard.toward(why.explained))


def _explain(post_id: str) -> None:
    """Ask for the reasons; a callback."""
    st.session_state[ASKED_KEY] = post_id


def _verdict(row: dict[str, Any], shown: Shown, me: Viewer) -> None:
    with card("verdict"):
        version = say("post.version", version=pieces.safe(row["model_version"])) if row["model_version"] else ""
        session.head(say("post.verdict"), shown, me, version)
        if row["sentiment"] is None:
            st.html(
                pieces.empty(say("post.unjudged"), say("post.unjudged_why", why=pieces.safe(row["unjudged"] or "?")))
            )
            return
        for task in Task:
            st.html(postcard.verdict(row, task.value))
            labelling.correct(row, task)
    with card("labels"):
        st.html(pieces.title(say("label.people")))
        try:
            labels = labelling.store().of_post(row["post_id"])
        except DatabaseUnavailable:
            st.html(pieces.note(say("label.unread")))
            return
        if labels:
            labelling.history(labels, me)
        else:
            st.html(pieces.empty(say("label.none"), say("label.none_why")))


def _repeats(row: dict[str, Any], me: Viewer) -> None:
    first = row["duplicate_of"] or row["post_id"]
    reach = session.reader().read("post_reach", post_id=first)
    with card("reach"):
        session.head(say("post.reach"), reach, me)
        if row["duplicate_of"]:
            session.link("post", say("post.first"), post=row["duplicate_of"])
        counts = reach.first
        if counts is None or not counts["repeats"]:
            st.html(pieces.empty(say("post.no_repeats"), say("post.no_repeats_why")))
            return
        st.html(postcard.reach(counts))
        again = session.reader().read("post_repeats", post_id=first, count=REPEATS)
        st.html(postcard.repeats(again.rows, me.now, me.zone))


def page() -> None:
    """Lay the sections out."""
    asked = st.query_params.get("post")
    st.html(pieces.page_title(say("post.title"), say("post.note")))
    if asked:
        one(asked)
        return
    st.html(pieces.empty(say("post.none"), say("post.none_why")))
    with st.form("find-post", border=False):
        found = st.text_input(say("post.id"), max_chars=32)
        if st.form_submit_button(say("post.find")) and found.strip():
            kept = {name: value for name, value in st.query_params.to_dict().items() if name == PARAMETER}
            st.query_params.from_dict(kept | {"post": found.strip()})
            st.rerun()
    session.link("explore", say("post.to_explore"), EXPLORE)


if __name__ == "__main__":
    page()
