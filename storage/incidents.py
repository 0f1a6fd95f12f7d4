"""Incidents in PostgreSQL, stepped by one worker at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final

from pydantic import TypeAdapter

from core.alerting import Cause, Incident, IncidentState
from core.ports import Steps
from core.routing import Routed, Standing
from core.scoring import ScoredPost
from core.surges import Bucket, Series, history_start, window_start
from storage.connections import Connections, Transaction
from storage.outbox import queue
from storage.posts import scored_post_of
from storage.routing import route_within, standing
from storage.statements import statements

SQL: Final = statements("incidents.sql")
_CAUSE: Final = TypeAdapter(Cause)
STEP_LOCK: Final = 0x67737765_6C6C0001
"""Advisory locks are numbers shared by everything in one database: "gswell" in ASCII, and ours."""


class Incidents:
    """Fills `core.ports.IncidentStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def step(
        self,
        decide: Callable[[Sequence[Series], Sequence[Incident]], Steps],
        now: datetime,
        route: Callable[[Standing], Routed] | None = None,
    ) -> Steps | None:
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["try_lock"], {"lock": STEP_LOCK})[0]["held"]:
                return None
            still_open = [incident_of(row) for row in transaction.rows(SQL["lock_open_incidents"])]
            steps = decide(_series(transaction, now), still_open)
            save = partial(_save, transaction)
            save(steps.incidents)
            queue(transaction, steps.notifications)
            if route is not None:
                steps = replace(steps, notifications=route_within(transaction, route, now, incident_of, save))
        return steps

    def standing(self, now: datetime) -> Standing:
        with self._connections.transaction() as transaction:
            return standing(transaction, now, incident_of)

    def open_incidents(self) -> list[Incident]:
        with self._connections.transaction() as transaction:
            return [incident_of(row) for row in transaction.rows(SQL["open_incidents"])]

    def evidence(self, series: Series, since: datetime, limit: int) -> list[ScoredPost]:
        wanted = {"dimension": series.dimension, "key": series.key, "since": since, "limit": limit}
        with self._connections.transaction() as transaction:
            return [scored_post_of(row) for row in transaction.rows(SQL["evidence"], wanted)]


def _save(transaction: Transaction, incidents: Sequence[Incident]) -> None:
    # resolved ones first: of one thing there is only one open incident at any time
    ordered = sorted(incidents, key=lambda incident: incident.state is not IncidentState.RESOLVED)
    transaction.insert(SQL["save_incidents"], [_incident_row(incident) for incident in ordered])


def _series(transaction: Transaction, now: datetime) -> list[Series]:
    span = {"history_start": history_start(now), "window_start": window_start(now), "now": now}
    authors = {(row["dimension"], row["key"]): row["authors"] for row in transaction.rows(SQL["authors"], span)}
    rows = transaction.rows(SQL["series"], span)
    return [
        Series(
            *name,
            buckets=tuple(Bucket(row["minute"], row["posts"], row["negative"]) for row in group),
            authors=authors.get(name, 0),
        )
        for name, group in groupby(rows, key=lambda row: (row["dimension"], row["key"]))
    ]


def incident_of(row: Mapping[str, Any]) -> Incident:
    """A row of incidents."""
    facts = {name: value for name, value in row.items() if name not in ("state", "cause", "members")}
    return Incident(
        **facts,
        state=IncidentState(row["state"]),
        cause=_CAUSE.validate_python(row["cause"]),
        members=tuple((dimension, key) for dimension, key in row["members"]),
    )


def _incident_row(incident: Incident) -> tuple[Any, ...]:
    return (
        incident.incident_id,
        incident.dimension,
        incident.key,
        incident.state.value,
        incident.opened_at,
        incident.updated_at,
        incident.resolved_at,
        incident.severity,
        incident.observed,
        incident.expected,
        incident.p_value,
        incident.authors,
        incident.summary,
        _CAUSE.dump_json(incident.cause).decode(),
        incident.kind,
        json.dumps(incident.members),
    )
