"""Pieces of pages as HTML. Every word that came from outside goes through `safe`; nothing here is Markdown."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from core.replies import Why
from core.wording import HARDLY
from dashboard import wording
from dashboard.words import name_of, say

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
    more = f'<span class="gw-more"> … {say("piece.more")}</span>'
    return f'<details class="gw-text"><summary>{safe(text[:cut])}{more}</summary>{safe(text[cut:])}</details>'


def headline(incidents: Sequence[Row], newest_age_s: float | None) -> str:
    """The one sentence that answers: is anything wrong?

    Args:
        incidents: open ones, firing before acknowledged, the worst first.
        newest_age_s: of the newest post; `None` before the first. Calm is claimed only of posts that keep coming.
    """
    firing = [i for i in incidents if i["state"] == "firing"]
    if firing:
        worst = firing[0]
        key = "headline.surging" if len(firing) == 1 else "headline.more"
        title, tone = say(key, about=safe(worst["key"]), n=len(firing) - 1), "alarm"
    elif incidents:
        about = ", ".join(safe(i["key"]) for i in incidents)
        title, tone = say("headline.acknowledged", n=len(incidents), about=about), "known"
    elif newest_age_s is None:
        title, tone = say("headline.waiting"), "known"
    elif newest_age_s > STALE_S:
        title, tone = say("headline.silent", span=wording.span(newest_age_s)), "known"
    else:
        title, tone = say("headline.calm"), "calm"
    mark = {"alarm": "▲", "known": "●", "calm": "✓"}[tone]
    inner = f'<span class="gw-mark">{mark}</span><span>{title}</span>'
    return f'<div class="gw-headline gw-{tone}" role="status">{inner}</div>'


def headline_unknown() -> str:
    """The headline before anything could be read."""
    inner = f'<span class="gw-mark">?</span>{say("headline.unknown")}'
    return f'<div class="gw-headline gw-known" role="status">{inner}</div>'


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
        return say("now.no_usual")
    if usual < 1:
        return say("now.usual", count=wording.count(usual))
    ratio = now / usual
    if ratio >= 3:
        return say("now.usual_times", count=wording.count(usual), times=wording.times(ratio))
    return say("now.usual_change", count=wording.count(usual), change=f"{100 * (ratio - 1):+.0f}%")


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
    state = say(f"incident.state_{row['state']}")
    if row.get("acknowledged_by"):
        state += f" · {say('incident.acknowledged_by', name=safe(row['acknowledged_by']))}"
    since = say(
        "incident.since", clock=wording.clock(row["opened_at"], zone, now),
        span=wording.span((end - row["opened_at"]).total_seconds()),
    )  # fmt: skip
    return f"""<article class="gw-incident">
<header><span class="gw-severity">{say("incident.severity_of", severity=row["severity"])}</span>
<span class="gw-state">{state}</span>
<span class="gw-muted">{since}</span></header>
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
    factor = say("incident.next_to_none")
    if expected >= HARDLY:
        factor = say("incident.times_the_usual", times=wording.times(observed / expected))
    usual = wording.count(expected) if expected >= 10 else f"{expected:.1f}" if expected >= HARDLY else f"&lt;{HARDLY}"
    return f"""<div class="gw-measure">
<span>{say("incident.observed")}</span><i style="width:100%" class="gw-bar-bad"></i><b>{wording.count(observed)}</b>
<span>{say("incident.usual")}</span><i style="width:{max(part, 0.6):.1f}%" class="gw-bar-usual"></i><b>{usual}</b></div>
<div class="gw-facts"><span>{factor}</span><span>{say("incident.people", n=row["authors"])}</span></div>"""


def terms(words: Sequence[str]) -> str:
    if not words:
        return ""
    chips = "".join(f'<span class="gw-chip">{safe(word)}</span>' for word in words[:6])
    return f'<div class="gw-terms"><span class="gw-muted">{say("incident.new_words")}</span>{chips}</div>'


def webhook(row: Row, now: datetime, zone: tzinfo) -> str:
    """What became of an incident's alert, in one phrase."""
    match row.get("webhook_state"):
        case "sent":
            return f"✓ {say('webhook.sent', clock=wording.clock(row['webhook_sent_at'], zone, now, seconds=True))}"
        case "pending":
            return f"… {say('webhook.pending', n=row['webhook_attempts'])}" + error_note(row["webhook_error"])
        case "dead":
            return f"✕ {say('webhook.dead')}" + error_note(row["webhook_error"])
        case _:
            return say("webhook.none")


def error_note(error: str | None) -> str:
    """What stands behind a state that has a cause; nothing without one."""
    return f": {safe(error)}" if error else ""


def feeling(row: Row) -> str:
    """A post's sentiment as sign, word and probability."""
    sentiment = row.get("sentiment")
    if sentiment is None:
        return f'<span class="gw-tag">{say("feeling.not_judged")}</span>'
    return (
        f'<span class="gw-tag gw-{sentiment}">{SIGN[sentiment]} {say(f"sentiment.{sentiment}")} '
        f"{wording.share(row[f'p_{sentiment}'])}</span>"
    )


def post(row: Row, now: datetime, zone: tzinfo) -> str:
    """One post in a list."""
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:4])
    about = (("channel", row["channel"]), ("topic", row.get("topic")), ("emotion", row.get("family")))
    words = _facts(about)
    repeats = row.get("repeats", 0)
    voices = row.get("voices", 0)
    times = say("piece.repeated_by" if voices else "piece.repeated", count=wording.count(repeats), n=voices)
    again = f'<span class="gw-chip">{times}</span>' if repeats else ""
    return (
        f'<article class="gw-post"><header>{feeling(row)}{chips}{again}'
        f"<time>{wording.clock(row['published_at'], zone, now, seconds=True)}</time></header>"
        f'{folded(row["text"])}<footer class="gw-muted">{words}</footer></article>'
    )


def _facts(values: Sequence[tuple[str, str | None]]) -> str:
    """Values that the model or a source gave, each by the catalogue's section of its kind; those that are there."""
    return " · ".join(safe(name_of(section, value)) for section, value in values if value)


def posts(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    return f'<div class="gw-posts">{"".join(post(row, now, zone) for row in rows)}</div>'


def urgent(row: Row) -> str:
    """A mark for messages that cannot wait, since someone may be in danger."""
    return f'<span class="gw-urgent">▲ {say("piece.urgent")}</span>' if row["request"] == Why.CRISIS.value else ""


def message(row: Row, now: datetime, zone: tzinfo) -> str:
    """The customer's message that a draft answers, with why it merits a reply."""
    words = _facts((("channel", row["channel"]), ("emotion", row.get("family")), ("intent", row.get("intent"))))
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:4])
    from_plan = row["state"] == "ready" and row["reason"]
    plan = f"<br>{say('piece.drafted_from', reason=safe(row['reason']))}" if from_plan else ""
    return (
        f'<article class="gw-message"><header>{urgent(row)}{feeling(row)}{chips}'
        f"<time>{wording.clock(row['published_at'], zone, now)}</time></header>{folded(row['text'])}"
        f'<footer class="gw-muted">{words}<br>{say("piece.why", why=safe(name_of("why", row["request"])))} · '
        f"{say('piece.priority', rank=row['rank'])}{plan}</footer></article>"
    )


def queued(row: Row, now: datetime, zone: tzinfo, *, on_desk: bool) -> str:
    """One waiting draft in a line."""
    here = f'<span class="gw-chip">{say("piece.on_the_desk")}</span>' if on_desk else ""
    if row["claimed_by"] is not None and not on_desk:
        here = f'<span class="gw-chip">{say("piece.in_review_by", name=safe(row["claimed_by"]))}</span>'
    here += f'<span class="gw-chip">{say("piece.not_drafted")}</span>' if row["state"] == "abstained" else ""
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:3])
    first = row["text"].split("\n", 1)[0][:WHOLE_CHARS]
    return (
        f'<article class="gw-post gw-queued"><header>{urgent(row)}'
        f'<span class="gw-tag">{say("piece.priority", rank=row["rank"])}</span>{chips}'
        f"{here}<time>{wording.clock(row['published_at'], zone, now)}</time></header>"
        f'<div class="gw-text gw-one-line">{safe(first)}</div></article>'
    )


def decided(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Verdicts with who gave them, the text that was approved, and how far that got."""
    lines = []
    for row in rows:
        what = "own" if row["state"] == "edited" and not row["draft"] else row["state"]
        word = f"{'✕' if what == 'rejected' else '✓'} {say(f'verdict.{what}', name=safe(row['decided_by'] or '?'))}"
        said = row["reason"] if row["state"] == "rejected" else row["final_text"]
        said = " · ".join(part for part in (said, row["note"]) if part)
        way = say(f"handover.{row['handover_state']}") if row["handover_state"] else ""
        chip = f'<span class="gw-chip">{way}</span>' if way else ""
        lines.append(
            f'<article class="gw-post"><header><span class="gw-tag">{word}</span>'
            f"{chip}<time>{wording.clock(row['decided_at'], zone, now)}</time></header>"
            f'<div class="gw-text gw-one-line gw-muted">{safe(row["text"][:WHOLE_CHARS])}</div>'
            f"{folded(said)}</article>"
        )
    return f'<div class="gw-posts">{"".join(lines)}</div>'


def empty(title: str, why: str) -> str:
    """What stands where there is nothing to show, and what will bring something."""
    return f'<div class="gw-empty"><b>{title}</b><span>{why}</span></div>'


def to_come() -> str:
    """What holds the place of cards that are under way."""
    return f'<div class="gw-to-come" aria-busy="true"><span>{say("state.to_come")}</span><i></i><i></i></div>'


def note(text: str) -> str:
    """A sentence that qualifies what stands beside it; it is not escaped."""
    return f'<div class="gw-callout" role="note">{text}</div>'


def gone(as_of: datetime | None, now: datetime, zone: tzinfo) -> str:
    """The one sentence for when PostgreSQL does not answer."""
    if as_of is None:
        known = say("state.gone_unknown")
    else:
        age = wording.span((now - as_of).total_seconds())
        known = say("state.gone_known", clock=wording.clock(as_of, zone, now, seconds=True), age=age)
    return f'<div class="gw-gone" role="alert">▲ {known}</div>'


def failed(again_s: float) -> str:
    """What stands where a part of the page could not be made."""
    return f'<div class="gw-gone" role="alert">▲ {say("state.failed", seconds=again_s)}</div>'


def title(text: str, note: str = "") -> str:
    """The head of a card; both are ours and not escaped."""
    return f'<div class="gw-title"><h2>{text}</h2><span>{note}</span></div>'


def page_title(text: str, note: str) -> str:
    """The head of a page; both are ours and not escaped."""
    return f'<div class="gw-page"><h1>{text}</h1><p class="gw-muted">{note}</p></div>'
