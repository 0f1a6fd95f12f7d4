"""Every error of psycopg2 is one of ours: transient, or of a value."""

from __future__ import annotations

import inspect
from types import ModuleType

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.pool
import pytest

from core.errors import DatabaseUnavailable, DataRejected
from storage.faults import OURS, ours, translated

CATCH_ALLS = {psycopg2.Error, psycopg2.DatabaseError}
NO_FAMILY = {
    "DiagnosticsException",
    "InvalidArgumentForXquery",
    "InvalidGrantOperation",
    "InvalidGrantor",
    "InvalidLocatorSpecification",
    "InvalidRoleSpecification",
    "InvalidTransactionInitiation",
    "LocatorException",
    "NoAdditionalDynamicResultSetsReturned",
    "NoData",
    "SnapshotTooOld",
    "SqlStatementNotYetComplete",
    "StackedDiagnosticsAccessedWithoutActiveHandler",
    "TriggeredActionException",
}
"""The library derives these from DatabaseError itself. No value of ours raises one, so they are the database's."""


def errors_of(*modules: ModuleType) -> list[type[Exception]]:
    found = {
        thing
        for module in modules
        for thing in vars(module).values()
        if inspect.isclass(thing) and issubclass(thing, Exception) and not issubclass(thing, Warning | psycopg2.Warning)
    }
    return sorted(found - CATCH_ALLS, key=lambda error: error.__qualname__)


ERRORS = errors_of(psycopg2, psycopg2.errors, psycopg2.extensions, psycopg2.pool)


def test_the_list_of_the_librarys_errors_is_not_empty() -> None:
    assert len(ERRORS) > 250
    assert psycopg2.pool.PoolError in ERRORS


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__qualname__)
def test_every_error_of_the_library_is_mapped_by_its_family_or_listed(error: type[Exception]) -> None:
    nearest = next(ancestor for ancestor in error.__mro__ if ancestor in OURS)

    assert (nearest in CATCH_ALLS) == (error.__name__ in NO_FAMILY)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SerializationFailure", DatabaseUnavailable),
        ("DeadlockDetected", DatabaseUnavailable),
        ("AdminShutdown", DatabaseUnavailable),
        ("CannotConnectNow", DatabaseUnavailable),
        ("TooManyConnections", DatabaseUnavailable),
        ("DiskFull", DatabaseUnavailable),
        ("QueryCanceled", DatabaseUnavailable),
        ("IdleInTransactionSessionTimeout", DatabaseUnavailable),
        ("ReadOnlySqlTransaction", DatabaseUnavailable),
        ("UndefinedTable", DatabaseUnavailable),
        ("InsufficientPrivilege", DatabaseUnavailable),
        ("UniqueViolation", DataRejected),
        ("CheckViolation", DataRejected),
        ("ForeignKeyViolation", DataRejected),
        ("NumericValueOutOfRange", DataRejected),
        ("UntranslatableCharacter", DataRejected),
    ],
)
def test_it_is_the_database_or_the_value(name: str, expected: type[Exception]) -> None:
    error: type[psycopg2.Error] = getattr(psycopg2.errors, name)

    assert type(ours(error("whatever"))) is expected


def test_the_message_does_not_repeat_the_librarys() -> None:
    assert "opensesame" not in str(ours(psycopg2.OperationalError("password=opensesame")))


@pytest.mark.parametrize("error", [psycopg2.DataError("x"), ValueError("A string literal cannot contain NUL")])
def test_the_librarys_error_is_kept_as_the_cause(error: Exception) -> None:
    with pytest.raises(DataRejected) as caught, translated():
        raise error

    assert caught.value.__cause__ is error
