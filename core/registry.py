"""The states a model goes through in the registry, which moves are allowed, and which model a roll-back goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.errors import RegistryRefused

LONGEST_WHY: Final = 2_000
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


class State(StrEnum):
    CANDIDATE = "candidate"
    """Trained, and scores nothing."""
    SHADOW = "shadow"
    """Scores a sample beside the champion; nobody sees its scores but who compares them. At most one."""
    CHAMPION = "champion"
    """Scores every post. At most one."""
    RETIRED = "retired"


class Action(StrEnum):
    """How a model came into a state."""

    ADDED = "added"
    MOVED = "moved"
    ROLLED_BACK = "rolled back"


ALLOWED: Final[Mapping[State, frozenset[State]]] = {
    State.CANDIDATE: frozenset({State.SHADOW, State.CHAMPION, State.RETIRED}),
    State.SHADOW: frozenset({State.CANDIDATE, State.CHAMPION, State.RETIRED}),
    State.CHAMPION: frozenset(),  # it goes when another one is promoted: there is never none
    State.RETIRED: frozenset({State.CANDIDATE, State.SHADOW, State.CHAMPION}),
}
_DISPLACED: Final = {State.CHAMPION: State.RETIRED, State.SHADOW: State.CANDIDATE}
"""Of the states that one model has at a time: what becomes of the one before."""


@dataclass(frozen=True, slots=True)
class Model:
    """One trained model, without its weights."""

    version: str
    """What every score of it bears."""
    parent: str | None
    """The version that its training started from."""
    state: State
    created_at: datetime
    data_sha256: Mapping[str, str]
    """By file it was trained on."""
    code_version: str
    metrics: Mapping[str, Any]
    """By head or set, the figures with their intervals, as `core.evaluation.Report.as_dict` writes them."""
    sha256: str
    """Of the packed artefact, in hexadecimal digits."""
    size_bytes: int
    card: str = field(default="", repr=False)
    """Markdown."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one model's state; nothing here is ever changed."""

    version: str
    at: datetime
    action: Action
    before: State | None
    """`None` when it was added."""
    after: State
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state that is to be made."""

    version: str
    before: State
    after: State


@dataclass(frozen=True, slots=True)
class Refusal:
    """A worker would not take up a model: it keeps the one that it has."""

    version: str
    worker: int
    why: str
    since: datetime
    """When this worker refused it first."""
    at: datetime
    """When it last tried."""


def check_signed(by: str, why: str) -> None:
    """Raises RegistryRefused: nobody, or no reason, is named."""
    for name, said, most in (("who does it (by)", by, 200), ("why", why, LONGEST_WHY)):
        if not said.strip():
            raise RegistryRefused(f"the registry keeps {name} with every change: say it")
        if len(said) > most:
            raise RegistryRefused(f"{name} is longer than {most} characters: say it shorter")


def check_new(model: Model, states: Mapping[str, State]) -> None:
    """Raises RegistryRefused: a model like this cannot be added to a registry of these states."""
    if not _VERSION.fullmatch(model.version):
        raise RegistryRefused(f"{model.version!r} is no version: take letters, digits, dots and dashes, 64 at most")
    if model.version in states:
        raise RegistryRefused(
            f"the model {model.version} is in the registry already, as {states[model.version]}: the same weights are "
            "the same model"
        )
    if model.parent is not None and model.parent not in states:
        raise RegistryRefused(f"the parent {model.parent} of {model.version} is not in the registry: add it first")
    if model.state is State.CHAMPION and (champion := holder(states, State.CHAMPION)):
        raise RegistryRefused(
            f"{model.version} cannot be added as champion while {champion} is: add a candidate and promote it"
        )
    if model.state not in (State.CANDIDATE, State.CHAMPION):
        raise RegistryRefused(f"{model.version} cannot be added as {model.state}: add a candidate and move it")


def holder(states: Mapping[str, State], state: State) -> str | None:
    """Whoever has a state that one model has at a time.

    >>> holder({"a1": State.RETIRED, "b2": State.CHAMPION}, State.CHAMPION)
    'b2'
    """
    return next((version for version, found in states.items() if found is state), None)


def moves(states: Mapping[str, State], version: str, to: State) -> tuple[Move, ...]:
    """What changes when a model moves: whoever has its place goes first.

    Raises:
        RegistryRefused: there is no such model, or no such move.

    >>> [f"{move.version} → {move.after}" for move in moves(
    ...     {"a1": State.CHAMPION, "b2": State.CANDIDATE}, "b2", State.CHAMPION)]
    ['a1 → retired', 'b2 → champion']
    """
    before = states.get(version)
    if before is None:
        raise RegistryRefused(f"there is no model {version} in the registry; `groundswell models list` shows them")
    if before is to:
        raise RegistryRefused(f"the model {version} is {to} already: nothing is to be changed")
    if to not in ALLOWED[before]:
        raise RegistryRefused(f"the model {version} is {before} and cannot become {to}: {_instead(before)}")
    displaced = holder(states, to) if to in _DISPLACED else None
    first = () if displaced is None else (Move(displaced, to, _DISPLACED[to]),)
    return (*first, Move(version, before, to))


def moves_back(states: Mapping[str, State], events: Sequence[Event]) -> tuple[Move, ...]:
    """What changes when the champion before is taken back. Raises RegistryRefused: there was none."""
    earlier = earlier_champions(events)
    if not earlier:
        champion = holder(states, State.CHAMPION)
        said = "there is no champion" if champion is None else f"{champion} is the first champion"
        raise RegistryRefused(f"{said}, and there is none to go back to: promote another model")
    return moves(states, earlier[0], State.CHAMPION)


def earlier_champions(events: Sequence[Event]) -> tuple[str, ...]:
    """The champions before the present one, the last one first.

    What was rolled back does not count: rolled back twice goes back two, not to and fro.

    Args:
        events: of all models, the oldest first.
    """
    line: list[str] = []
    for event in events:
        if event.after is not State.CHAMPION:
            continue
        if event.action is Action.ROLLED_BACK:
            while line and line[-1] != event.version:
                line.pop()
        if not line or line[-1] != event.version:
            line.append(event.version)
    return tuple(reversed(line[:-1]))


def _instead(before: State) -> str:
    if before is State.CHAMPION:
        return "promote another model, or roll back"
    return f"from {before} a model becomes {', '.join(sorted(ALLOWED[before]))}"
