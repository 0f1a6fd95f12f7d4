"""What stands in the header of every page: who is signed in, and the language."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import access, pieces, words
from dashboard.words import name_of, say

TOLD_KEY: Final = "language-told"


def account() -> None:
    """A menu at the end of the header."""
    _tell_the_browser()
    with (
        st.container(key="account"),
        st.popover("", icon=":material/account_circle:", help=say("frame.account"), type="tertiary"),
    ):
        _language()
        if access.signs_in() and st.user.get("is_logged_in"):
            _signed_in()


def _tell_the_browser() -> None:
    """Streamlit says that every page is English, and a screen reader would read Chinese so."""
    language = words.language()
    if st.session_state.get(TOLD_KEY, words.FALLBACK) != language:
        st.session_state[TOLD_KEY] = language
        script = f"<script>document.documentElement.lang = '{language}'</script>"
        st.html(script, unsafe_allow_javascript=True)


def _language() -> None:
    # the picker keeps its word for the session, whichever page is open; its first value is what the page was shown in
    st.session_state.setdefault(words.KEY, words.language())
    st.segmented_control(
        say("frame.language"), list(words.LANGUAGES), key=words.KEY, format_func=words.LANGUAGES.__getitem__,
        required=True,
    )  # fmt: skip


def _signed_in() -> None:
    who = access.person()
    role = name_of("role", "none" if who.role is None else who.role.name)
    st.html(f'<p class="gw-muted">{say("access.signed_in_as", name=pieces.safe(who.name), role=role)}</p>')
    st.button(say("access.sign_out"), key="sign-out", icon=":material/logout:", on_click=st.logout)
