"""Labels by people: what can be chosen, with what each choice means, and what was chosen by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import streamlit as st

from core.access import Right
from core.errors import DatabaseUnavailable, LabelRefused
from core.guidelines import Task, choices, guideline
from core.labels import Label, NewLabel, Value
from core.learning_ports import LabelStore
from dashboard import access, session, wording
from dashboard.pieces import Row, safe
from dashboard.session import Viewer
from dashboard.words import keyed, name_of, say
from storage.postgres import Database
from storage.verdicts import impatient

AT_A_GLANCE: Final = (Task.SENTIMENT, Task.TOPIC)
"""Few enough choices to show each with its guideline; the others are searched by typing."""
T = TypeVar("T")


def store() -> LabelStore:
    """One for all viewers of this process."""
    return _store(session.settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _store(dsn: str) -> LabelStore:
    return Database(impatient(dsn, session.PATIENCE_S)).labels


def said_of(row: Row, task: Task) -> Value:
    """What the model said of a stored post, as a label's value; empty where it was not asked."""
    if row["sentiment"] is None:
        return ()
    if task is Task.EMOTION:
        named = {name for name, _ in row["emotions"]}
        return tuple(name for name in choices(task) if name in named)
    return (str(row[task.value]),)


def correct(row: Row, task: Task) -> None:
    """The way to another label for one head: two clicks, and the guideline beside each choice."""
    if not access.may(Right.ACT):
        return
    post_id = row["post_id"]
    if task in AT_A_GLANCE:
        with session.fold(say("label.correct"), ":material/edit:", f"correct-{task.value}"):
            st.html(f'<p class="gw-muted">{say(f"label.ask_{task.value}")}</p>')
            for name in choices(task):
                choice(task, name, f"label-{task.value}-{keyed(name)}", row)
        return
    key = f"label-{task.value}-{post_id}"
    if task is Task.EMOTION:
        st.multiselect(
            say("label.ask_emotion"), choices(task), key=key, on_change=_chosen, args=(row, task, key),
            format_func=lambda name: explained(task, name), placeholder=say("label.emotions"),
            label_visibility="collapsed",
        )  # fmt: skip
    else:
        st.selectbox(
            say("label.ask_intent"), choices(task), index=None, key=key, on_change=_chosen, args=(row, task, key),
            format_func=lambda name: explained(task, name), placeholder=say("label.intent"),
            label_visibility="collapsed",
        )  # fmt: skip


def choice(task: Task, name: str, key: str, row: Row, shortcut: str | None = None) -> None:
    """A button that keeps one label, with its guideline beside it."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"choice-{key}"):
        st.button(named(task, name), key=key, on_click=choose, args=(row, task, (name,)), width=170, shortcut=shortcut)
        st.html(f'<div class="gw-guideline">{safe(guideline(task, name))}</div>', width="stretch")


def named(task: Task, name: str) -> str:
    """A label for a button, which reads Markdown."""
    return wording.plain(name_of(task.value, name))


def explained(task: Task, name: str) -> str:
    """A label with what it means, for a list that is searched by typing."""
    return f"{name_of(task.value, name)}: {guideline(task, name)}"


def _chosen(row: Row, task: Task, key: str) -> None:
    value = st.session_state.get(key)
    if value:
        choose(row, task, tuple(value) if isinstance(value, list) else (str(value),))


@access.needs(Right.ACT)
def choose(row: Row, task: Task, value: Value) -> None:
    """Keep a person's label; a callback."""
    label = NewLabel(
        row["post_id"], task, value, access.person().name, said_of(row, task), str(row["model_version"] or "")
    )
    if asked(lambda: store().add(label, _now())) is not None:
        st.toast(say("label.kept", label=words(task, value)), icon=":material/check:")


@access.needs(Right.ACT)
def undo(label_id: int) -> None:
    """Take a label back; a callback."""
    done = asked(lambda: store().undo(label_id, access.person().name, _now()))
    if done is not None:
        st.toast(say("label.undone" if done else "label.gone"), icon=":material/undo:")


def asked(ask: Callable[[], T]) -> T | None:
    """An answer of the store; `None` when it gives none or refuses, which is then said."""
    try:
        return ask()
    except DatabaseUnavailable:
        st.toast(say("state.not_stored"), icon=":material/error:")
    except LabelRefused as exc:
        st.toast(wording.plain(say("label.refused", why=str(exc))), icon=":material/error:")
    return None


def words(task: Task, value: Value) -> str:
    """A label's value as words, for a toast, which reads Markdown."""
    return ", ".join(named(task, name) for name in value)


def history(labels: Sequence[Label], me: Viewer) -> None:
    """Who said what of a post, the newest first, and the way to take one's own label back."""
    mine = access.person().name
    for label in sorted(labels, key=lambda label: (label.at, label.label_id), reverse=True):
        with st.container(horizontal=True, vertical_alignment="center", key=f"label-line-{label.label_id}"):
            st.html(line(label, me))
            if label.stands and (label.by == mine or access.may(Right.ADMINISTER)) and access.may(Right.ACT):
                st.button(
                    say("label.undo"), key=f"undo-{label.label_id}", icon=":material/undo:", type="tertiary",
                    on_click=undo, args=(label.label_id,),
                )  # fmt: skip


def line(label: Label, me: Viewer) -> str:
    """One label in a line: who, what, against what, and whether it stands."""
    task = say(f"post.{label.task.value}")
    value = ", ".join(name_of(label.task.value, name) for name in label.value)
    said = ", ".join(name_of(label.task.value, name) for name in label.said)
    against = say("label.agrees") if not label.corrects else say("label.instead_of", said=safe(said)) if said else ""
    ended = f' <span class="gw-chip">{say("label.taken_back", by=safe(label.undone_by or "?"))}</span>'
    text = f"<b>{task}: {safe(value)}</b> {against}"
    return (
        f'<div class="gw-said{"" if label.stands else " gw-undone"}">{text}{"" if label.stands else ended}'
        f'<div class="gw-muted">{safe(label.by)} · {wording.clock(label.at, me.zone, me.now, seconds=True)}</div></div>'
    )


def _now() -> datetime:
    return datetime.now(UTC)
