"""What every page shares: the reader, the writer, and who is looking, in which colours and at which clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from core.access import Right
from core.errors import DatabaseUnavailable
from core.ports import AuditLog, ReviewStore
from core.reviews import Reviewer
from dashboard import access, palette, pieces, wording
from dashboard.access import settings as settings
from dashboard.data import Reader, Shown
from dashboard.palette import Palette
from dashboard.pieces import Row
from dashboard.words import say
from storage.postgres import Database
from storage.verdicts import Verdicts, impatient

if TYPE_CHECKING:
    import altair as alt

EVERY_S = 4.0
"""Seconds between two refreshes of what moves."""
SLOWLY_S = 10.0
"""Seconds between two refreshes of what moves rarely."""
PATIENCE_S = 4.0
"""Longest wait for one answer of PostgreSQL; a page that waits longer looks broken."""
EXPLORED_FOR: Final = timedelta(seconds=20)
"""How old the figures of the page Explore may be: they span hours."""
ARROW: Final = ":material/arrow_forward:"
LOG: Final = logging.getLogger(__name__)
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, now."""

    now: datetime
    zone: tzinfo
    palette: Palette

    def clock(self, moment: datetime) -> str:
        return wording.clock(moment, self.zone, self.now, seconds=True)


def viewer() -> Viewer:
    """Read from the browser; UTC and light when it has not said."""
    try:
        zone: tzinfo = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return Viewer(datetime.now(UTC), zone, palette.of(st.context.theme.type))


def reader() -> Reader:
    """One for all viewers of this process."""
    return _reader(settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _reader(dsn: str) -> Reader:
    return Reader(lambda: Database(impatient(dsn, PATIENCE_S)), lambda: datetime.now(UTC))


def explorer() -> Reader:
    """One for all viewers, besides `reader`: what takes long must not keep a page waiting that says what is wrong."""
    return _explorer(settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _explorer(dsn: str) -> Reader:
    return Reader(
        lambda: Database(impatient(dsn, PATIENCE_S)), lambda: datetime.now(UTC), fresh_for=EXPLORED_FOR, kept=64
    )


def fetch(name: str, **params: Any) -> list[dict[str, Any]] | None:
    """Rows that nobody is to remember, for a file; `None` where PostgreSQL does not answer."""
    database = Database(impatient(settings().dsn.get_secret_value(), PATIENCE_S))
    try:
        return database.read(name, **params)
    except DatabaseUnavailable:
        return None
    finally:
        database.close()


def verdicts() -> Verdicts:
    """One for all viewers of this process."""
    return _verdicts(settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _verdicts(dsn: str) -> Verdicts:
    return Verdicts(impatient(dsn, PATIENCE_S))


def reviews() -> ReviewStore:
    """One for all viewers of this process."""
    return _reviews(settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _reviews(dsn: str) -> ReviewStore:
    return Database(impatient(dsn, PATIENCE_S)).reviews


def reviewer() -> Reviewer:
    """Who decides at this page, as the store of replies wants it."""
    who = access.person()
    return Reviewer(who.name, who.key)


def audit() -> AuditLog:
    """One for all viewers of this process."""
    return _audit(settings().dsn.get_secret_value())


@st.cache_resource(show_spinner=False)
def _audit(dsn: str) -> AuditLog:
    return Database(impatient(dsn, PATIENCE_S)).audit


def incident(row: dict[str, Any], me: Viewer, *, way: Literal["link", "button", "none"]) -> None:
    """An incident with what can be done about it.

    Args:
        way: to its own page. A link that leads from that page to itself loses its query, so there it is a button.
    """
    incident_id, firing = row["incident_id"], row["state"] == "firing"
    with st.container(key=f"incident-{row['state']}-{incident_id}", gap="small"):
        st.html(pieces.incident(row, me.now, me.zone))
        if not firing and way == "none":
            return
        link = say("incident.open")
        with st.container(horizontal=True, vertical_alignment="center"):
            if firing and access.may(Right.ACT):
                st.button(
                    say("incident.acknowledge"), key=f"ack-{incident_id}", icon=":material/done_all:", type="primary",
                    on_click=acknowledge, args=(incident_id,),
                )  # fmt: skip
            if way == "link":
                st.page_link("views/incident.py", label=link, icon=ARROW, query_params={"incident": incident_id})
            elif way == "button" and st.button(link, key=f"open-{incident_id}", icon=ARROW, type="tertiary"):
                st.query_params["incident"] = incident_id
                st.rerun()


@access.needs(Right.ACT)
def acknowledge(incident_id: str) -> None:
    """Say that a person has seen an incident; a callback, so that the page shows it at once."""
    try:
        won = verdicts().acknowledge(incident_id, access.person().name, datetime.now(UTC))
    except DatabaseUnavailable:
        st.toast(say("state.not_stored"), icon=":material/error:")
        return
    st.toast(say("incident.acknowledged" if won else "incident.faster"), icon=":material/done_all:")
    reader().forget()


def section(every_s: float) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function a part of the page that refreshes by itself, and whose failure leaves the others standing."""

    def wrap(show: Callable[P, None]) -> Callable[P, None]:
        @wraps(show)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            if not access.may(Right.SEE):
                st.rerun()  # the sign-in has ended since: the whole page asks for it
            try:
                show(*args, **kwargs)
            except Exception:
                LOG.exception("the section %s failed", show.__name__)
                st.html(pieces.failed(every_s))

        return cast(Callable[P, None], st.fragment(guarded, run_every=every_s))

    return wrap


def silent_after() -> timedelta:
    """How long without a good run makes a source silent: five runs, and never less than five minutes."""
    return timedelta(seconds=max(300, 5 * settings().scrape_every_s))


def paint(colours: Palette) -> None:
    """Put the style sheet on the page."""
    sheet = _sheet(str(Path(__file__).with_name("styles.css")))
    st.html(f"<style>{palette.style(colours)}{sheet}</style>")


@st.cache_resource(show_spinner=False)
def _sheet(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def draw(
    chart: alt.LayerChart,
    says: str,
    *,
    key: str | None = None,
    selects: str = "",
    on_select: Callable[[], None] | None = None,
) -> None:
    """Show a chart; `says` is read aloud in its place.

    Args:
        key: of a chart with a selection, which is in the session's state under it.
        selects: the selection's name in the chart.
        on_select: called when something is selected.
    """
    # here and in the views: Altair and pandas take a second to import, and the headline shall not wait for them
    from dashboard.charts import ROWS, split

    rows, spec = split(chart)
    spec["datasets"] = {ROWS: rows}
    look: dict[str, Any] = {"theme": None, "width": "stretch", "height": "content", "alt": says}
    if on_select is None:
        st.vega_lite_chart(spec, **look)
    else:
        st.vega_lite_chart(spec, **look, key=key, on_select=on_select, selection_mode=selects)


def posts(rows: Sequence[Row], me: Viewer) -> None:
    """Posts below each other, each with the way to its own page."""
    with st.container(key="post-list", gap="small"):
        for row in rows:
            with st.container(key=f"post-{row['post_id']}", gap=None):
                st.html(pieces.post(row, me.now, me.zone))
                link("post", say("post.open"), post=str(row["post_id"]))


def link(page: str, label: str, icon: str = ARROW, **query: str) -> None:
    """The way to another page, whose address has this query; `label` is Markdown, see `wording.plain`.

    A page that is run by itself, as in a test, knows no others: it says where the way would lead.
    """
    try:
        st.page_link(f"views/{page}.py", label=label, icon=icon, query_params=query)
    except StreamlitPageNotFoundError:
        st.html(f'<span class="gw-muted" data-page="{page}">{pieces.safe(label)}</span>')


def head(text: str, shown: Shown, me: Viewer, note: str = "") -> None:
    """The head of a card, with the age of what is in it."""
    age = "" if shown.as_of is None else say("state.as_of", clock=me.clock(shown.as_of))
    st.html(pieces.title(text, " · ".join(part for part in (note, age) if part)))


def warn_if_gone(shown: Shown, me: Viewer) -> None:
    """Say so when PostgreSQL does not answer."""
    if shown.gone:
        st.html(pieces.gone(shown.as_of, me.now, me.zone))


def fold(label: str, icon: str, key: str) -> Any:
    """What is seen only when it is asked for, at its place in the page.

    Not a popover: that stands behind the whole page in the order of keys, and who has left it once with Tab cannot
    come back into it.
    """
    return st.expander(label, icon=icon, key=key, type="compact")


def card(key: str, **options: Any) -> Any:
    """A bordered container that the style sheet knows."""
    return st.container(border=True, key=f"card-{key}", **options)
