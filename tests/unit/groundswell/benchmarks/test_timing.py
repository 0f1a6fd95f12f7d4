from __future__ import annotations

from groundswell.benchmarks.timing import Spread, in_turns, ratios


def test_contenders_take_turns_after_a_round_to_warm_up() -> None:
    order: list[str] = []

    def contender(name: str) -> int:
        order.append(name)
        return 1

    in_turns({"a": lambda: contender("a"), "b": lambda: contender("b")}, repeats=2)

    assert "".join(order) == "ab" + "abab"


def test_a_ratio_is_taken_within_a_round_so_that_a_slow_machine_slows_both() -> None:
    assert ratios({"ours": [100.0, 10.0], "theirs": [10.0, 1.0]}, "ours", "theirs") == Spread(10.0, 10.0, 10.0)


def test_a_rate_is_items_a_second() -> None:
    rates = in_turns({"sleepless": lambda: 1_000_000}, repeats=1)

    assert rates["sleepless"][0] > 1_000_000
