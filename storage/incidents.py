"""Incidents in PostgreSQL, stepped by one worker at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter

from core.alerting import Cause, Change, Incident, IncidentState, What
from core.ports import Steps
from core.routing import Routed, Standing
from core.scoring import ScoredPost
from core.series import Bucket
from core.surges import Kind
from core.watched import PAIR, Series, names_of
from core.wording import changes
from storage.connections import Connections, Transaction
from storage.outbox import queue
from storage.posts import scored_post_of
from storage.routing import route_within, standing
from storage.series import read_minutes, read_series, save_states
from storage.statements import statements

SQL: Final = statements("incidents.sql")
EVIDENCE, VOICES = (SQL[name].format(about=SQL["about"]) for name in ("evidence", "voices"))
DAY: Final = timedelta(days=1)
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
        reach: Callable[[str, str], timedelta] | None = None,
        every: timedelta = timedelta(0),
    ) -> Steps | None:
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["try_lock"], {"lock": STEP_LOCK})[0]["held"]:
                return None
            if not transaction.rows(SQL["is_due"], {"every": every})[0]["is_due"]:
                return None
            known = [incident_of(row) for row in transaction.rows(SQL["lock_incidents"], {"since": now - DAY})]
            steps = decide(read_series(transaction, now, names_of(known), reach), known)
            save = partial(_save, transaction)
            if steps.withdrawn:
                transaction.rows(SQL["withdraw"], {"incident_ids": list(steps.withdrawn)})
            save(steps.incidents)
            save_states(transaction, steps.states)
            queue(transaction, steps.notifications)
            if route is not None:
                steps = replace(steps, notifications=route_within(transaction, route, now, incident_of, save))
            transaction.rows(SQL["stepped"])
        return steps

    def standing(self, now: datetime) -> Standing:
        with self._connections.transaction() as transaction:
            return standing(transaction, now, incident_of)

    def open_incidents(self) -> list[Incident]:
        with self._connections.transaction() as transaction:
            return [incident_of(row) for row in transaction.rows(SQL["open_incidents"])]

    def evidence(
        self, dimension: str, key: str, kind: Kind, since: datetime, until: datetime, limit: int
    ) -> list[ScoredPost]:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["in_memory"])
            rows = transaction.rows(EVIDENCE, {**_about(dimension, key, kind, since, until), "limit": limit})
        return [scored_post_of(row) for row in rows]

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime, until: datetime) -> int:
        with self._connections.transaction() as transaction:
            return int(transaction.rows(VOICES, _about(dimension, key, kind, since, until))[0]["voices"])

    def minutes(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], Sequence[Bucket]]:
        with self._connections.transaction() as transaction:
            return read_minutes(transaction, since, until)

    def history(self, incident_id: str) -> list[Change]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["history"], {"incident_id": incident_id})
        return [Change(**row | {"what": What(row["what"])}) for row in rows]


def _about(dimension: str, key: str, kind: Kind, since: datetime, until: datetime) -> dict[str, Any]:
    """Parameters that say which posts are meant: of a pair, the entity is the key."""
    entity, _, topic = key.partition("/") if dimension == PAIR else (key, "", "")
    return {
        "dimension": dimension, "key": entity, "topic": topic, "negative": kind is Kind.NEGATIVE, "since": since,
        "until": until,
    }  # fmt: skip


def _save(transaction: Transaction, incidents: Sequence[Incident]) -> None:
    if not incidents:
        return
    wanted = {"incident_ids": [incident.incident_id for incident in incidents]}
    before = {row["incident_id"]: incident_of(row) for row in transaction.rows(SQL["incidents"], wanted)}
    # resolved ones first: of one kind and thing there is only one open incident at any time
    ordered = sorted(incidents, key=lambda incident: incident.state is not IncidentState.RESOLVED)
    transaction.insert(SQL["save_incidents"], [_incident_row(incident) for incident in ordered])
    history = [
        (one.incident_id, change.at, change.what.value, change.severity, change.observed, change.note)
        for one in ordered
        for change in changes(before.get(one.incident_id), one)
    ]
    transaction.insert(SQL["add_history"], history)


def incident_of(row: Mapping[str, Any]) -> Incident:
    """A row of incidents."""
    facts = {name: value for name, value in row.items() if name not in ("state", "cause", "members", "labels")}
    return Incident(
        **facts,
        state=IncidentState(row["state"]),
        cause=_CAUSE.validate_python(row["cause"]),
        members=tuple((dimension, key) for dimension, key in row["members"]),
        labels=tuple((name, value) for name, value in row["labels"]),
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
        incident.window_min,
        incident.pending_since,
        json.dumps(incident.labels),
    )
