"""The dashboard: `streamlit run dashboard/app.py`. Wiring only; each page is a file in views/."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.access import Right
from dashboard import access, frame, returning, session, words
from dashboard.words import say

# one blue that stands out from a light and from a dark header: an image does not follow the theme
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 172 32" width="172" height="32">
<path d="M2 21c5 0 5-9 10-9s5 9 10 9 5-14 10-14" fill="none" stroke="#2583C4" stroke-width="3.4"
 stroke-linecap="round"/>
<text x="42" y="22" textLength="126" lengthAdjust="spacingAndGlyphs" font-size="19" font-weight="700" fill="#2583C4"
 font-family="Source Sans, Helvetica, Arial, sans-serif">Groundswell</text></svg>"""


def main() -> None:
    """Lay out the frame and run the page that is asked for."""
    st.set_page_config(page_title="Groundswell", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
    st.session_state[words.DEFAULT_KEY] = access.settings().dashboard_language
    colours = session.viewer().palette
    st.logo(LOGO, size="large")
    session.paint(colours)
    frame.account()
    incident = st.Page("views/incident.py", title=say("pages.incident"), icon=":material/warning:", url_path="incident")
    admin = st.Page("views/admin.py", title=say("pages.admin"), icon=":material/history:", url_path="admin")
    pages = [
        st.Page("views/now.py", title=say("pages.now"), icon=":material/monitoring:", default=True),
        st.Page("views/replies.py", title=say("pages.replies"), icon=":material/reply:", url_path="replies"),
        incident,
        st.Page("views/explore.py", title=say("pages.explore"), icon=":material/travel_explore:", url_path="explore"),
        st.Page("views/post.py", title=say("pages.post"), icon=":material/article:", url_path="post"),
        st.Page("views/labels.py", title=say("pages.labels"), icon=":material/label:", url_path="labels"),
        st.Page("views/model.py", title=say("pages.model"), icon=":material/neurology:", url_path="model"),
        st.Page("views/sources.py", title=say("pages.sources"), icon=":material/rss_feed:", url_path="sources"),
        *([admin] if access.may(Right.ADMINISTER) else []),
    ]
    page = st.navigation(pages, position="top" if access.may(Right.SEE) else "hidden")
    opened = returning.Address(page.url_path, st.query_params.to_dict())
    if not access.gate():
        returning.remember(opened)
        return
    paths = {one.url_path: one for one in pages}
    if access.signs_in() and (to := returning.led_back(opened, paths)):
        st.switch_page(paths[to.page], query_params=to.query)
    asked = st.query_params.get("incident")
    if asked and page.url_path == "":
        # a webhook's link leads to the front door with the incident's id
        st.switch_page(incident, query_params={"incident": asked})
    page.run()


if __name__ == "__main__":
    main()
