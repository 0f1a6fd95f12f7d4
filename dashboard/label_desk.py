"""The labelling desk: a few posts at a time, one question each, answered by keyboard; guidelines beside the choices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from core.access import Right
from core.guidelines import Task, choices, families, guideline
from core.label_queue import QueueItem
from core.labels import NewLabel, Value
from dashboard import access, labelling, pieces, postcard, wording
from dashboard.labelling import named, store
from dashboard.session import Viewer
from dashboard.words import name_of, say

AT_ONCE: Final = 5
"""Questions that are held for one person: fewer would wait for the database at each, more would be kept from others."""
QUEUE_KEY: Final = "label-queue"
TASKS_KEY: Final = "label-tasks"
LAST_KEY: Final = "label-last"
"""Of what was answered just now: the label's id, its question and its value."""
KEYS: Final = "123456789abdefghijkl"
"""Of the choices, in their order; c and r are Streamlit's own."""
SKIP: Final = "x"
UNDO: Final = "u"
SAVE: Final = "enter"


def show(me: Viewer) -> None:
    """The next question, or why there is none."""
    if not access.may(Right.ACT):
        st.html(pieces.empty(say("access.refused"), ""))
        return
    _last()
    queue: list[QueueItem] | None = st.session_state.get(QUEUE_KEY)
    if not queue:
        queue = labelling.asked(_next)
        st.session_state[QUEUE_KEY] = queue
    if queue is None:
        st.html(pieces.note(say("label.unread")))
        st.button(say("labels.again"), key="label-again")
    elif not queue:
        st.html(pieces.empty(say("labels.empty"), say("labels.empty_why")))
        st.button(say("labels.again"), key="label-again")
    else:
        _question(queue[0], me)


def _next() -> list[QueueItem]:
    tasks = st.session_state.get(TASKS_KEY) or list(Task)
    return store().next(access.person().name, AT_ONCE, _now(), [Task(task) for task in tasks])


def refill() -> None:
    """Ask for other questions; a callback."""
    st.session_state.pop(QUEUE_KEY, None)


def _last() -> None:
    """What was answered just now, and the way to take it back."""
    last: dict[str, Any] | None = st.session_state.get(LAST_KEY)
    # its place stays when there is nothing to say: what stands below it would else be drawn anew at another place
    with st.container(horizontal=True, vertical_alignment="center", key="label-last-line"):
        if last:
            told = say("labels.last", label=pieces.safe(last["words"]))
            st.html(f'<span class="gw-muted">{told}</span>', width="content")
            st.button(
                say("label.undo"), key="label-undo", icon=":material/undo:", type="tertiary", shortcut=UNDO,
                on_click=_undo,
            )  # fmt: skip


def _question(item: QueueItem, me: Viewer) -> None:
    post, task = item.post.post, item.task
    row = post.model_dump()
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.html(postcard.header(row | {"channel": post.channel.value}, me.now, me.zone))
        st.html(postcard.whole(post.text))
        st.html(f'<p class="gw-muted">{say("labels.why", why=_because(item))}</p>')
        st.button(
            say("labels.skip"),
            key="label-skip",
            icon=":material/skip_next:",
            shortcut=SKIP,
            on_click=_skip,
            args=(item,),
        )
    with right:
        st.html(f"<h3 class='gw-question'>{say(f'label.ask_{task.value}')}</h3>")
        match task:
            case Task.EMOTION:
                _several(item)
            case Task.INTENT:
                _of_families(item)
            case _:
                _buttons(item, choices(task))


def _because(item: QueueItem) -> str:
    """Why it is asked, in the viewer's language, and with its figures as the queue has them."""
    why = name_of("asked", item.why.value)
    figures = item.because.removeprefix(item.why.value).strip(" :,")
    return pieces.safe(f"{why}: {figures}" if figures else why)


def _buttons(item: QueueItem, names: tuple[str, ...]) -> None:
    for key, name in zip(KEYS, names, strict=False):
        line = f"choose-{item.task.value}-{key}"
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"choice-{line}"):
            st.button(named(item.task, name), key=line, width=200, shortcut=key, on_click=_answer, args=(item, (name,)))
            st.html(f'<div class="gw-guideline">{pieces.safe(guideline(item.task, name))}</div>', width="stretch")


def _several(item: QueueItem) -> None:
    """Any number of labels, each with its guideline, kept together."""
    post_id = item.post.post.post_id
    with st.form(f"emotions-{post_id}", border=False):
        columns = st.columns(2, gap="small")
        for number, name in enumerate(choices(item.task)):
            text = f"**{named(item.task, name)}** {wording.plain(guideline(item.task, name))}"
            columns[number % 2].checkbox(text, key=f"emotion-{post_id}-{name}")
        st.form_submit_button(
            say("labels.save"), type="primary", shortcut=SAVE, key=f"save-{post_id}", on_click=_save, args=(item,)
        )


def _of_families(item: QueueItem) -> None:
    """First what it is about, then what is wanted: 77 choices at once can be read by nobody."""
    groups = families(item.task)
    guess = item.said[0] if item.said else ""
    first = next((name for name, labels in groups.items() if guess in labels), next(iter(groups)))
    chosen = st.pills(
        say("labels.family"), list(groups), default=first, key=f"family-{item.post.post.post_id}", required=True,
        format_func=lambda name: name_of("intents", name),
    )  # fmt: skip
    _buttons(item, groups[chosen or first])


def _save(item: QueueItem) -> None:
    post_id = item.post.post.post_id
    value = tuple(name for name in choices(item.task) if st.session_state.get(f"emotion-{post_id}-{name}"))
    _answer(item, value)


@access.needs(Right.ACT)
def _answer(item: QueueItem, value: Value) -> None:
    """Keep an answer and go on; a callback."""
    post = item.post.post
    version = item.post.scores.model_version if item.post.scores else ""
    label = NewLabel(post.post_id, item.task, value, access.person().name, item.said, version)
    label_id = labelling.asked(lambda: store().add(label, _now()))
    if label_id is not None:
        words = ", ".join(name_of(item.task.value, name) for name in value)
        st.session_state[LAST_KEY] = {"label_id": label_id, "item": item, "words": words}
        _go_on()


@access.needs(Right.ACT)
def _skip(item: QueueItem) -> None:
    """Never ask this person about it again; a callback."""
    post_id = item.post.post.post_id

    def pass_over() -> bool:
        store().pass_over(post_id, item.task, access.person().name, _now())
        return True

    if labelling.asked(pass_over):
        st.session_state.pop(LAST_KEY, None)
        _go_on()


@access.needs(Right.ACT)
def _undo() -> None:
    """Take the last answer back, and ask again; a callback."""
    last = st.session_state.get(LAST_KEY)
    if last is None:
        return
    done = labelling.asked(lambda: store().undo(last["label_id"], access.person().name, _now()))
    if done is None:
        return
    st.session_state.pop(LAST_KEY, None)
    st.session_state[QUEUE_KEY] = [last["item"], *(st.session_state.get(QUEUE_KEY) or [])]


def _go_on() -> None:
    st.session_state[QUEUE_KEY] = (st.session_state.get(QUEUE_KEY) or [])[1:]


def _now() -> datetime:
    return datetime.now(UTC)
