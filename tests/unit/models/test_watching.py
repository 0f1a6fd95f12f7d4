"""A run without a terminal says now and then how far it is and how long it will take."""

from __future__ import annotations

from models.checkpoint import Position
from models.watching import Lines


def position(step: int, elapsed_s: float) -> Position:
    return Position(epoch=0, batch=step, step=step, elapsed_s=elapsed_s)


def test_a_line_comes_at_once_then_every_half_minute_and_at_the_end() -> None:
    lines: list[str] = []
    clock = iter([0.0, 10.0, 29.9, 31.0, 40.0])
    watcher = Lines(lines.append, lambda: next(clock))
    for step, progress in ((1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4), (5, 1.0)):
        watcher.advanced(progress, position(step, 60.0 * step), {"topic": 1.5}, 1e-4)
    assert [line.split(",")[1] for line in lines] == [" step 1", " step 4", " step 5"]


def test_the_time_left_follows_from_the_time_used() -> None:
    lines: list[str] = []
    Lines(lines.append, lambda: 0.0).advanced(0.25, position(10, 600.0), {"topic": 1.5, "intent": 2.0}, 1e-4)
    assert lines == ["25.0%, step 10, about 30 min left: intent 2.00 topic 1.50"]


def test_nothing_is_foretold_from_the_first_step() -> None:
    lines: list[str] = []
    Lines(lines.append, lambda: 0.0).advanced(0.0, position(1, 7.0), {"topic": 1.5}, 1e-4)
    assert lines == ["0.0%, step 1, begun: topic 1.50"]
