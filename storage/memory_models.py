"""The registry of models without a server; trusted because it passes PostgreSQL's contract tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import RegistryRefused
from core.registry import (
    Action,
    Event,
    Model,
    Move,
    Refusal,
    State,
    check_new,
    check_signed,
    holder,
    moves,
    moves_back,
)
from core.shadowing import HEADS, Disagreement, ShadowDay, Shadowed, differing
from storage.models import check_artefact

if TYPE_CHECKING:
    from storage.memory import Tables


@dataclass
class ModelTables:
    """What the registry's tables hold."""

    models: dict[str, Model] = field(default_factory=dict)
    artefacts: dict[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    refusals: dict[tuple[str, int], Refusal] = field(default_factory=dict)
    shadowed: dict[tuple[str, str], Shadowed] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, State]:
        return {version: model.state for version, model in self.models.items()}


def refusals_of_champion(tables: Tables) -> tuple[Refusal, ...]:
    """As `storage.models.refusals_of_champion`; the caller holds the lock."""
    kept = tables.models
    champion = holder(kept.states, State.CHAMPION)
    return tuple(one for (version, _), one in sorted(kept.refusals.items()) if version == champion)


class MemoryModels:
    """Fills `core.learning_ports.ModelStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept = tables.models

    def add(self, model: Model, artefact: bytes, by: str, why: str, at: datetime | None = None) -> None:
        check_signed(by, why)
        check_artefact(model, artefact)
        with self._tables.lock:
            check_new(model, self._kept.states)
            self._kept.models[model.version] = model
            self._kept.artefacts[model.version] = artefact
            self._kept.events.append(Event(model.version, _moment(at), Action.ADDED, None, model.state, by, why))

    def move(self, version: str, to: State, by: str, why: str, at: datetime | None = None) -> Model:
        check_signed(by, why)
        with self._tables.lock:
            return self._make(moves(self._kept.states, version, to), Action.MOVED, by, why, _moment(at))

    def rollback(self, by: str, why: str, at: datetime | None = None) -> Model:
        check_signed(by, why)
        with self._tables.lock:
            changes = moves_back(self._kept.states, self._kept.events)
            return self._make(changes, Action.ROLLED_BACK, by, why, _moment(at))

    def all(self) -> list[Model]:
        with self._tables.lock:
            by_version = sorted(self._kept.models.values(), key=lambda model: model.version)
        return sorted(by_version, key=lambda model: model.created_at, reverse=True)

    def get(self, version: str) -> Model:
        with self._tables.lock:
            if version not in self._kept.models:
                raise RegistryRefused(
                    f"there is no model {version} in the registry; `groundswell models list` shows them"
                )
            return self._kept.models[version]

    def artefact(self, version: str) -> bytes:
        self.get(version)
        return self._kept.artefacts[version]

    def champion(self) -> Model | None:
        return self._holder(State.CHAMPION)

    def shadow(self) -> Model | None:
        return self._holder(State.SHADOW)

    def events(self, version: str | None = None) -> list[Event]:
        with self._tables.lock:
            return [event for event in self._kept.events if version in (None, event.version)]

    def in_service(self) -> Mapping[State, str]:
        with self._tables.lock:
            found = {state: holder(self._kept.states, state) for state in (State.CHAMPION, State.SHADOW)}
        return {state: version for state, version in found.items() if version is not None}

    def refuse(self, version: str, worker: int, why: str, at: datetime) -> None:
        with self._tables.lock:
            before = self._kept.refusals.get((version, worker))
            since = before.since if before else at
            self._kept.refusals[version, worker] = Refusal(version, worker, why, since, at)

    def accept(self, version: str, worker: int) -> None:
        with self._tables.lock:
            self._kept.refusals.pop((version, worker), None)

    def refusals(self, version: str) -> list[Refusal]:
        with self._tables.lock:
            return [one for (refused, _), one in sorted(self._kept.refusals.items()) if refused == version]

    def record(self, posts: Sequence[Shadowed]) -> int:
        with self._tables.lock:
            fresh = {
                (one.shadow.model_version, one.post_id): one
                for one in posts
                if one.post_id in self._tables.posts
                and (one.shadow.model_version, one.post_id) not in self._kept.shadowed
            }
            self._kept.shadowed.update(fresh)
        return len(fresh)

    def disagreements(self, count: int, since: datetime | None = None) -> list[Disagreement]:
        with self._tables.lock:
            last = [event.version for event in self._kept.events if event.after is State.SHADOW]
            version = holder(self._kept.states, State.SHADOW) or (last[-1] if last else None)
            posts = [one for (shadow, _), one in sorted(self._kept.shadowed.items()) if shadow == version]
        found = [
            Disagreement(
                one.post_id, one.shadow.model_version, one.champion.model_version, heads, one.shadow, one.scored_at
            )
            for one in posts
            if (heads := differing(one.champion, one.shadow)) and (since is None or one.scored_at >= since)
        ]
        return sorted(found, key=lambda one: one.scored_at, reverse=True)[:count]

    def shadow_days(self, version: str) -> list[ShadowDay]:
        with self._tables.lock:
            posts = [one for (shadow, _), one in self._kept.shadowed.items() if shadow == version]
        days = {(one.scored_at.astimezone(UTC).date(), one.champion.model_version) for one in posts}
        found = []
        for day, against in sorted(days, key=lambda one: (-one[0].toordinal(), one[1])):
            told = [
                differing(one.champion, one.shadow)
                for one in posts
                if (one.scored_at.astimezone(UTC).date(), one.champion.model_version) == (day, against)
            ]
            heads = Counter(head for differs in told for head in differs)
            found.append(ShadowDay(day, version, against, len(told), *(heads[head] for head in HEADS)))
        return found

    def _holder(self, state: State) -> Model | None:
        with self._tables.lock:
            version = holder(self._kept.states, state)
            return None if version is None else self._kept.models[version]

    def _make(self, changes: Sequence[Move], action: Action, by: str, why: str, at: datetime) -> Model:
        for change in changes:
            before = self._kept.models[change.version]
            self._kept.models[change.version] = replace(before, state=change.after)
            self._kept.events.append(Event(change.version, at, action, change.before, change.after, by, why))
        return self._kept.models[changes[-1].version]


def _moment(at: datetime | None) -> datetime:
    return at or datetime.now(UTC)
