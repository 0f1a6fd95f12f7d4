"""Who may come in to the HTTP API: a token, its rights, and so many requests a minute."""

# no `from __future__ import annotations`: FastAPI reads the annotations of methods, and must find objects in them

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.reviews import Reviewer
from core.tokens import Right, Token
from dashboard.bounds import Rate

STRANGERS_PER_MIN: Final = 30
"""Requests a minute without a good token, from one address."""
Given = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(auto_error=False, description="A token made by `groundswell tokens add`.")),
]


class Said(Exception):
    """An error that the caller is told, in one sentence."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers


class Holders(Protocol):
    """The part of `storage.tokens.Tokens` that a door needs. Raises DatabaseUnavailable."""

    def holder(self, secret: str, now: datetime) -> Token | None: ...


class Door:
    """Its methods are what a call depends on."""

    def __init__(self, holders: Holders, rate_per_min: int, now: Callable[[], datetime]) -> None:
        self._holders = holders
        self._now = now
        self._known = Rate(rate_per_min)
        self._strangers = Rate(STRANGERS_PER_MIN)

    def reads(self, request: Request, given: Given) -> Token:
        """Whoever may see drafts."""
        return self._with(Right.READ, request, given)

    def decides(self, request: Request, given: Given) -> Reviewer:
        """Whoever may decide; a token is a person, and its name stands beside the verdict."""
        token = self._with(Right.VERDICT, request, given)
        return Reviewer(token.name, f"token-{token.token_id}")

    def _with(self, right: Right, request: Request, given: HTTPAuthorizationCredentials | None) -> Token:
        token = self._holders.holder(given.credentials, self._now()) if given else None
        if token is None:
            _or_wait(self._strangers, request.client.host if request.client else "")
            raise Said(401, "send a token that is in use: Authorization: Bearer gsw_…", {"WWW-Authenticate": "Bearer"})
        _or_wait(self._known, str(token.token_id))
        if right not in token.rights:
            raise Said(403, f"the token {token.name!r} does not have the right {right.value!r}")
        return token


def _or_wait(rate: Rate, caller: str) -> None:
    wait_s = rate.wait_s(caller)
    if wait_s:
        seconds = math.ceil(wait_s)
        raise Said(429, f"too many requests; the next one is taken in {seconds} s", {"Retry-After": str(seconds)})
