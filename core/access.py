"""Who may do what on the dashboard: roles, the rights they have, and how a sign-in's claims become a role."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final


class Role(IntEnum):
    """Each may do what the ones before it may."""

    VIEWER = 1
    ANALYST = 2
    REVIEWER = 3
    ADMIN = 4


class Right(StrEnum):
    SEE = "see"
    """Read every page; customers' messages among them."""
    ACT = "act"
    """Acknowledge, silence, comment and resolve incidents; correct labels."""
    DECIDE = "decide"
    """Claim, edit, approve and reject replies."""
    ADMINISTER = "administer"
    """Start a retraining, promote and roll back models; read the audit log."""


NEEDS: Final = {
    Right.SEE: Role.VIEWER, Right.ACT: Role.ANALYST, Right.DECIDE: Role.REVIEWER, Right.ADMINISTER: Role.ADMIN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is at the dashboard."""

    name: str
    """Stands beside what she does."""
    key: str
    """Tells apart two people of one name."""
    role: Role | None
    """`None`: known, and not let in."""

    def may(self, right: Right) -> bool:
        """
        >>> Person("Ada", "1", Role.ANALYST).may(Right.ACT), Person("Ada", "1", Role.ANALYST).may(Right.DECIDE)
        (True, False)
        """
        return self.role is not None and self.role >= NEEDS[right]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for whoever `who` is: a mail address, @domain, group:NAME, sub:SUBJECT, or * for all who sign in."""

    who: str
    role: Role


def parse_grants(text: str) -> tuple[Grant, ...]:
    """Grants as the setting `roles` writes them, separated by blanks; a blank in a group's name is written %20.

    Raises:
        ValueError: one is not WHO=ROLE.

    >>> parse_grants("ada@bank.example=admin group:Risk%20desk=analyst *=viewer")[1]
    Grant(who='group:Risk desk', role=<Role.ANALYST: 2>)
    """
    return tuple(_grant(part) for part in text.split())


def _grant(part: str) -> Grant:
    who, _, role = part.rpartition("=")
    who = who.replace("%20", " ")
    if role.upper() not in Role.__members__ or not (who == "*" or "@" in who or who.startswith(("group:", "sub:"))):
        roles = ", ".join(role.name.lower() for role in Role)
        raise ValueError(
            f"{part!r} grants nothing: write WHO=ROLE, where WHO is a mail address, @domain, group:NAME, sub:SUBJECT"
            f" or *, and ROLE is one of {roles}"
        )
    # groups and subjects tell capital letters apart, mail addresses do not
    return Grant(who if who.startswith(("group:", "sub:")) else who.lower(), Role[role.upper()])


def role_of(claims: Mapping[str, Any], grants: Sequence[Grant], groups_claim: str) -> Role | None:
    """The highest role that the claims of a sign-in have; `None` where none fits.

    A mail address counts only where the provider says that it verified it: else whoever may set hers at the provider
    could be anybody.

    Args:
        claims: of the identity token.
        groups_claim: the claim with the names of groups or roles: a list, or one name.

    >>> grants = parse_grants("ada@bank.example=admin *=viewer")
    >>> role_of({"email": "ada@bank.example", "email_verified": True}, grants, "groups").name
    'ADMIN'
    >>> role_of({"email": "ada@bank.example"}, grants, "groups").name
    'VIEWER'
    """
    known = {"*", f"sub:{claims.get('sub', '')}"}
    email = str(claims.get("email") or "").lower()
    if "@" in email and claims.get("email_verified") is True:
        known |= {email, "@" + email.rpartition("@")[2]}
    groups = claims.get(groups_claim) or []
    known |= {f"group:{group}" for group in ([groups] if isinstance(groups, str) else groups)}
    return max((grant.role for grant in grants if grant.who in known), default=None)


def is_loopback(host: str) -> bool:
    """Whether an address, or a Host header with or without its port, is this machine's own.

    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost:8501", "[::1]:80", "::1")]
    [True, True, True, True]
    >>> [is_loopback(host) for host in ("0.0.0.0", "", "localhost.evil.example", "192.0.2.1:8501")]
    [False, False, False, False]
    """
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
