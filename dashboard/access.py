"""Who is at the page and what she may do: the one place that asks the sign-in, and that every write goes through."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, ParamSpec

import streamlit as st

from core.access import Person, Right, Role, is_loopback, parse_grants, role_of
from core.settings import Settings
from dashboard import pieces
from dashboard.words import say

NAME_KEY: Final = "analyst"
"""What somebody calls herself where nobody signs in, in the state of her session."""
PAGE_KEY: Final = "reviewer"
LOCAL_NAME: Final = "analyst"
LOG: Final = logging.getLogger(__name__)
P = ParamSpec("P")


def settings() -> Settings:
    return _settings()


@st.cache_resource(show_spinner=False)
def _settings() -> Settings:
    return Settings()


def signs_in() -> bool:
    """Whether people sign in here; else whoever is at this machine may do everything."""
    return bool(settings().oidc_metadata_url)


def person() -> Person:
    """Whoever is at this page. Another page is another person where nobody signs in."""
    if signs_in():
        return _of_claims(dict(st.user.to_dict()), datetime.now(UTC))
    key = st.session_state.setdefault(PAGE_KEY, f"page-{uuid.uuid4().hex}")
    name = str(st.session_state.get(NAME_KEY) or "").strip() or LOCAL_NAME
    return Person(name, str(key), Role.ADMIN if _stranger() is None else None)


def _of_claims(claims: dict[str, Any], now: datetime) -> Person:
    """A person by what her identity token says; a role ends with the hours that a sign-in lasts."""
    name = str(claims.get("name") or claims.get("email") or claims.get("sub") or "?")[:60]
    grants = parse_grants(settings().roles) if _lasts(claims, now) else ()
    return Person(name, f"user-{claims.get('sub', '')}", role_of(claims, grants, settings().oidc_groups_claim))


def _lasts(claims: dict[str, Any], now: datetime) -> bool:
    """Whether somebody is signed in, and not for longer than a sign-in lasts."""
    signed_in_at = claims.get("iat")
    if not claims.get("is_logged_in") or not claims.get("sub") or not isinstance(signed_in_at, int | float):
        return False
    return now.timestamp() - signed_in_at < 3_600 * settings().oidc_hours


def _stranger() -> str | None:
    """From where somebody looks who is not at this machine, where nobody signs in; `None` for whoever is."""
    if settings().dashboard_trust_network:
        return None
    # another site that made its name point here (DNS rebinding) is told by the Host header
    asked = (st.get_option("server.address"), st.context.headers.get("host"), st.context.ip_address)
    return next((one for one in asked if isinstance(one, str) and one and not is_loopback(one)), None)


def may(right: Right) -> bool:
    """Whether whoever is at this page has this right."""
    return person().may(right)


def needs(right: Right) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Let a callback do something only for those who have the right; others are told so, and the log too."""

    def wrap(act: Callable[P, None]) -> Callable[P, None]:
        @wraps(act)
        def checked(*args: P.args, **kwargs: P.kwargs) -> None:
            who = person()
            if who.may(right):
                act(*args, **kwargs)
                return
            LOG.warning("%s was refused to %s, who has the role %s", act.__name__, who.key, who.role)
            st.toast(say("access.refused"), icon=":material/lock:")

        return checked

    return wrap


def gate() -> bool:
    """Whether the page may be shown; what stands there instead where it may not."""
    if may(Right.SEE):
        return True
    if not signs_in():
        st.html(pieces.empty(say("access.loopback"), say("access.loopback_why")))
        return False
    if _lasts(dict(st.user.to_dict()), datetime.now(UTC)):
        st.html(pieces.empty(say("access.no_role", name=pieces.safe(person().name)), say("access.no_role_why")))
    else:
        st.html(pieces.empty(say("access.sign_in_first"), say("access.sign_in_why")))
        st.button(say("access.sign_in"), key="sign-in", type="primary", icon=":material/login:", on_click=st.login)
    return False
