"""What `groundswell surges backtest` says: incidents that would have opened, and how they fit events that one knows."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.alerting import Incident, severity_label
from core.backtest import Backtest, backtest_stored
from core.errors import SetupError
from core.settings import Settings
from core.watched import ENTITY, named
from core.wording import span
from ingest.configured import read_configuration
from storage.postgres import Database

YEAR: Final = timedelta(days=365.25)
COLUMNS: Final = ("ticker", "kind", "window_start_utc", "window_end_utc")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is known to have happened to an entity."""

    entity: str
    kind: str
    since: datetime
    until: datetime

    def holds(self, incident: Incident) -> bool:
        """Whether an incident opened within it, about its entity."""
        about = (incident.dimension, incident.key) == (ENTITY, self.entity)
        return about and self.since <= incident.opened_at <= self.until


def run(
    since: datetime, until: datetime | None, rules: Path | None, events: Path | None, entities: Sequence[str] | None,
    json_file: Path | None, dsn: str | None,
) -> None:  # fmt: skip
    """The command: see its help. Raises SetupError, DatabaseUnavailable."""
    settings = Settings()
    drawn = read_configuration(str(rules) if rules is not None else settings.config).drawn_rules()
    start, end = _utc(since), _utc(until) if until is not None else datetime.now(UTC)
    if start >= end:
        raise SetupError("--until must be after --since")
    known = read_events(events) if events is not None else []
    with closing(Database(dsn or settings.dsn.get_secret_value())) as database:
        found = backtest_stored(database.incidents, start, end, drawn)
    console, facts = Console(), as_json(found)
    if found.incidents:
        console.print(incidents_table(found))
    console.print(verdict(found), highlight=False)
    if events is not None:
        facts["events"] = score_events(found, known, entities or sorted({event.entity for event in known}))
        console.print(events_table(found, known))
        console.print(events_verdict(facts["events"]), highlight=False)
    if json_file is not None:
        json_file.write_text(json.dumps(facts, indent=2), encoding="utf-8")


def read_events(path: Path) -> list[Event]:
    """Events of a CSV file with the columns ticker, kind, window_start_utc and window_end_utc.

    Raises:
        SetupError: the file cannot be read, or a column or a time is not there.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                Event(row["ticker"], row["kind"], _time(row["window_start_utc"]), _time(row["window_end_utc"]))
                for row in csv.DictReader(file)
            ]
    except (OSError, UnicodeDecodeError, ValueError) as exc:
        raise SetupError(f"{path}: {exc}") from exc
    except KeyError as exc:
        raise SetupError(f"{path} has no column {exc}; it needs {', '.join(COLUMNS)}") from exc


def _time(text: str) -> datetime:
    return _utc(datetime.fromisoformat(text))


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def incidents_table(found: Backtest) -> Table:
    """One row an incident."""
    table = Table(box=None, header_style="bold")
    for title in (
        "opened (UTC)",
        "lasted",
        "alert",
        "about",
        "severity",
        "posts",
        "usual",
        "within",
        "authors",
        "terms",
    ):
        table.add_column(title, overflow="fold")
    for one in found.incidents:
        lasted = f"{_minutes(one)} min" if one.resolved_at else "open"
        table.add_row(
            f"{one.opened_at.astimezone(UTC):%Y-%m-%d %H:%M}", lasted, escape(one.kind),
            escape(named(one.dimension, one.key)), f"{severity_label(one.severity)} ({one.severity})",
            str(one.observed), f"{one.expected:.1f}", span(one.window_min), str(one.authors),
            escape(", ".join(one.cause.terms)),
        )  # fmt: skip
    return table


def verdict(found: Backtest) -> str:
    """How many, and how often."""
    count = len(found.incidents)
    return (
        f"{count} incident{'' if count == 1 else 's'} in {found.weeks:.1f} weeks, "
        f"{found.a_week:.2f} a week, from {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    )


def events_table(found: Backtest, events: Sequence[Event]) -> Table:
    """One row an event, with what opened within it."""
    table = Table(box=None, header_style="bold")
    for title in ("entity", "kind", "from (UTC)", "to (UTC)", "opened", "after"):
        table.add_column(title)
    for event in events:
        first = next((one for one in found.incidents if event.holds(one)), None)
        table.add_row(
            escape(event.entity), escape(event.kind), f"{event.since:%Y-%m-%d %H:%M}", f"{event.until:%Y-%m-%d %H:%M}",
            f"{first.observed} posts in {span(first.window_min)}" if first else "–",
            f"{(first.opened_at - event.since) / timedelta(hours=1):.1f} h" if first else "",
        )  # fmt: skip
    return table


def score_events(found: Backtest, events: Sequence[Event], entities: Sequence[str]) -> dict[str, Any]:
    """How many events of each kind were alerted on, and how many alerts an entity-year came elsewhere.

    Args:
        entities: those that were watched; alerts about others are not counted.
    """
    mine = [one for one in found.incidents if one.dimension == ENTITY and one.key in set(entities)]
    elsewhere = [one for one in mine if not any(event.holds(one) for event in events)]
    years = len(set(entities)) * (found.until - found.since) / YEAR
    kinds = sorted({event.kind for event in events})
    return {
        "events": {kind: sum(event.kind == kind for event in events) for kind in kinds},
        "alerted": {
            kind: sum(event.kind == kind and any(map(event.holds, mine)) for event in events) for kind in kinds
        },
        "elsewhere": len(elsewhere),
        "entity_years": round(years, 1),
        "elsewhere_an_entity_year": round(len(elsewhere) / years, 2) if years else 0.0,
    }


def events_verdict(scored: dict[str, Any]) -> str:
    """The score in a sentence."""
    hits = ", ".join(f"{scored['alerted'][kind]} of {count} {kind}" for kind, count in scored["events"].items())
    return (
        f"alerted on {hits}; elsewhere {scored['elsewhere']} alerts in {scored['entity_years']:g} entity-years, "
        f"{scored['elsewhere_an_entity_year']:.2f} each"
    )


def as_json(found: Backtest) -> dict[str, Any]:
    """Everything, for other programs."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "incidents_a_week": round(found.a_week, 3),
        "incidents": [
            {
                "alertname": one.kind,
                "dimension": one.dimension,
                "key": one.key,
                "opened_at": one.opened_at.isoformat(),
                "resolved_at": one.resolved_at.isoformat() if one.resolved_at else None,
                "severity": one.severity,
                "observed": one.observed,
                "expected": one.expected,
                "p_value": one.p_value,
                "window_min": one.window_min,
                "authors": one.authors,
                "members": [list(member) for member in one.members],
                "terms": list(one.cause.terms),
                "summary": one.summary,
            }
            for one in found.incidents
        ],
    }


def _minutes(one: Incident) -> int:
    assert one.resolved_at is not None
    return round((one.resolved_at - one.opened_at) / timedelta(minutes=1))
