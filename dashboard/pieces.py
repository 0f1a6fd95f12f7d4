"""Pieces of pages as HTML. Every word that came from outside goes through `safe`; nothing here is Markdown."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from core.replies import Why
from dashboard import wording

Row = Mapping[str, Any]
WHOLE_CHARS: Final = 320
"""A longer text is folded; one click shows the rest."""
STALE_S: Final = 300
"""A newest post older than this is itself a sign that something is wrong."""
SIGN: Final = {"negative": "▼", "neutral": "■", "positive": "▲"}
"""So that a feeling is read without its colour."""


def safe(text: object) -> str:
    """Text from outside, shown as it is: its own direction, no tags, no entities of its own."""
    return f'<bdi dir="auto">{html.escape(str(text), quote=True)}</bdi>'


def folded(text: str) -> str:
    """A text, the long end of a long one behind a click."""
    if len(text) <= WHOLE_CHARS:
        return f'<div class="gw-text">{safe(text)}</div>'
    cut = text.rfind(" ", 0, WHOLE_CHARS)
    cut = cut if cut > 0 else WHOLE_CHARS
    return (
        f'<details class="gw-text"><summary>{safe(text[:cut])}<span class="gw-more"> … more</span></summary>'
        f"{safe(text[cut:])}</details>"
    )


def headline(incidents: Sequence[Row], newest_age_s: float | None) -> str:
    """The one sentence that answers: is anything wrong?

    Args:
        incidents: open ones, firing before acknowledged, the worst first.
        newest_age_s: of the newest post; `None` before the first. Calm is claimed only of posts that keep coming.
    """
    firing = [i for i in incidents if i["state"] == "firing"]
    if firing:
        worst = firing[0]
        rest = f" and {wording.plural(len(firing) - 1, 'more incident')}" if len(firing) > 1 else ""
        title, tone = f"Negative feeling about {safe(worst['key'])} is surging{rest}", "alarm"
    elif incidents:
        about = ", ".join(safe(i["key"]) for i in incidents)
        title, tone = f"{wording.plural(len(incidents), 'open incident')}, acknowledged: {about}", "known"
    elif newest_age_s is None:
        title, tone = "Waiting for the first posts", "known"
    elif newest_age_s > STALE_S:
        title, tone = f"No new post for {wording.span(newest_age_s)}", "known"
    else:
        title, tone = "Nothing unusual", "calm"
    mark = {"alarm": "▲", "known": "●", "calm": "✓"}[tone]
    inner = f'<span class="gw-mark">{mark}</span><span>{title}</span>'
    return f'<div class="gw-headline gw-{tone}" role="status">{inner}</div>'


def headline_unknown() -> str:
    """The headline before anything could be read."""
    return '<div class="gw-headline gw-known" role="status"><span class="gw-mark">?</span>Nothing is known yet</div>'


def kpi(label: str, value: str, note: str, *, tone: str = "", spark: str = "") -> str:
    """One figure with what to compare it with; label and note are ours and not escaped."""
    return (
        f'<div class="gw-kpi {tone}"><div class="gw-label">{label}</div><div class="gw-value">{value}</div>'
        f'<div class="gw-note">{note}</div>{spark}</div>'
    )


def kpis(cards: Sequence[str]) -> str:
    return f'<div class="gw-kpis">{"".join(cards)}</div>'


def change(now: float | None, usual: float | None) -> str:
    """How far a count is from the usual one, in words.

    >>> change(120, 100), change(400, 100), change(5, None), change(3, 0.2)
    ('usual 100 · +20%', 'usual 100 · 4.0× that', 'no usual level yet', 'usual 0')
    """
    if now is None or usual is None:
        return "no usual level yet"
    text = f"usual {wording.count(usual)}"
    if usual < 1:
        return text
    ratio = now / usual
    return f"{text} · {wording.times(ratio)} that" if ratio >= 3 else f"{text} · {100 * (ratio - 1):+.0f}%"


def spark(values: Sequence[float], variable: str) -> str:
    """Small bars without axes, decoration beside a figure that stands in words.

    Args:
        values: oldest first.
        variable: name of the CSS property with its colour.
    """
    if len(values) < 2 or max(values) <= 0:
        return ""
    top = max(values)
    bars = "".join(f'<i style="height:{max(3, round(100 * value / top))}%"></i>' for value in values)
    return f'<div class="gw-spark" aria-hidden="true" style="color:var({variable})">{bars}</div>'


def incident(row: Row, now: datetime, zone: tzinfo) -> str:
    """An incident as a card: how bad, since when, how far from usual, why, and whether the alert went out."""
    cause = row["cause"] or {}
    quotes = "".join(f"<blockquote>{safe(text)}</blockquote>" for text in cause.get("excerpts", ())[:3])
    end = row["resolved_at"] or now
    state = {"firing": "firing", "acknowledged": "acknowledged", "resolved": "resolved"}[row["state"]]
    return f"""<article class="gw-incident">
<header><span class="gw-severity">Severity {row["severity"]} of 10</span>
<span class="gw-state">{state}</span>
<span class="gw-muted">since {wording.clock(row["opened_at"], zone, now)} · {
        wording.span((end - row["opened_at"]).total_seconds())
    }</span></header>
<div class="gw-columns"><div>
<h3>{safe(row["summary"])}</h3>
{_measure(row)}
{terms(cause.get("terms", ()))}
<p class="gw-muted gw-hook">{webhook(row, now, zone)}</p>
</div><div class="gw-quotes">{quotes}</div></div></article>"""


def _measure(row: Row) -> str:
    """Observed beside expected as two bars and in figures."""
    observed, expected = row["observed"], row["expected"]
    part = 100 * min(1.0, expected / observed) if observed else 100
    factor = f"<b>{wording.times(observed / expected)}</b> the usual" if expected > 0.05 else "usually next to none"
    usual = wording.count(expected) if expected >= 10 else f"{expected:.1f}" if expected >= 0.05 else "&lt;0.1"
    return f"""<div class="gw-measure">
<span>observed</span><i style="width:100%" class="gw-bar-bad"></i><b>{wording.count(observed)}</b>
<span>usual</span><i style="width:{max(part, 0.6):.1f}%" class="gw-bar-usual"></i><b>{usual}</b></div>
<div class="gw-facts"><span>{factor}</span><span><b>{wording.count(row["authors"])}</b> {
        "person" if row["authors"] == 1 else "different people"
    }</span></div>"""


def terms(words: Sequence[str]) -> str:
    if not words:
        return ""
    chips = "".join(f'<span class="gw-chip">{safe(word)}</span>' for word in words[:6])
    return f'<div class="gw-terms"><span class="gw-muted">New words</span>{chips}</div>'


def webhook(row: Row, now: datetime, zone: tzinfo) -> str:
    """What became of an incident's alert, in one phrase."""
    match row.get("webhook_state"):
        case "sent":
            return f"✓ Webhook delivered at {wording.clock(row['webhook_sent_at'], zone, now, seconds=True)}"
        case "pending":
            tried = wording.plural(row["webhook_attempts"], "attempt")
            return f"… Webhook waiting, {tried} so far" + error_note(row["webhook_error"])
        case "dead":
            return "✕ Webhook could not be delivered" + error_note(row["webhook_error"])
        case _:
            return "No webhook was called for"


def error_note(error: str | None) -> str:
    """What stands behind a state that has a cause; nothing without one."""
    return f": {safe(error)}" if error else ""


def feeling(row: Row) -> str:
    """A post's sentiment as sign, word and probability."""
    sentiment = row.get("sentiment")
    if sentiment is None:
        return '<span class="gw-tag">not judged</span>'
    return (
        f'<span class="gw-tag gw-{sentiment}">{SIGN[sentiment]} {sentiment} '
        f"{wording.share(row[f'p_{sentiment}'])}</span>"
    )


def post(row: Row, now: datetime, zone: tzinfo) -> str:
    """One post in a list."""
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:4])
    about = [row["channel"], row.get("topic"), row.get("family")]
    words = " · ".join(safe(wording.label(word)) for word in about if word)
    repeats = row.get("repeats", 0)
    voices = row.get("voices", 0)
    by = f" by {wording.plural(voices, 'author', 'authors')}" if voices else ""
    again = f'<span class="gw-chip">repeated {wording.count(repeats)}×{by}</span>' if repeats else ""
    return (
        f'<article class="gw-post"><header>{feeling(row)}{chips}{again}'
        f"<time>{wording.clock(row['published_at'], zone, now, seconds=True)}</time></header>"
        f'{folded(row["text"])}<footer class="gw-muted">{words}</footer></article>'
    )


def posts(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    return f'<div class="gw-posts">{"".join(post(row, now, zone) for row in rows)}</div>'


def urgent(row: Row) -> str:
    """A mark for messages that cannot wait, since someone may be in danger."""
    return '<span class="gw-urgent">▲ urgent</span>' if row["request"] == Why.CRISIS.value else ""


def message(row: Row, now: datetime, zone: tzinfo) -> str:
    """The customer's message that a draft answers, with why it merits a reply."""
    facts = [row["channel"], row.get("family"), wording.label(row["intent"]) if row.get("intent") else None]
    words = " · ".join(safe(word) for word in facts if word)
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:4])
    plan = f"<br>Drafted from: {safe(row['reason'])}" if row["state"] == "ready" and row["reason"] else ""
    return (
        f'<article class="gw-message"><header>{urgent(row)}{feeling(row)}{chips}'
        f"<time>{wording.clock(row['published_at'], zone, now)}</time></header>{folded(row['text'])}"
        f'<footer class="gw-muted">{words}<br>Why a reply: {safe(row["request"])} · '
        f"priority {row['rank']:.2f}{plan}</footer></article>"
    )


def queued(row: Row, now: datetime, zone: tzinfo, *, on_desk: bool) -> str:
    """One waiting draft in a line."""
    here = '<span class="gw-chip">on the desk</span>' if on_desk else ""
    if row["claimed_by"] is not None and not on_desk:
        here = f'<span class="gw-chip">in review by {safe(row["claimed_by"])}</span>'
    here += '<span class="gw-chip">not drafted</span>' if row["state"] == "abstained" else ""
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:3])
    first = row["text"].split("\n", 1)[0][:WHOLE_CHARS]
    return (
        f'<article class="gw-post gw-queued"><header>{urgent(row)}'
        f'<span class="gw-tag">priority {row["rank"]:.2f}</span>{chips}'
        f"{here}<time>{wording.clock(row['published_at'], zone, now)}</time></header>"
        f'<div class="gw-text gw-one-line">{safe(first)}</div></article>'
    )


WORD = {"approved": "✓ approved", "edited": "✓ approved", "rejected": "✕ rejected"}
HANDOVER = {"pending": "on its way to the helpdesk", "sent": "handed over", "dead": "the helpdesk did not take it"}


def decided(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Verdicts with who gave them, the text that was approved, and how far that got."""
    lines = []
    for row in rows:
        edited = row["state"] == "edited"
        word = WORD[row["state"]] + (" after an edit" if edited and row["draft"] else ", own words" if edited else "")
        said = row["reason"] if row["state"] == "rejected" else row["final_text"]
        said = " · ".join(part for part in (said, row["note"]) if part)
        way = HANDOVER.get(row["handover_state"] or "", "")
        chip = f'<span class="gw-chip">{way}</span>' if way else ""
        lines.append(
            f'<article class="gw-post"><header><span class="gw-tag">{word} by {safe(row["decided_by"] or "?")}</span>'
            f"{chip}<time>{wording.clock(row['decided_at'], zone, now)}</time></header>"
            f'<div class="gw-text gw-one-line gw-muted">{safe(row["text"][:WHOLE_CHARS])}</div>'
            f"{folded(said)}</article>"
        )
    return f'<div class="gw-posts">{"".join(lines)}</div>'


def empty(title: str, why: str) -> str:
    """What stands where there is nothing to show, and what will bring something."""
    return f'<div class="gw-empty"><b>{title}</b><span>{why}</span></div>'


def gone(as_of: datetime | None, now: datetime, zone: tzinfo) -> str:
    """The one sentence for when PostgreSQL does not answer."""
    if as_of is None:
        known = "nothing could be read yet"
    else:
        age = wording.span((now - as_of).total_seconds())
        known = f"these figures are from {wording.clock(as_of, zone, now, seconds=True)}, {age} ago"
    return (
        f'<div class="gw-gone" role="alert">▲ PostgreSQL does not answer; {known}. '
        "This page recovers by itself when it is back.</div>"
    )


def failed(again_s: float) -> str:
    """What stands where a part of the page could not be made."""
    return (
        '<div class="gw-gone" role="alert">▲ This part of the page failed; the dashboard\'s log says why. '
        f"It is tried again in {again_s:.0f} s.</div>"
    )


def title(text: str, note: str = "") -> str:
    """The head of a card; both are ours and not escaped."""
    return f'<div class="gw-title"><h2>{text}</h2><span>{note}</span></div>'


def page_title(text: str, note: str) -> str:
    """The head of a page; both are ours and not escaped."""
    return f'<div class="gw-page"><h1>{text}</h1><p class="gw-muted">{note}</p></div>'
