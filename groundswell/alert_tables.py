"""What `groundswell alerts list` shows, as plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from core.alerting import IncidentState
from core.notifications import Told, labels_of
from core.routing import TOLD_OF, Routing, Standing, why_hushed
from core.silences import Silence
from groundswell.table import age

SHOWN = ("entity", "topic", "channel", "failed_receiver", "desk", "institution")
"""Labels of the list; the others are there to route by."""


def alerts(routing: Routing, standing: Standing, now: datetime) -> Table | str:
    """Open incidents, the newest last."""
    told = {i.incident_id: Told(i, labels_of(i, routing.about)) for i in standing.incidents if i.state in TOLD_OF}
    if not told:
        return "no alerts"
    table = _table("alert", "about", "severity", "since", "state", "told", "what")
    for name, alert in told.items():
        incident = alert.incident
        why = why_hushed(routing, standing, alert, told, now)
        state = "acknowledged" if incident.state is IncidentState.ACKNOWLEDGED else "firing"
        heard = sorted(group.receiver for group in standing.groups if name in group.told)
        about = " ".join(f"{label}={alert.labels[label]}" for label in SHOWN if label in alert.labels)
        _row(
            table, alert.labels["alertname"], about, f"{alert.labels['severity']} ({incident.severity})",
            f"{age((now - incident.opened_at).total_seconds())} ago", f"{state}, {why}" if why else state,
            ", ".join(heard) or "nobody yet", incident.summary,
        )  # fmt: skip
    return table


def messages(rows: Sequence[Mapping[str, Any]], now: datetime) -> Table:
    """What waits to be sent, and what was given up."""
    table = _table("message", "to", "event", "state", "tries", "next try", "last error")
    for row in rows:
        waits_s = max(0.0, (row["due_at"] - now).total_seconds())
        coming = f"in {age(waits_s)}" if row["state"] == "pending" else ""
        _row(
            table, row["notification_id"], row["receiver"], row["event"],
            "waiting" if row["state"] == "pending" else "given up", str(row["attempts"]), coming,
            row["last_error"] or "",
        )  # fmt: skip
    return table


def silences(found: Sequence[Silence], now: datetime) -> Table:
    """Those that last, or will."""
    table = _table("silence", "matchers", "owner", "until (UTC)", "comment")
    for one in found:
        if one.ends_at > now:
            begins = "" if one.starts_at <= now else f"from {one.starts_at.astimezone(UTC):%Y-%m-%d %H:%M} "
            until = f"{begins}{one.ends_at.astimezone(UTC):%Y-%m-%d %H:%M}"
            _row(table, one.silence_id, " ".join(map(str, one.matchers)), one.owner, until, one.comment)
    return table


def _table(*titles: str) -> Table:
    table = Table(box=None, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _row(table: Table, *cells: str) -> None:
    table.add_row(*(escape(cell) for cell in cells))
