"""What stands in the header of every page: the language."""

from __future__ import annotations

import streamlit as st

from dashboard import words
from dashboard.words import say


def account() -> None:
    """A menu at the end of the header."""
    with st.container(key="account"), st.popover("", icon=":material/account_circle:", help=say("frame.account")):
        _language()


def _language() -> None:
    # the picker keeps its word for the session, whichever page is open; its first value is what the page was shown in
    st.session_state.setdefault(words.KEY, words.language())
    st.segmented_control(
        say("frame.language"), list(words.LANGUAGES), key=words.KEY, format_func=words.LANGUAGES.__getitem__,
        required=True,
    )  # fmt: skip
