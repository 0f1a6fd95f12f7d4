"""Tables of pages as HTML: alerts, incidents that ended, sources. Words from outside go through `pieces.safe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from core.agreement import Agreement
from core.audit import Entry
from dashboard import wording
from dashboard.figures import SourceHealth
from dashboard.pieces import Row, error_note, safe
from dashboard.words import name_of, say


def notifications(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Alerts that went out or wait, as a table."""
    mark = {"sent": "✓", "pending": "…", "dead": "✕"}
    lines = "".join(
        f"<tr><td>{wording.clock(row['sent_at'] or row['due_at'], zone, now, seconds=True)}</td>"
        f"<td>{safe(row['key'])}</td><td>{safe(name_of('alert', row['event']))}</td>"
        f'<td class="gw-n-{row["state"]}">{mark[row["state"]]} {say("alert." + row["state"])}'
        f"{error_note(row['last_error'])}</td>"
        f'<td class="gw-num">{say("alert.attempts", n=row["attempts"])}</td></tr>'
        for row in rows
    )
    return table(("time", "about", "event", "state", ""), lines)


def ended(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Incidents that are over, as a table."""
    lines = "".join(
        f"<tr><td>{wording.clock(row['opened_at'], zone, now)}–{wording.clock(row['resolved_at'], zone, now)}</td>"
        f'<td>{safe(row["key"])}</td><td class="gw-num">{say("incident.severity", severity=row["severity"])}</td>'
        f'<td class="gw-num">{say("incident.peak", count=wording.count(row["observed"]))}</td></tr>'
        for row in rows
    )
    return table(("time", "about", "", ""), lines)


def reply_figures(rows: Sequence[Row]) -> str:
    """How drafts fared, all together, by writer or by intent, as a table."""
    names = [say("replies.all") if row["by"] == "all" else name_of("intent", row[row["by"]] or "–") for row in rows]
    lines = "".join(
        f"<tr><td>{safe(name)}</td>"
        f'<td class="gw-num">{wording.count(row["decided"])}</td>'
        f'<td class="gw-num">{wording.share(row["accepted"])}</td>'
        f'<td class="gw-num">{wording.share(row["edit_distance"])}</td>'
        f'<td class="gw-num">{wording.minutes(row["minutes"])}</td></tr>'
        for name, row in zip(names, rows, strict=True)
    )
    return table(("", "decided", "accepted", "words_changed", "to_verdict"), lines, 4)


def audit(entries: Sequence[Entry], now: datetime, zone: tzinfo) -> str:
    """Who did what, as a table."""
    lines = "".join(
        f"<tr><td>{wording.clock(entry.at, zone, now, seconds=True)}</td><td>{safe(entry.by)}</td>"
        f"<td>{safe(name_of('action', entry.action))}</td><td>{safe(entry.subject)}</td>"
        f"<td>{safe(_detail(entry.detail))}</td></tr>"
        for entry in entries
    )
    return table(("time", "by", "action", "subject", "detail"), lines)


def _detail(detail: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in detail.items() if name != "key")


def agreement(rows: Sequence[Agreement]) -> str:
    """How far people agree, a task a line; Cohen's kappa with its interval."""
    lines = "".join(
        f"<tr><td>{say(f'post.{one.task.value}')}</td>"
        f'<td class="gw-num">{wording.count(one.posts)}</td><td class="gw-num">{wording.count(one.twice)}</td>'
        f'<td class="gw-num">{wording.share(one.agreed if one.twice else None)}</td>'
        f'<td class="gw-num">{_kappa(one)}</td><td class="gw-num">{wording.count(one.waiting)}</td>'
        f'<td class="gw-num">{wording.count(one.open)}</td></tr>'
        for one in rows
    )
    return table(("task", "labelled", "twice", "agreed", "kappa", "third_asked", "open"), lines, 6)


def _kappa(one: Agreement) -> str:
    if one.kappa is None:
        return wording.NOTHING
    return f"{one.kappa:.2f}" + (f" ({one.interval[0]:.2f}–{one.interval[1]:.2f})" if one.interval else "")


def sources_short(healths: Sequence[SourceHealth], now: datetime) -> str:
    """Every source in a line."""
    lines = "".join(
        f'<tr><td>{safe(h.source)}</td><td class="gw-s-{_class(h.state)}">{_health(h.state)}</td>'
        f"<td>{_since(h.since, now)}</td>"
        f'<td class="gw-num">{say("sources.new", count=wording.count(h.row["published"]))}</td></tr>'
        for h in healths
    )
    return table(("source", "health", "last_good_run", ""), lines)


def sources(healths: Sequence[SourceHealth], now: datetime) -> str:
    """Every source with its health and what it brought."""
    lines = "".join(
        f'<tr><td>{safe(health.source)}</td><td class="gw-s-{_class(health.state)}">{_health(health.state)}'
        f"{error_note(health.detail)}</td><td>{_since(health.since, now)}</td>"
        + "".join(f'<td class="gw-num">{wording.count(health.row[name])}</td>' for name in _COUNTS)
        + f'<td class="gw-num">{wording.count(health.row.get("last_hour", 0))}</td>'
        + f'<td class="gw-num">{_usual(health.row)}</td></tr>'
        for health in healths
    )
    heads = ("source", "health", "last_good_run", *_COUNTS.values(), "last_hour", "usual")
    return table(heads, lines, len(_COUNTS) + 2)


def _usual(row: Row) -> str:
    """Items an hour, over two weeks or since it was first read."""
    usual = row.get("usual_hour")
    return "" if usual is None else f"{usual:.1f}"


def _health(state: str) -> str:
    """A state with its sign."""
    sign = {"ok": "✓", "failing": "▲", "silent": "✕"}.get(state, "○")
    return f"{sign} {name_of('health', state)}"


def _class(state: str) -> str:
    """What waits for a person or a first run looks like what is well."""
    return state if state in ("failing", "silent") else "ok"


_COUNTS = {
    "runs": "runs",
    "failed": "failed",
    "fetched": "fetched",
    "published": "new",
    "repeats": "repeats",
    "rejected": "malformed",
    "masked": "masked",
}


def _since(moment: datetime | None, now: datetime) -> str:
    return say("time.never") if moment is None else say("time.ago", span=wording.span((now - moment).total_seconds()))


def table(heads: Sequence[str], lines: str, numbers: int = 0) -> str:
    """A table with heads of the catalogue's `column`; the last `numbers` columns hold numbers, on the right."""
    first = len(heads) - numbers
    head = "".join(
        f"<th{' class=gw-num' if i >= first else ''}>{say(f'column.{name}') if name else ''}</th>"
        for i, name in enumerate(heads)
    )
    body = f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody>"
    return f'<div class="gw-scroll" tabindex="0"><table class="gw-table">{body}</table></div>'
