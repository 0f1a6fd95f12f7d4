"""Now: is anything wrong, what, why, and what can be done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import desk, figures, painting, pieces, session, tables, wording
from dashboard.data import Shown
from dashboard.session import EVERY_S, SLOWLY_S, Viewer, card
from dashboard.words import name_of, say

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
RANGES = {
    "30min": (timedelta(minutes=30), 60),
    "6h": (timedelta(hours=6), 300),
    "24h": (DAY, 1_200),
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
    as_of = say("state.as_of", clock=me.clock(row.as_of)) if row.as_of else ""
    right.html(f'<div class="gw-asof">{as_of}<br>{wording.date(me.now, me.zone)}</div>')
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
            say("now.posts"), wording.count(pulse.posts), pieces.change(pulse.posts, pulse.usual_posts),
            spark=pieces.spark([row["posts"] for row in whole], "--gw-muted"),
        ),
        pieces.kpi(
            say("now.negative_share"), wording.share(share),
            say("now.no_usual") if usual is None else
            say("now.high" if high else "now.usual_share", share=wording.share(usual)),
            tone="bad" if high else "", spark=pieces.spark([row["negative"] for row in whole], "--gw-negative"),
        ),
        pieces.kpi(
            say("now.newest"), wording.NOTHING if age is None else say("time.ago", span=wording.span(age)),
            say("now.nothing_yet") if newest is None else say("now.published", clock=me.clock(newest["published_at"])),
            tone="bad" if age is not None and age > pieces.STALE_S else "",
        ),
        pieces.kpi(say("now.drafts_waiting"), wording.count(desk.waiting(counts)), desk.waiting_note(counts)),
        pieces.kpi(
            say("now.sources_silent"),
            say("now.of_all", part=len(silent), whole=len(health)) if health else wording.NOTHING,
            _names(silent) or say("now.all_heard" if health else "now.none_scraped"),
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
        bar = "now.bar_minute" if bucket_s == 60 else "now.bar_minutes"
        session.head(say("now.volume"), shown, me, say(bar, minutes=bucket_s // 60))
        if shown.rows:
            usual = figures.pulse(reader.read("pulse", last=figures.WINDOW).first, me.now).usual_posts
            a_bucket = None if usual is None else usual * (bucket_s / figures.WINDOW.total_seconds())
            chart = charts.volume(_minutes(shown, me, last, bucket_s), bucket_s, a_bucket, me.palette)
            session.draw(chart, say("now.volume_says"))
        else:
            _no_posts(span)
    with right, card("emotions", height="stretch"):
        shown = reader.read("feeling", last=last, dimension="family", count=10)
        session.head(say("now.emotions"), shown, me)
        if shown.rows:
            session.draw(charts.emotions(shown.rows, me.palette), say("now.emotions_says"))
        else:
            _no_posts(span)


@session.section(EVERY_S)
def about(span: str) -> None:
    """Sentiment by entity and by topic."""
    from dashboard import charts

    me, reader = session.viewer(), session.reader()
    last, _ = RANGES[span]
    columns = st.columns(2, gap="small")
    for column, dimension in zip(columns, ("entity", "topic"), strict=True):
        with column, card(dimension, height="stretch"):
            shown = reader.read("feeling", last=last, dimension=dimension, count=8)
            session.head(say(f"now.by_{dimension}"), shown, me, say("now.most_feeling"))
            if shown.rows:
                rows = [row | {"key": name_of(dimension, row["key"])} for row in shown.rows]
                session.draw(charts.diverging(rows, me.palette), say(f"now.by_{dimension}_says"))
            else:
                _no_posts(span)


@session.section(EVERY_S)
def drafts() -> None:
    """The most urgent draft, ready for a verdict."""
    me, reader = session.viewer(), session.reader()
    with card("desk"):
        shown = reader.read("drafts_waiting", count=50)
        waiting = desk.waiting(desk.counted(reader.read("draft_counts", last=DAY).rows))
        session.head(say("now.drafts"), shown, me, say("now.drafts_note", count=wording.count(waiting)))
        desk.show(shown.rows, me)


@session.section(EVERY_S)
def newest() -> None:
    """The newest posts with a clear feeling."""
    me, reader = session.viewer(), session.reader()
    with card("posts", height="stretch"):
        wanted = st.session_state.get("feeling") or "any"
        shown = reader.read("notable_posts", last=HOUR, sentiment=wanted, least_p=CLEAR_P, count=8)
        session.head(say("now.clear"), shown, me, say("now.clear_note"))
        st.segmented_control(
            say("feeling.label"),
            ["any", "negative", "positive"],
            default="any",
            key="feeling",
            label_visibility="collapsed",
            format_func=lambda feeling: say(f"feeling.{feeling}"),
        )
        if shown.rows:
            session.posts(shown.rows, me)
        else:
            st.html(pieces.empty(say("now.clear_none"), say("now.clear_none_why")))


@session.section(SLOWLY_S)
def plumbing() -> None:
    """Alerts that went out, incidents that ended, sources."""
    me, reader = session.viewer(), session.reader()
    with card("webhooks"):
        shown = reader.read("notifications", last=DAY, count=8)
        session.head(say("now.alerts"), shown, me, say("replies.day"))
        if shown.rows:
            st.html(tables.notifications(shown.rows, me.now, me.zone))
        else:
            st.html(pieces.empty(say("now.alerts_none"), say("now.alerts_none_why")))
    with card("ended"):
        shown = reader.read("incidents", last=DAY, count=20)
        ended = [row for row in shown.rows if row["state"] == "resolved"]
        session.head(say("now.ended"), shown, me, say("replies.day"))
        if ended:
            st.html(tables.ended(ended, me.now, me.zone))
        else:
            st.html(pieces.empty(say("now.ended_none"), say("now.ended_none_why")))
    with card("sources"):
        shown = reader.read("sources", last=DAY)
        session.head(say("now.sources"), shown, me, say("replies.day"))
        if shown.rows:
            st.html(tables.sources_short(figures.source_health(shown.rows, me.now, session.silent_after()), me.now))
        else:
            st.html(pieces.empty(say("now.sources_none"), say("sources.none_why")))


def _no_posts(span: str) -> None:
    st.html(pieces.empty(say("now.no_posts", span=say(f"range.{span}")), say("now.no_posts_why")))


def page() -> None:
    """Lay the sections out."""
    strip()
    if painting.is_first():
        return
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.html(f'<div class="gw-section">{say("now.said")}</div>')
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        span = st.segmented_control(
            say("now.range"),
            list(RANGES),
            default="30min",
            key="range",
            label_visibility="collapsed",
            required=True,
            format_func=lambda name: say(f"range.{name}"),
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
