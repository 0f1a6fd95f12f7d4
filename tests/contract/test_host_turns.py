"""Whose turn it is to ask a site, in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import NOON
from tests.contract.conftest import Stores

GAP, LEASE = timedelta(seconds=5), timedelta(seconds=60)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_the_first_who_asks_has_the_turn_and_the_next_is_told_when_to_ask_again(stores: Stores) -> None:
    assert stores.hosts.take("a.example", "one", NOON, GAP, LEASE) is None
    assert stores.hosts.take("a.example", "two", NOON + after(1), GAP, LEASE) == NOON + LEASE
    assert stores.hosts.take("b.example", "two", NOON, GAP, LEASE) is None


def test_a_host_that_is_free_again_keeps_its_gap(stores: Stores) -> None:
    stores.hosts.take("a.example", "one", NOON, GAP, LEASE)
    stores.hosts.free("a.example", "one", NOON + after(2))
    assert stores.hosts.take("a.example", "two", NOON + after(3), GAP, LEASE) == NOON + GAP
    assert stores.hosts.take("a.example", "two", NOON + after(5), GAP, LEASE) is None


def test_only_the_holder_frees_a_host_and_a_lease_ends_by_itself(stores: Stores) -> None:
    stores.hosts.take("a.example", "one", NOON, GAP, LEASE)
    stores.hosts.free("a.example", "two", NOON + after(2))
    assert stores.hosts.take("a.example", "two", NOON + after(10), GAP, LEASE) == NOON + LEASE
    assert stores.hosts.take("a.example", "two", NOON + after(60), GAP, LEASE) is None
    stores.hosts.free("a.example", "one", NOON + after(61))  # late: it is another's turn now
    assert stores.hosts.take("a.example", "one", NOON + after(70), GAP, LEASE) == NOON + after(120)
