"""Tokens of the HTTP API in PostgreSQL; a secret is shown once, and only its hash is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from core.audit import Entry
from core.tokens import PREFIX, Right, Token, hash_of
from storage.audit import write
from storage.connections import Connections
from storage.statements import statements

SQL: Final = statements("tokens.sql")
OPERATOR: Final = "operator"
"""Whoever may use the command line, where it does not say who that is."""
USED_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use is known; a request more often than that writes nothing."""


class Tokens:
    """Threads may share it. Every method raises DatabaseUnavailable or DataRejected."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, name: str, rights: frozenset[Right], now: datetime, by: str = OPERATOR) -> str | None:
        """A new secret, which nobody can read again; `None` when a token of this name is in use."""
        secret = PREFIX + secrets.token_urlsafe(32)
        facts = {"name": name, "hash": hash_of(secret), "rights": sorted(rights), "now": now}
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["add"], facts):
                return None
            write(transaction, Entry(now, by, "token.added", name, {"rights": sorted(rights)}))
        return secret

    def listed(self) -> list[Token]:
        """All, revoked ones too, the oldest first."""
        with self._connections.transaction() as transaction:
            return [_token_of(row) for row in transaction.rows(SQL["listed"])]

    def revoke(self, name: str, now: datetime, by: str = OPERATOR) -> bool:
        """Make a token worthless from now on; false when there is none of this name."""
        with self._connections.transaction() as transaction:
            if not transaction.rows(SQL["revoke"], {"name": name, "now": now}):
                return False
            write(transaction, Entry(now, by, "token.revoked", name))
        return True

    def holder(self, secret: str, now: datetime) -> Token | None:
        """The token with this secret, unless it was revoked."""
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["holder"], {"hash": hash_of(secret)})
            if not rows:
                return None
            token = _token_of(rows[0])
            if token.used_at is None or now - token.used_at >= USED_EVERY:
                transaction.rows(SQL["used"], {"token_id": token.token_id, "now": now})
        return token


def _token_of(row: Mapping[str, Any]) -> Token:
    return Token(**dict(row) | {"rights": frozenset(Right(right) for right in row["rights"])})
