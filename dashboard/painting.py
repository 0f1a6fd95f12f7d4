"""What a window shows first: the verdict. What stands below it comes once the browser has drawn that.

Streamlit's browser side fetches the code of a kind of element when it meets the first one, and React draws what waited
for code only when nothing else has come for a while: a page that is sent in one piece shows its first line last.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import pieces

KEY: Final = "painted"
"""Of the session's state: how far its first page has come."""
VERDICT: Final = "verdict"
ALL: Final = "all"
ASKS_AFTER_S: Final = 0.5
"""React draws what waited for code 0.3 s after it showed that it waits (FALLBACK_THROTTLE_MS); a bit more than that."""


def is_first() -> bool:
    """Whether this is a session's first look at a page, whose lower part is to wait; the browser then asks for all."""
    if KEY in st.session_state:
        return False
    _rest()
    st.session_state[KEY] = VERDICT
    return True


@st.fragment(run_every=ASKS_AFTER_S)
def _rest() -> None:
    if st.session_state.get(KEY) == VERDICT:  # the browser asks: it has drawn what it was sent
        st.session_state[KEY] = ALL
        st.rerun()
    st.html(pieces.to_come())
