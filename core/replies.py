"""Which posts merit a drafted reply, and what the draft says; a person approves it before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DraftState(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    ABSTAINED = "abstained"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """A post that merits a reply, with why and how urgently."""

    post_id: str
    reason: str
    priority: float
    """0 to 1, higher first."""
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer made of a request. `text` is empty when it abstained; `reason` then says why."""

    post_id: str
    state: DraftState
    text: str
    writer: str
    reason: str
    ready_at: datetime
