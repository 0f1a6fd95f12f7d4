"""What may be done by whoever may administer: promote, shadow, retire, roll back, retrain; each with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from core.access import Right
from core.errors import DatabaseUnavailable, RegistryRefused
from core.learning_ports import ModelStore, Wishes
from core.registry import ALLOWED, LONGEST_WHY, Event, Model, State, earlier_champions
from dashboard import access, model_tables, session, wording
from dashboard.pieces import Row
from dashboard.session import Viewer
from dashboard.words import say
from storage.postgres import Database
from storage.verdicts import impatient

ICONS: Final = {
    State.CHAMPION: ":material/rocket_launch:",
    State.SHADOW: ":material/visibility:",
    State.CANDIDATE: ":material/hourglass_empty:",
    State.RETIRED: ":material/inventory_2:",
}


def store() -> ModelStore:
    """One for all viewers of this process."""
    return _database(session.settings().dsn.get_secret_value()).models


def wishes() -> Wishes:
    """One for all viewers of this process."""
    return _database(session.settings().dsn.get_secret_value()).retrainings


@st.cache_resource(show_spinner=False)
def _database(dsn: str) -> Database:
    return Database(impatient(dsn, session.PATIENCE_S))


def moves(model: Model) -> None:
    """The states that a model may be moved to."""
    if not access.may(Right.ADMINISTER):
        return
    with st.container(horizontal=True, key=f"folds-{model.version}"):
        for to in (state for state in ICONS if state in ALLOWED[model.state]):
            name = say(f"model.to_{to.value}")
            _with_reason(name, f"{to.value}-{model.version}", ICONS[to], _move, model.version, to)


def roll_back(champion: Model, events: Sequence[Event]) -> None:
    """The way back to the champion before, where there was one."""
    before = next(iter(earlier_champions(events)), None)
    if before is None or not access.may(Right.ADMINISTER):
        return
    name = say("model.roll_back", version=wording.plain(before))
    _with_reason(name, f"rollback-{champion.version}", ":material/undo:", _roll_back)


def retraining(row: Row, me: Viewer) -> None:
    """What is known of the retraining that somebody asked for last, and how to ask for one.

    Args:
        row: of the query `retraining`.
    """
    st.html(model_tables.retraining(row, me.now, me.zone))
    if not access.may(Right.ADMINISTER):
        return
    if row["asked_at"] is not None and row["begun_at"] is None and row["withdrawn_at"] is None:
        st.button(say("model.withdraw"), key="withdraw-retraining", icon=":material/undo:", on_click=_withdraw)
    elif not row["is_running"]:
        _with_reason(say("model.retrain"), "retrain", ":material/model_training:", _ask)


@access.needs(Right.ADMINISTER)
def _ask(why_key: str) -> None:
    """Ask for a retraining; a callback."""
    try:
        taken = wishes().ask(access.person().name, str(st.session_state.get(why_key) or ""), datetime.now(UTC))
    except DatabaseUnavailable:
        st.toast(say("state.not_stored"), icon=":material/error:")
    except RegistryRefused as exc:
        st.toast(wording.plain(str(exc)), icon=":material/error:")
    else:
        st.toast(say("model.retrain_asked" if taken else "model.retrain_waits"), icon=":material/check:")
        session.reader().forget()


@access.needs(Right.ADMINISTER)
def _withdraw() -> None:
    """Take the request back; a callback."""
    try:
        taken = wishes().withdraw(access.person().name, datetime.now(UTC))
    except DatabaseUnavailable:
        st.toast(say("state.not_stored"), icon=":material/error:")
        return
    st.toast(say("model.withdrawn" if taken else "model.too_late"), icon=":material/undo:")
    session.reader().forget()


def _with_reason(name: str, key: str, icon: str, act: Callable[..., None], *args: object) -> None:
    """A change that asks for its reason before it can be made."""
    with session.fold(name, icon, f"open-{key}"):
        why = st.text_input(
            say("model.why"), key=f"why-{key}", max_chars=LONGEST_WHY, placeholder=say("model.why_hint")
        )
        st.button(
            say("model.do"), key=f"do-{key}", type="primary", disabled=not why.strip(), on_click=act,
            args=(f"why-{key}", *args),
        )  # fmt: skip


@access.needs(Right.ADMINISTER)
def _move(why_key: str, version: str, to: State) -> None:
    """Move a model; a callback."""
    why = str(st.session_state.get(why_key) or "")
    _change(lambda: store().move(version, to, access.person().name, why))


@access.needs(Right.ADMINISTER)
def _roll_back(why_key: str) -> None:
    """Take the champion before back; a callback."""
    why = str(st.session_state.get(why_key) or "")
    _change(lambda: store().rollback(access.person().name, why))


def _change(act: Callable[[], Model]) -> None:
    try:
        model = act()
    except DatabaseUnavailable:
        st.toast(say("state.not_stored"), icon=":material/error:")
    except RegistryRefused as exc:
        st.toast(wording.plain(str(exc)), icon=":material/error:")
    else:
        state = say(f"model.state_{model.state.value}")
        st.toast(say("model.changed", version=wording.plain(model.version), state=state), icon=":material/check:")
