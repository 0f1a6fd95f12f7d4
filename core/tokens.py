"""What a token of the HTTP API is: a name, rights, and a secret of which only a hash is kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

PREFIX: Final = "gsw_"
"""So that a token that leaked into a log or a repository is known for what it is."""
_NAME: Final = re.compile(r"[\w][\w .@-]{0,59}")


class Right(StrEnum):
    READ = "read"
    """See drafts, messages and figures."""
    VERDICT = "verdict"
    """Claim, edit, approve and reject."""


@dataclass(frozen=True, slots=True)
class Token:
    """Everything about a token but the secret."""

    token_id: int
    name: str
    rights: frozenset[Right]
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


def hash_of(secret: str) -> str:
    """What is stored. Plain SHA-256 without a salt will do: a secret is 32 random bytes, which nobody guesses."""
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_rights(text: str) -> frozenset[Right]:
    """Rights as they are written on a command line.

    Raises:
        ValueError: one is not a right, or there is none.

    >>> sorted(parse_rights("read, verdict"))
    [<Right.READ: 'read'>, <Right.VERDICT: 'verdict'>]
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = sorted(set(names) - {right.value for right in Right})
    if unknown or not names:
        known = " and ".join(right.value for right in Right)
        raise ValueError(f"rights are {known}, not {unknown[0] if unknown else 'nothing'!r}")
    return frozenset(Right(name) for name in names)


def checked_name(name: str) -> str:
    """A name for a token: it stands beside verdicts as who gave them. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            "a token's name has 1 to 60 letters, digits, blanks and . @ - _, and begins with a letter or digit"
        )
    return name
