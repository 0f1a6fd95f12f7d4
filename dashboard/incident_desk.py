"""What a person may do with one incident: silence, comment, end; and what happened to it so far."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import streamlit as st

from core.access import Right
from core.errors import DatabaseUnavailable
from core.matching import Matcher
from core.notifications import LABEL_OF
from core.ports import Silences
from core.silences import Silence
from core.watched import things
from dashboard import access, pieces, session, wording
from dashboard.pieces import Row, safe
from dashboard.session import Viewer
from dashboard.tables import table
from dashboard.words import name_of, say
from storage.postgres import Database
from storage.verdicts import impatient

LENGTHS: Final = {"30m": timedelta(minutes=30), "2h": timedelta(hours=2), "1d": timedelta(days=1)}
MOST_CHARS: Final = 1_000
MARKED: Final = ("acknowledged", "silenced", "resolved")
"""What is written into the timeline's chart; the beginning is there anyway."""
EXPLORED: Final = ("entity", "topic", "family", "channel", "source")


def actions(row: Row) -> None:
    """Silence, comment, end, and the way to all that is said about its thing."""
    incident_id, is_over = row["incident_id"], row["state"] == "resolved"
    with st.container(horizontal=True, key="folds-incident"):
        if access.may(Right.ACT):
            if not is_over:
                _silence(row)
            with session.fold(say("incident.comment"), ":material/chat:", "open-comment"):
                _with_note("comment", _comment, incident_id)
            if not is_over:
                with session.fold(say("incident.resolve"), ":material/task_alt:", "open-resolve"):
                    st.html(f'<p class="gw-muted">{say("incident.resolve_note")}</p>')
                    _with_note("resolve", _resolve, incident_id)
        asked = {name: key for name, key in things(row["dimension"], row["key"]) if name in EXPLORED}
        if asked:
            since = row["opened_at"] - timedelta(hours=1)
            until = (row["resolved_at"] or datetime.now(UTC)) + timedelta(minutes=1)
            asked |= {"since": since.isoformat(), "until": until.isoformat()}
            session.link("explore", say("incident.explore"), ":material/travel_explore:", **asked)


def _silence(row: Row) -> None:
    with session.fold(say("incident.silence"), ":material/notifications_off:", "open-silence"):
        st.html(f'<p class="gw-muted">{say("incident.silence_note", what=safe(_told_by(row)))}</p>')
        st.segmented_control(
            say("incident.for"), list(LENGTHS), default="2h", key="silence-for", required=True,
            format_func=lambda length: say(f"incident.for_{length}"),
        )  # fmt: skip
        _with_note("silence", _add_silence, row["incident_id"], row)


def _with_note(name: str, act: Callable[..., None], *args: object) -> None:
    note = st.text_area(say("incident.why"), key=f"note-{name}", max_chars=MOST_CHARS, height=80)
    st.button(
        say(f"incident.do_{name}"), key=f"do-{name}", type="primary", disabled=not note.strip(), on_click=act, args=args
    )


def matchers(row: Row) -> tuple[Matcher, ...]:
    """What tells an incident's alerts from all others': its rule and its thing."""
    label = _label(row["dimension"])
    thing = Matcher(label, "=", row["key"]) if row["key"] else Matcher("dimension", "=", row["dimension"])
    return Matcher("alertname", "=", row["kind"]), thing


def _label(dimension: str) -> str:
    """The label that holds what an incident of this dimension is about."""
    return LABEL_OF.get(dimension, dimension)


def _told_by(row: Row) -> str:
    return ", ".join(str(matcher) for matcher in matchers(row))


@access.needs(Right.ACT)
def _add_silence(incident_id: str, row: Row) -> None:
    now = datetime.now(UTC)
    length = LENGTHS[str(st.session_state.get("silence-for") or "2h")]
    note, who = str(st.session_state["note-silence"]).strip(), access.person().name
    made = Silence(uuid.uuid4().hex[:8], matchers(row), who, note, now, now + length)
    _change(lambda: session.verdicts().silence(incident_id, made), "incident.silenced")


@access.needs(Right.ACT)
def _comment(incident_id: str) -> None:
    note = str(st.session_state["note-comment"]).strip()
    if _change(
        lambda: session.verdicts().comment(incident_id, note, access.person().name, datetime.now(UTC)),
        "incident.commented",
    ):
        st.session_state["note-comment"] = ""


@access.needs(Right.ACT)
def _resolve(incident_id: str) -> None:
    note = str(st.session_state["note-resolve"]).strip()
    _change(
        lambda: session.verdicts().resolve(incident_id, note, access.person().name, datetime.now(UTC)),
        "incident.ended",
    )


def _change(act: Callable[[], bool], done: str) -> bool:
    try:
        won = act()
    except DatabaseUnavailable:
        st.toast(say("state.not_stored"), icon=":material/error:")
        return False
    st.toast(say(done if won else "incident.over"), icon=":material/check:" if won else ":material/info:")
    session.reader().forget()
    return won


def silences(row: Row, me: Viewer) -> None:
    """The silences that hold for it now, each with the way to end it."""
    labels = {"alertname": row["kind"], "dimension": row["dimension"], "incident": row["incident_id"]}
    labels |= {_label(dimension): key for dimension, key in things(row["dimension"], row["key"])}
    labels[_label(row["dimension"])] = row["key"]
    try:
        holding = [one for one in _store().lasting(me.now) if one.holds(labels, me.now)]
    except DatabaseUnavailable:
        return  # the page says so already
    for one in holding:
        with st.container(horizontal=True, vertical_alignment="center", key=f"silence-{one.silence_id}"):
            until = wording.clock(one.ends_at, me.zone, me.now)
            st.html(pieces.note(say("incident.silent", until=until, by=safe(one.owner), why=safe(one.comment))))
            if access.may(Right.ACT):
                st.button(
                    say("incident.unsilence"), key=f"end-{one.silence_id}", type="tertiary", on_click=_end_silence,
                    args=(one.silence_id,), icon=":material/notifications_active:",
                )  # fmt: skip


@access.needs(Right.ACT)
def _end_silence(silence_id: str) -> None:
    _change(lambda: _store().end(silence_id, datetime.now(UTC), access.person().name), "incident.unsilenced")


def _store() -> Silences:
    return _silences(session.settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _silences(dsn: str) -> Silences:
    return Database(impatient(dsn, session.PATIENCE_S)).silences


def history(row: Row, changes: Sequence[Row], me: Viewer) -> str:
    """What happened to an incident from its first post on, a line each."""
    lines = [
        _line(one["at"], name_of("change", one["what"]), _figures(one), one["note"], one["by"], me) for one in changes
    ]
    first = (row["cause"] or {}).get("first")
    if first:
        at = datetime.fromisoformat(str(first["at"]))
        lines.insert(0, _line(at, say("incident.first_post"), "", str(first["source"]), "", me))
    return table(("time", "what", "", "note", "by"), "".join(lines))


def _figures(change: Row) -> str:
    return say("incident.severity", severity=change["severity"])


def _line(at: datetime, what: str, figures: str, note: str, by: str, me: Viewer) -> str:
    return (
        f"<tr><td>{wording.clock(at, me.zone, me.now, seconds=True)}</td><td><b>{safe(what)}</b></td>"
        f'<td class="gw-num gw-muted">{figures}</td><td>{safe(note)}</td><td>{safe(by)}</td></tr>'
    )


def marks(row: Row, changes: Sequence[Row]) -> list[tuple[datetime, Any]]:
    """Moments of the timeline's chart, with what happened then."""
    own = [(one["at"], name_of("change", one["what"])) for one in changes if one["what"] in MARKED]
    return [(row["opened_at"], say("incident.opened")), *own]
