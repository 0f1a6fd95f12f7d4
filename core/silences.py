"""A silence: who wants no word about which alerts, until when, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.matching import Matcher, matches_all


@dataclass(frozen=True, slots=True)
class Silence:
    """While it lasts, what fits all its matchers is not told; what was told before is still told to have ended."""

    silence_id: str
    matchers: tuple[Matcher, ...]
    """At least one."""
    owner: str
    comment: str
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if not self.matchers or all(matcher.matches({}) for matcher in self.matchers):
            raise ValueError("a silence needs a matcher that does not fit everything")
        if not self.owner.strip() or not self.comment.strip():
            raise ValueError("a silence needs an owner and a comment: whoever is on duty asks who, and why")
        if self.ends_at <= self.starts_at:
            raise ValueError("a silence ends after it starts")

    def holds(self, labels: Mapping[str, str], now: datetime) -> bool:
        """Whether it lasts at this moment and fits the labels."""
        return self.starts_at <= now < self.ends_at and matches_all(self.matchers, labels)
