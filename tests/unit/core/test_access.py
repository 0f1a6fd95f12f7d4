"""Roles and rights: who is let in, as what, and whom a mail address does not make."""

from __future__ import annotations

import doctest
from itertools import pairwise
from typing import Any

import pytest

from core import access
from core.access import Person, Right, Role, parse_grants, role_of

GRANTS = parse_grants("Ada@bank.example=admin @desk.example=reviewer group:Risk%20desk=analyst sub:s-7=viewer")


def role(**claims: Any) -> Role | None:
    return role_of({"sub": "s-1"} | claims, GRANTS, "groups")


def test_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(access)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_a_person_gets_the_highest_role_that_fits() -> None:
    assert role(email="ada@Bank.example", email_verified=True, groups=["Risk desk"]) is Role.ADMIN
    assert role(email="ben@desk.example", email_verified=True) is Role.REVIEWER
    assert role(groups=["Risk desk", "Others"]) is Role.ANALYST
    assert role(groups="Risk desk") is Role.ANALYST
    assert role(sub="s-7") is Role.VIEWER


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_a_mail_address_that_the_provider_did_not_verify_makes_nobody_anything(verified: object) -> None:
    assert role(email="ada@bank.example", email_verified=verified) is None


def test_what_looks_like_another_kind_of_name_is_not_taken_for_it() -> None:
    assert role(groups=["ada@bank.example", "*", "sub:s-7"]) is None
    assert role(email="x@evil.example@desk.example.evil", email_verified=True) is None
    assert role(groups=["risk desk"]) is None


def test_nobody_has_a_role_without_a_grant() -> None:
    assert role_of({"sub": "s-1", "email": "ada@bank.example", "email_verified": True}, (), "groups") is None


@pytest.mark.parametrize("text", ["ada=admin", "ada@bank.example=king", "ada@bank.example", "=admin", "admin"])
def test_a_grant_that_means_nothing_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="WHO=ROLE"):
        parse_grants(text)


def test_each_role_may_do_what_the_ones_before_it_may_and_one_thing_more() -> None:
    rights = [{right for right in Right if Person("a", "k", role).may(right)} for role in Role]
    assert [len(one) for one in rights] == [1, 2, 3, 4]
    assert all(fewer < more for fewer, more in pairwise(rights))
    assert not any(Person("a", "k", None).may(right) for right in Right)
