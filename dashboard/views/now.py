"""Now: is anything wrong, what, why, and what can be done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import desk, figures, pieces, session, tables, wording
from dashboard.data import Shown
from dashboard.session import EVERY_S, SLOWLY_S, Viewer, card

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
RANGES = {
    "30 min": (timedelta(minutes=30), 60),
    "6 h": (timedelta(hours=6), 300),
    "24 h": (DAY, 1_200),
}
"""What is shown, and the seconds of one bar."""
CLEAR_P = 0.6
"""A post with a feeling at least this probable is worth a look."""
NOTICED = 0.10
"""A negative share this far over the usual one is marked."""


@session.section(EVERY_S)
def strip() -> None:
    """Headline, open incidents, figures."""
    me, reader = session.viewer(), session.reader()
    incidents = reader.read("incidents", last=timedelta(0), count=5)
    row = reader.read("pulse", last=figures.WINDOW)
    pulse = figures.pulse(row.first, me.now)
    newest = reader.read("newest_post").first
    age = None if newest is None else (me.now - newest["published_at"]).total_seconds()
    if row.gone or incidents.gone:
        session.warn_if_gone(row if row.gone else incidents, me)
    left, right = st.columns([4, 1.3], vertical_alignment="center")
    if incidents.as_of is None:
        left.html(pieces.headline_unknown())
    else:
        left.html(pieces.headline(incidents.rows, age))
    as_of = f"as of {me.clock(row.as_of)}" if row.as_of else ""
    right.html(f'<div class="gw-asof">{as_of}<br>{me.now.astimezone(me.zone):%a %d %b %Y, %Z}</div>')
    for incident in incidents.rows:
        session.incident(incident, me, way="link")
    if row.as_of is not None:
        st.html(pieces.kpis(_cards(pulse, newest, age, me)))


def _cards(pulse: figures.Pulse, newest: dict[str, Any] | None, age: float | None, me: Viewer) -> list[str]:
    reader = session.reader()
    minutes = _minutes(reader.read("volume", last=timedelta(minutes=30), bucket_s=60), me, timedelta(minutes=30), 60)
    counts = desk.counted(reader.read("draft_counts", last=DAY).rows)
    health = figures.source_health(reader.read("sources", last=DAY).rows, me.now, session.silent_after())
    silent = [source for source in health if source.state == "silent"]
    usual, share = pulse.usual_negative_share, pulse.negative_share
    high = usual is not None and share is not None and share > usual + NOTICED
    whole = minutes[:-1]  # the minute that is still running would end every line in a fall
    return [
        pieces.kpi(
            "Posts, last 15 min", wording.count(pulse.posts), pieces.change(pulse.posts, pulse.usual_posts),
            spark=pieces.spark([row["posts"] for row in whole], "--gw-muted"),
        ),
        pieces.kpi(
            "Negative share, last 15 min", wording.share(share),
            "no usual level yet" if usual is None else f"usual {wording.share(usual)}" + (" · high" if high else ""),
            tone="bad" if high else "", spark=pieces.spark([row["negative"] for row in whole], "--gw-negative"),
        ),
        pieces.kpi(
            "Newest post", wording.NOTHING if age is None else f"{wording.span(age)} ago",
            "nothing has arrived yet" if newest is None else f"published {me.clock(newest['published_at'])}",
            tone="bad" if age is not None and age > pieces.STALE_S else "",
        ),
        pieces.kpi("Drafts waiting", wording.count(desk.waiting(counts)), desk.waiting_note(counts)),
        pieces.kpi(
            "Sources silent", f"{len(silent)} of {len(health)}" if health else wording.NOTHING,
            _names(silent) or ("all heard from" if health else "none scraped yet"),
            tone="bad" if silent else "",
        ),
    ]  # fmt: skip


def _names(silent: list[figures.SourceHealth]) -> str:
    return ", ".join(pieces.safe(health.source) for health in silent[:2])


def _minutes(shown: Shown, me: Viewer, last: timedelta, bucket_s: int) -> list[dict[str, Any]]:
    until = shown.as_of or me.now
    return figures.fill(shown.rows, until - last, until, bucket_s)


@session.section(EVERY_S)
def live(span: str) -> None:
    """Volume by sentiment, and which emotions."""
    from dashboard import charts

    me, reader = session.viewer(), session.reader()
    last, bucket_s = RANGES[span]
    left, right = st.columns([2, 1], gap="small")
    with left, card("volume", height="stretch"):
        shown = reader.read("volume", last=last, bucket_s=bucket_s)
        bar = "a minute" if bucket_s == 60 else f"in {bucket_s // 60} min"
        session.head("Live volume by sentiment", shown, me, f"posts {bar}, dashed: the usual level")
        if shown.rows:
            usual = figures.pulse(reader.read("pulse", last=figures.WINDOW).first, me.now).usual_posts
            a_bucket = None if usual is None else usual * (bucket_s / figures.WINDOW.total_seconds())
            chart = charts.volume(_minutes(shown, me, last, bucket_s), bucket_s, a_bucket, me.palette)
            session.draw(chart, "Posts over time, stacked by sentiment")
        else:
            _no_posts(span)
    with right, card("emotions", height="stretch"):
        shown = reader.read("feeling", last=last, dimension="family", count=10)
        session.head("Emotions", shown, me)
        if shown.rows:
            session.draw(charts.emotions(shown.rows, me.palette), "Share of each family of emotions")
        else:
            _no_posts(span)


@session.section(EVERY_S)
def about(span: str) -> None:
    """Sentiment by entity and by topic."""
    from dashboard import charts

    me, reader = session.viewer(), session.reader()
    last, _ = RANGES[span]
    columns = st.columns(2, gap="small")
    for column, dimension, title in zip(columns, ("entity", "topic"), ("By entity", "By topic"), strict=True):
        with column, card(dimension, height="stretch"):
            shown = reader.read("feeling", last=last, dimension=dimension, count=8)
            session.head(f"Sentiment {title[0].lower()}{title[1:]}", shown, me, "most feeling first")
            if shown.rows:
                session.draw(charts.diverging(shown.rows, me.palette), f"Negative and positive posts {title.lower()}")
            else:
                _no_posts(span)


@session.section(EVERY_S)
def drafts() -> None:
    """The most urgent draft, ready for a verdict."""
    me, reader = session.viewer(), session.reader()
    with card("desk"):
        shown = reader.read("drafts_waiting", count=50)
        waiting = desk.waiting(desk.counted(reader.read("draft_counts", last=DAY).rows))
        session.head("Reply drafts", shown, me, f"{wording.count(waiting)} waiting, the most urgent first")
        desk.show(shown.rows, me)


@session.section(EVERY_S)
def newest() -> None:
    """The newest posts with a clear feeling."""
    me, reader = session.viewer(), session.reader()
    with card("posts", height="stretch"):
        wanted = st.session_state.get("feeling") or "any"
        shown = reader.read("notable_posts", last=HOUR, sentiment=wanted, least_p=CLEAR_P, count=8)
        session.head("Newest clear voices", shown, me, "original posts of the last hour")
        st.segmented_control(
            "Feeling", ["any", "negative", "positive"], default="any", key="feeling", label_visibility="collapsed"
        )
        if shown.rows:
            st.html(pieces.posts(shown.rows, me.now, me.zone))
        else:
            st.html(
                pieces.empty("Nobody has spoken clearly", "Posts with a clear feeling from the last hour stand here.")
            )


@session.section(SLOWLY_S)
def plumbing() -> None:
    """Alerts that went out, incidents that ended, sources."""
    me, reader = session.viewer(), session.reader()
    with card("webhooks"):
        shown = reader.read("notifications", last=DAY, count=8)
        session.head("Webhooks", shown, me, "last 24 h")
        if shown.rows:
            st.html(tables.notifications(shown.rows, me.now, me.zone))
        else:
            st.html(pieces.empty("No alert was sent", "An incident that opens or ends sends one."))
    with card("ended"):
        shown = reader.read("incidents", last=DAY, count=20)
        ended = [row for row in shown.rows if row["state"] == "resolved"]
        session.head("Incidents that ended", shown, me, "last 24 h")
        if ended:
            st.html(tables.ended(ended, me.now, me.zone))
        else:
            st.html(pieces.empty("None ended lately", "They stay here for a day."))
    with card("sources"):
        shown = reader.read("sources", last=DAY)
        session.head("Sources", shown, me, "last 24 h")
        if shown.rows:
            st.html(tables.sources_short(figures.source_health(shown.rows, me.now, session.silent_after()), me.now))
        else:
            st.html(pieces.empty("No source was scraped yet", "Runs of the scrapers stand here when they end."))


def _no_posts(span: str) -> None:
    st.html(pieces.empty(f"No posts in the last {span}", "They appear here seconds after they are scraped."))


def page() -> None:
    """Lay the sections out."""
    strip()
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.html('<div class="gw-section">What is being said</div>')
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        span = st.segmented_control(
            "Range", list(RANGES), default="30 min", key="range", label_visibility="collapsed", required=True
        )
    live(span)
    about(span)
    drafts()
    left, right = st.columns([3, 2], gap="small")
    with left:
        newest()
    with right:
        plumbing()


if __name__ == "__main__":
    page()
