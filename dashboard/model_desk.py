"""What may be done with a model by whoever may administer: promote, shadow, retire, roll back; each with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from core.access import Right
from core.errors import DatabaseUnavailable, RegistryRefused
from core.learning_ports import ModelStore
from core.registry import ALLOWED, LONGEST_WHY, Event, Model, State, earlier_champions
from dashboard import access, session, wording
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
    return _store(session.settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _store(dsn: str) -> ModelStore:
    return Database(impatient(dsn, session.PATIENCE_S)).models


def moves(model: Model) -> None:
    """The states that a model may be moved to."""
    if not access.may(Right.ADMINISTER):
        return
    with st.container(horizontal=True, key=f"moves-{model.version}"):
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


def _with_reason(name: str, key: str, icon: str, act: Callable[..., None], *args: object) -> None:
    """A change that asks for its reason before it can be made."""
    with st.popover(name, icon=icon, key=f"open-{key}"):
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
