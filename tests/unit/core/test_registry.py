"""Which moves of a model are allowed, and where a roll-back goes."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RegistryRefused
from core.registry import ALLOWED, Action, Event, State, check_signed, earlier_champions, moves, moves_back
from tests.builders import NOON

EVERY_MOVE = [(before, to) for before, to in product(State, State) if before is not to]


@pytest.mark.parametrize(("before", "to"), EVERY_MOVE)
def test_a_model_moves_where_it_may_and_nowhere_else(before: State, to: State) -> None:
    states = {"m": before}
    if to in ALLOWED[before]:
        assert [(move.before, move.after) for move in moves(states, "m", to)] == [(before, to)]
    else:
        assert before is State.CHAMPION
        with pytest.raises(RegistryRefused):
            moves(states, "m", to)


def test_who_had_the_place_leaves_it_first() -> None:
    states = {"a": State.CHAMPION, "b": State.SHADOW, "c": State.RETIRED}

    def made(version: str, to: State) -> list[tuple[str, State]]:
        return [(move.version, move.after) for move in moves(states, version, to)]

    assert made("b", State.CHAMPION) == [("a", State.RETIRED), ("b", State.CHAMPION)]
    assert made("c", State.SHADOW) == [("b", State.CANDIDATE), ("c", State.SHADOW)]
    assert made("b", State.RETIRED) == [("b", State.RETIRED)]


def event(version: str, action: Action = Action.MOVED, after: State = State.CHAMPION) -> Event:
    return Event(version, NOON, action, None, after, "ada", "why")


BACK = Action.ROLLED_BACK
LINES = [
    ([], ()),
    ([event("a")], ()),
    ([event("a"), event("b")], ("a",)),
    ([event("a"), event("b", after=State.SHADOW)], ()),
    ([event("a"), event("b"), event("c")], ("b", "a")),
    ([event("a"), event("b"), event("a", BACK)], ()),
    ([event("a"), event("b"), event("c"), event("b", BACK)], ("a",)),
    ([event("a"), event("b"), event("c"), event("b", BACK), event("a", BACK)], ()),
    # promoted by hand, not rolled back: the way back is the other model
    ([event("a"), event("b"), event("a")], ("b", "a")),
    ([event("a"), event("b"), event("a", BACK), event("b")], ("a",)),
]


@pytest.mark.parametrize(("events", "expected"), LINES)
def test_the_line_of_champions_leaves_out_what_was_rolled_back(events: list[Event], expected: tuple[str, ...]) -> None:
    assert earlier_champions(events) == expected


@given(st.lists(st.sampled_from(["a", "b", "c", "back"]), max_size=30))
def test_whatever_is_promoted_and_rolled_back_there_is_one_champion_and_a_way_back_to_the_first(
    steps: list[str],
) -> None:
    states = {"first": State.CHAMPION} | dict.fromkeys("abc", State.CANDIDATE)
    events = [event("first", Action.ADDED)]
    at = NOON

    def make(version: str | None) -> None:
        try:
            changes = moves_back(states, events) if version is None else moves(states, version, State.CHAMPION)
        except RegistryRefused:
            return
        for move in changes:
            states[move.version] = move.after
            action = Action.MOVED if version else BACK
            events.append(Event(move.version, at, action, move.before, move.after, "ada", "why"))

    for step in steps:
        at += timedelta(minutes=1)
        make(None if step == "back" else step)
        assert list(states.values()).count(State.CHAMPION) == 1
    for _ in range(len(earlier_champions(events))):
        make(None)
    assert states["first"] is State.CHAMPION


def test_nobody_and_no_reason_are_refused() -> None:
    check_signed("ada", "better on the new labels")
    for by, why in (("", "why"), ("ada", "\t"), ("a" * 201, "why"), ("ada", "w" * 2_001)):
        with pytest.raises(RegistryRefused):
            check_signed(by, why)
