"""Real Kafka and PostgreSQL for tests: started once a session from the packages the product itself uses.

A machine that cannot start them skips the tests that need them; with CI set, those tests fail instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg2
import pytest

from core.errors import SetupError
from groundswell.temporary_servers import AnyServer, Broker, PostgresServer, free_port, temporary, wait_until
from storage.postgres import Database

__all__ = ["Broker", "PostgresServer", "count", "dsn", "free_port", "rows", "served", "wait_until"]


def rows(dsn: str, query: str, *params: object) -> list[tuple[Any, ...]]:
    """What a query finds, by a connection of its own."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def count(dsn: str, query: str) -> int:
    """The one number that a query finds."""
    return int(rows(dsn, query)[0][0])


@contextmanager
def served(kind: type[AnyServer]) -> Iterator[AnyServer]:
    """A started server, or a test that is skipped."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(temporary(kind))
        except SetupError as exc:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(exc))
        yield server


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[Broker]:
    """The session's broker, shared: never stop or kill it; `own_broker` is for that."""
    with served(Broker) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(kafka_broker: Broker) -> str:
    """Bootstrap servers of a real broker; topics are shared by the session, so name them apart or use fresh groups."""
    return kafka_broker.bootstrap_servers


@pytest.fixture
def own_broker() -> Iterator[Broker]:
    """A broker of this test alone, which it may stop, kill and start again."""
    with served(Broker) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_instance() -> Iterator[PostgresServer]:
    """The session's PostgreSQL, shared: never stop or kill it; `own_postgres` is for that."""
    with served(PostgresServer) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(postgres_instance: PostgresServer) -> Callable[[], str]:
    """Call it for the DSN of a fresh, empty database on a real server."""
    return postgres_instance.create_database


@pytest.fixture
def dsn(postgres: Callable[[], str]) -> str:
    """A fresh database with the newest tables."""
    address = postgres()
    with closing(Database(address)) as database:
        database.migrate()
    return address


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test alone, which it may stop, kill and start again."""
    with served(PostgresServer) as server:
        yield server
