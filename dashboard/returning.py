"""Where a sign-in leads: to the address that was opened before it, which the browser remembers in a cookie.

The provider leads back to the front door, in a new session of Streamlit's: only the browser still knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

import streamlit as st

COOKIE: Final = "groundswell-opened"
LASTS_S: Final = 600
"""A sign-in takes no longer; whoever comes later comes for something else."""
LONGEST: Final = 2_000
"""Characters of an address that is remembered; a cookie holds twice that."""
PAGE: Final = "."
"""The page's own name in the cookie; no query of ours has it."""
LED_KEY: Final = "led-back"


@dataclass(frozen=True, slots=True)
class Address:
    """A page of the dashboard, by its path, and its query."""

    page: str
    query: Mapping[str, str]

    @property
    def is_front_door(self) -> bool:
        return not self.page and not self.query

    def written(self) -> str:
        """As a cookie holds it: letters, digits and signs that neither a cookie nor a script has a meaning for."""
        return urlencode({PAGE: self.page, **self.query})


def read(written: str, pages: Collection[str]) -> Address | None:
    """The address that a cookie holds; none that is not of these pages: anybody can write a cookie.

    >>> read(Address("incident", {"incident": "i 1"}).written(), ["", "incident"])
    Address(page='incident', query={'incident': 'i 1'})
    >>> read(".=%2F%2Fevil.example", ["", "incident"]) is None
    True
    """
    query = dict(parse_qsl(written[: 2 * LONGEST], keep_blank_values=True))
    page = query.pop(PAGE, None)
    return Address(page, query) if page is not None and page in pages else None


def remember(opened: Address) -> None:
    """Have the browser keep what was opened, for after the sign-in; the front door needs no remembering."""
    written = opened.written()
    if opened.is_front_door or len(written) > LONGEST:
        return
    _script(f"document.cookie = '{COOKIE}={written}; path=/; max-age={LASTS_S}; samesite=lax'")


def led_back(opened: Address, pages: Collection[str]) -> Address | None:
    """Where to go from the front door right after a sign-in; once, and `None` where nothing is remembered."""
    led = st.session_state.setdefault(LED_KEY, False)
    if led:
        _script(f"document.cookie = '{COOKIE}=; path=/; max-age=0; samesite=lax'")
        return None
    kept = st.context.cookies.get(COOKIE) if opened.is_front_door else None
    found = read(kept, pages) if kept else None
    st.session_state[LED_KEY] = found is not None
    return found


def _script(statement: str) -> None:
    st.html(f"<script>{statement}</script>", unsafe_allow_javascript=True)
