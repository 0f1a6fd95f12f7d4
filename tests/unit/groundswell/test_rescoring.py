"""How a period's posts are sent, and when that is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from core.learning_ports import Waiting
from core.rescoring import Order, Rescoring
from groundswell.cli import build
from groundswell.rescoring import Done, Pace, Workers, rescore
from tests.builders import NOON

ONE = Rescoring(7, NOON, NOON + timedelta(days=1), (), "ada", NOON, wanted=250, skipped=0)
AT_ONCE = Pace(look_s=0.0, count_s=0.0)


class Period:
    """Posts and who judged them; its own publisher works every order off at once, unless the model is `missing`."""

    def __init__(self, versions: dict[str, str], originals: dict[str, str] | None = None) -> None:
        self.versions, self.originals = versions, originals or {}
        self.orders: list[Order] = []
        self.missing: set[str] = set()
        self.rescored = 0

    def waiting(self, _one: Rescoring, version: str, after: Any, most: int) -> list[Waiting]:
        names = sorted(name for name, judged in self.versions.items() if judged != version)
        rest = [name for name in names if after is None or name > after[1]]
        return [Waiting(NOON, name, self.originals.get(name, name)) for name in rest[:most]]

    def count_waiting(self, one: Rescoring, version: str) -> int:
        return len(self.waiting(one, version, None, len(self.versions)))

    def get(self, _rescoring_id: int) -> Rescoring:
        return replace(ONE, rescored=self.rescored)

    def finish(self, rescoring_id: int, now: datetime) -> Rescoring:
        return replace(self.get(rescoring_id), finished_at=now)

    def publish_orders(self, orders: Sequence[Order]) -> None:
        self.orders += orders
        for order in orders:
            for name in self.versions if order.model_version not in self.missing else ():
                if self.originals.get(name, name) in order.post_ids and self.versions[name] != order.model_version:
                    self.versions[name] = order.model_version
                    self.rescored += 1


def run(period: Period, champion: Any = lambda: "m2") -> Done:
    store: Any = period
    return rescore(store, period, ONE, Workers(champion, lambda: 0), lambda: NOON, lambda _one, _quiet_s: None, AT_ONCE)


def test_posts_are_sent_by_the_hundred_each_original_once() -> None:
    period = Period({f"{n:03}": "m1" for n in range(250)}, {"249": "000", "100": "001"})

    done = run(period)

    assert (done.left, done.rescoring.rescored, done.rescoring.finished_at) == (0, 250, NOON)
    assert [len(order.post_ids) for order in period.orders] == [100, 100, 48]
    assert len({name for order in period.orders for name in order.post_ids}) == 248


def test_where_nothing_waits_nothing_is_sent() -> None:
    period = Period({"000": "m2"})

    assert run(period).left == 0
    assert period.orders == []


def test_it_gives_up_after_two_tries_that_come_to_nothing_and_is_not_finished() -> None:
    period = Period({"000": "m1"})
    period.missing = {"m2"}

    done = run(period)

    assert (done.left, done.rescoring.finished_at) == (1, None)
    assert len(period.orders) == 2


def test_a_new_champion_in_the_middle_becomes_the_goal() -> None:
    period = Period({"000": "m1", "001": "m3"})
    period.missing = {"m2"}
    champions = iter(["m2", "m2"])

    done = run(period, lambda: next(champions, "m3"))

    assert done.left == 0
    assert period.versions == {"000": "m3", "001": "m3"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--since", "2026-01-01", "--until", "2090-01-01"], "are still watched for surges"),
        (["--since", "2090-01-01"], "before it begins"),
    ],
)
def test_a_period_that_is_too_young_or_empty_is_refused(arguments: list[str], says: str) -> None:
    found = CliRunner().invoke(build(["rescore"]), ["rescore", *arguments])

    assert found.exit_code == 1
    assert says in str(found.exception)
