"""Administration: who may do what, and who did what."""

from __future__ import annotations

import streamlit as st

from core.access import Right
from core.audit import Asked
from core.errors import DatabaseUnavailable
from dashboard import access, pieces, session, tables
from dashboard.session import SLOWLY_S, card
from dashboard.words import say

SHOWN = 100


@session.section(SLOWLY_S)
def log() -> None:
    """The newest entries of the audit log, by who, what and which."""
    if not access.may(Right.ADMINISTER):
        st.html(pieces.empty(say("access.refused"), say("admin.note")))
        return
    me = session.viewer()
    with card("audit"):
        st.html(pieces.title(say("admin.audit"), say("admin.audit_note")))
        with st.container(horizontal=True):
            by = st.text_input(say("admin.by"), key="audit-by", max_chars=60)
            action = st.text_input(say("admin.action"), key="audit-action", max_chars=60)
            subject = st.text_input(say("admin.subject"), key="audit-subject", max_chars=80)
        try:
            entries = session.audit().read(Asked(by.strip(), action.strip(), subject.strip()), SHOWN)
        except DatabaseUnavailable:
            st.html(pieces.gone(None, me.now, me.zone))
            return
        none = pieces.empty(say("admin.none"), say("admin.none_why"))
        st.html(tables.audit(entries, me.now, me.zone) if entries else none)


def page() -> None:
    """Lay the sections out."""
    st.html(pieces.page_title(say("pages.admin"), say("admin.note")))
    log()


if __name__ == "__main__":
    page()
