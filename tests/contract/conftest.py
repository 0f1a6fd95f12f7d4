"""Every store of the contract tests: in memory, and in a fresh database of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from storage.memory import Memory
from storage.postgres import Database

Stores = Memory | Database


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    """PostgreSQL only."""
    with closing(Database(dsn)) as opened:
        yield opened


@pytest.fixture(params=["memory", "postgres"])
def two_workers(request: pytest.FixtureRequest) -> Iterator[tuple[Stores, Stores]]:
    """The stores of two workers over the same data, each with a shard of its own."""
    if request.param == "memory":
        memory = Memory()
        yield memory, memory
        return
    dsn: str = request.getfixturevalue("dsn")
    with ExitStack() as stack:
        first, second = (stack.enter_context(closing(Database(dsn, shard=shard))) for shard in (0, 1))
        yield first, second


@pytest.fixture
def stores(two_workers: tuple[Stores, Stores]) -> Stores:
    """The stores of one worker."""
    return two_workers[0]
