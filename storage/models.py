"""The registry of models in PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psycopg2

from core.audit import Entry
from core.errors import RegistryRefused
from core.registry import Action, Event, Model, Move, Refusal, State, check_new, check_signed, moves, moves_back
from core.shadowing import Disagreement, ShadowDay, Shadowed, differing
from storage.audit import write
from storage.connections import Connections, Transaction
from storage.posts import scores_of
from storage.statements import statements

SQL: Final = statements("models.sql")


class Models:
    """Fills `core.learning_ports.ModelStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, model: Model, artefact: bytes, by: str, why: str, at: datetime | None = None) -> None:
        check_signed(by, why)
        check_artefact(model, artefact)
        with self._connections.transaction() as transaction:
            check_new(model, _locked(transaction))
            transaction.rows(SQL["add"], _row(model, artefact))
            _note(transaction, [Event(model.version, _moment(at), Action.ADDED, None, model.state, by, why)])

    def move(self, version: str, to: State, by: str, why: str, at: datetime | None = None) -> Model:
        check_signed(by, why)
        with self._connections.transaction() as transaction:
            changes = moves(_locked(transaction), version, to)
            return _make(transaction, changes, Action.MOVED, by, why, _moment(at))

    def rollback(self, by: str, why: str, at: datetime | None = None) -> Model:
        check_signed(by, why)
        with self._connections.transaction() as transaction:
            changes = moves_back(_locked(transaction), _events(transaction, None))
            return _make(transaction, changes, Action.ROLLED_BACK, by, why, _moment(at))

    def all(self) -> list[Model]:
        with self._connections.transaction() as transaction:
            return [_model_of(row) for row in transaction.rows(SQL["all"])]

    def get(self, version: str) -> Model:
        with self._connections.transaction() as transaction:
            return _one(transaction, version)

    def artefact(self, version: str) -> bytes:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["artefact"], {"version": version})
        return bytes(_first(rows, version)["artefact"])

    def champion(self) -> Model | None:
        return self._holder(State.CHAMPION)

    def shadow(self) -> Model | None:
        return self._holder(State.SHADOW)

    def events(self, version: str | None = None) -> list[Event]:
        with self._connections.transaction() as transaction:
            return _events(transaction, version)

    def in_service(self) -> Mapping[State, str]:
        with self._connections.transaction() as transaction:
            return {State(row["state"]): row["version"] for row in transaction.rows(SQL["in_service"])}

    def refuse(self, version: str, worker: int, why: str, at: datetime) -> None:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["refuse"], {"version": version, "worker": worker, "why": why, "at": at})

    def accept(self, version: str, worker: int) -> None:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["accept"], {"version": version, "worker": worker})

    def refusals(self, version: str) -> list[Refusal]:
        with self._connections.transaction() as transaction:
            return [Refusal(**row) for row in transaction.rows(SQL["refusals"], {"version": version})]

    def record(self, posts: Sequence[Shadowed]) -> int:
        # in the order of ids, as everywhere: two workers then never wait for each other in a ring
        rows = [_shadow_row(one) for one in sorted(posts, key=lambda one: one.post_id)]
        with self._connections.transaction() as transaction:
            return len(transaction.insert(SQL["record_shadow"], rows))

    def disagreements(self, count: int, since: datetime | None = None) -> list[Disagreement]:
        with self._connections.transaction() as transaction:
            return disagreements(transaction, count, since)

    def shadow_days(self, version: str) -> list[ShadowDay]:
        with self._connections.transaction() as transaction:
            return [ShadowDay(**row) for row in transaction.rows(SQL["shadow_days"], {"version": version})]

    def _holder(self, state: State) -> Model | None:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["holder"], {"state": state.value})
        return _model_of(rows[0]) if rows else None


def check_artefact(model: Model, artefact: bytes) -> None:
    """Raises RegistryRefused: the bytes are not those that the model names."""
    found = hashlib.sha256(artefact).hexdigest()
    if (found, len(artefact)) != (model.sha256, model.size_bytes):
        raise RegistryRefused(
            f"the artefact of {model.version} has {len(artefact)} bytes with SHA-256 {found[:12]}…, not "
            f"{model.size_bytes} with {model.sha256[:12]}…: pack it again"
        )


def refusals_of_champion(transaction: Transaction) -> tuple[Refusal, ...]:
    """The workers that would not take up the present champion."""
    return tuple(Refusal(**row) for row in transaction.rows(SQL["refusals_of_champion"]))


def _locked(transaction: Transaction) -> dict[str, State]:
    """Every model's state, which nobody else changes until the transaction ends."""
    transaction.rows(SQL["lock"])
    return {row["version"]: State(row["state"]) for row in transaction.rows(SQL["states"])}


def _make(transaction: Transaction, changes: Sequence[Move], action: Action, by: str, why: str, at: datetime) -> Model:
    """The model that moved last, after all moves."""
    for change in changes:
        transaction.rows(SQL["move"], {"version": change.version, "state": change.after.value})
    _note(transaction, [Event(move.version, at, action, move.before, move.after, by, why) for move in changes])
    return _one(transaction, changes[-1].version)


def _note(transaction: Transaction, events: Sequence[Event]) -> None:
    rows = [
        (one.version, one.at, one.action.value, one.before and one.before.value, one.after.value, one.by, one.why)
        for one in events
    ]
    transaction.insert(SQL["add_event"], rows)
    for one in events:
        detail = {"before": one.before and one.before.value, "after": one.after.value, "why": one.why}
        action = f"model.{one.action.value.replace(' ', '_')}"
        write(transaction, Entry(one.at, one.by, action, one.version, detail))


def _events(transaction: Transaction, version: str | None) -> list[Event]:
    return [_event_of(row) for row in transaction.rows(SQL["events"], {"version": version})]


def _event_of(row: Mapping[str, Any]) -> Event:
    before = State(row["before"]) if row["before"] is not None else None
    action, after = Action(row["action"]), State(row["after"])
    return Event(row["version"], row["at"], action, before, after, row["by_whom"], row["why"])


def _one(transaction: Transaction, version: str) -> Model:
    return _model_of(_first(transaction.rows(SQL["one"], {"version": version}), version))


def _first(rows: Sequence[dict[str, Any]], version: str) -> dict[str, Any]:
    if not rows:
        raise RegistryRefused(f"there is no model {version} in the registry; `groundswell models list` shows them")
    return rows[0]


def _model_of(row: Mapping[str, Any]) -> Model:
    return Model(**{**row, "state": State(row["state"])})


def _row(model: Model, artefact: bytes) -> dict[str, Any]:
    return {
        "version": model.version, "parent": model.parent, "state": model.state.value, "created_at": model.created_at,
        "data_sha256": json.dumps(dict(model.data_sha256)), "code_version": model.code_version,
        "metrics": json.dumps(dict(model.metrics)), "artefact": psycopg2.Binary(artefact), "sha256": model.sha256,
        "size_bytes": model.size_bytes, "card": model.card,
    }  # fmt: skip


def _shadow_row(one: Shadowed) -> tuple[Any, ...]:
    said = one.shadow
    return (
        said.model_version, one.post_id, one.scored_at, one.champion.model_version,
        list(differing(one.champion, said)), said.topic, float(said.topic_p), said.sentiment.value,
        *map(float, said.sentiment_p), json.dumps([(name, float(p)) for name, p in said.emotions]), said.family.value,
        said.intent, float(said.intent_p),
    )  # fmt: skip


def disagreements(transaction: Transaction, count: int, since: datetime | None) -> list[Disagreement]:
    """As `Models.disagreements`, for whoever has a transaction already."""
    rows = transaction.rows(SQL["disagreements"], {"count": count, "since": since})
    return [_disagreement_of(row) for row in rows]


def _disagreement_of(row: Mapping[str, Any]) -> Disagreement:
    scores = scores_of(row)
    assert scores is not None
    heads = tuple(row["differs"])
    return Disagreement(row["post_id"], row["model_version"], row["against"], heads, scores, row["scored_at"])


def _moment(at: datetime | None) -> datetime:
    return at or datetime.now(UTC)
