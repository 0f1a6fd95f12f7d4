"""Tables of pages as HTML: alerts, incidents that ended, sources. Words from outside go through `pieces.safe`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from dashboard import wording
from dashboard.figures import SourceHealth
from dashboard.pieces import Row, error_note, safe


def notifications(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Alerts that went out or wait, as a table."""
    mark = {"sent": "✓ delivered", "pending": "… waiting", "dead": "✕ gave up"}
    lines = "".join(
        f"<tr><td>{wording.clock(row['sent_at'] or row['due_at'], zone, now, seconds=True)}</td>"
        f"<td>{safe(row['key'])}</td><td>{row['event']}</td>"
        f'<td class="gw-n-{row["state"]}">{mark[row["state"]]}{error_note(row["last_error"])}</td>'
        f'<td class="gw-num">{wording.plural(row["attempts"], "try", "tries")}</td></tr>'
        for row in rows
    )
    return _table(("time", "about", "event", "state", ""), lines)


def ended(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Incidents that are over, as a table."""
    lines = "".join(
        f"<tr><td>{wording.clock(row['opened_at'], zone, now)}–{wording.clock(row['resolved_at'], zone, now)}</td>"
        f'<td>{safe(row["key"])}</td><td class="gw-num">severity {row["severity"]}</td>'
        f'<td class="gw-num">peak {wording.count(row["observed"])}</td></tr>'
        for row in rows
    )
    return _table(("time", "about", "", ""), lines)


def reply_figures(rows: Sequence[Row]) -> str:
    """How drafts fared, by writer or by intent, as a table."""
    lines = "".join(
        f"<tr><td>{safe(wording.label(row[row['by']] or '–'))}</td>"
        f'<td class="gw-num">{wording.count(row["decided"])}</td>'
        f'<td class="gw-num">{wording.share(row["accepted"])}</td>'
        f'<td class="gw-num">{wording.share(row["edit_distance"])}</td>'
        f'<td class="gw-num">{wording.minutes(row["minutes"])}</td></tr>'
        for row in rows
    )
    return _table(("", "decided", "accepted", "words changed", "to verdict"), lines)


def sources_short(healths: Sequence[SourceHealth], now: datetime) -> str:
    """Every source in a line."""
    mark = _HEALTH
    lines = "".join(
        f'<tr><td>{safe(h.source)}</td><td class="gw-s-{_class(h.state)}">{mark[h.state]}</td>'
        f'<td>{_since(h.since, now)}</td><td class="gw-num">{wording.count(h.row["published"])} new</td></tr>'
        for h in healths
    )
    return _table(("source", "health", "last good run", ""), lines)


def sources(healths: Sequence[SourceHealth], now: datetime) -> str:
    """Every source with its health and what it brought."""
    mark = _HEALTH
    lines = "".join(
        f'<tr><td>{safe(health.source)}</td><td class="gw-s-{_class(health.state)}">{mark[health.state]}'
        f"{error_note(health.detail)}</td><td>{_since(health.since, now)}</td>"
        + "".join(f'<td class="gw-num">{wording.count(health.row[name])}</td>' for name in _COUNTS)
        + f'<td class="gw-num">{wording.count(health.row.get("last_hour", 0))}</td>'
        + f'<td class="gw-num">{_usual(health.row)}</td></tr>'
        for health in healths
    )
    heads = ("source", "health", "last good run", *_COUNTS.values(), "last hour", "usual")
    return _table(heads, lines, len(_COUNTS) + 2)


def _usual(row: Row) -> str:
    """Items an hour, over two weeks or since it was first read."""
    usual = row.get("usual_hour")
    return "" if usual is None else f"{usual:.1f}"


_HEALTH: Final = {
    "ok": "✓ ok",
    "failing": "▲ failing",
    "silent": "✕ silent",
    "needs a key": "○ needs a key",
    "new": "○ not read yet",
}


def _class(state: str) -> str:
    """What waits for a person or a first run looks like what is well."""
    return state if state in ("failing", "silent") else "ok"


_COUNTS: Final = {
    "runs": "runs",
    "failed": "failed",
    "fetched": "fetched",
    "published": "new",
    "repeats": "repeats",
    "rejected": "malformed",
    "masked": "masked",
}


def _since(moment: datetime | None, now: datetime) -> str:
    return "never" if moment is None else f"{wording.span((now - moment).total_seconds())} ago"


def _table(heads: Sequence[str], lines: str, numbers: int = 0) -> str:
    """A table; the last `numbers` columns hold numbers and stand to the right."""
    first = len(heads) - numbers
    head = "".join(f"<th{' class=gw-num' if i >= first else ''}>{name}</th>" for i, name in enumerate(heads))
    body = f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody>"
    return f'<div class="gw-scroll"><table class="gw-table">{body}</table></div>'
