"""What is remembered of one series: its usual level, and the last day in short."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from core.errors import StateUnreadable

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One interval of one series, by the time of publication; original posts that were judged, repeats left out."""

    minute: datetime
    """Where the interval begins."""
    posts: int
    negative: int = 0
    positive: int = 0
    authors: int = 0
    """Distinct authors of the negative posts in it."""


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one series; made by `begin`, changed by `fold` alone."""

    began: datetime
    interval: timedelta
    folded_to: datetime
    posts: int = 0
    negative: int = 0
    firing: str = ""

    def dump(self) -> bytes:
        """The state as bytes that `load` takes, of this version or an older one."""
        facts = asdict(self) | {
            "began": self.began.timestamp(),
            "interval": self.interval.total_seconds(),
            "folded_to": self.folded_to.timestamp(),
        }
        return b"\x01" + json.dumps(facts).encode()

    @staticmethod
    def load(dumped: bytes) -> State:
        """Raises StateUnreadable: of an unknown version, or damaged; build it again from the rollups."""
        if dumped[:1] != b"\x01":
            raise StateUnreadable("the state of a series is of another version")
        facts = json.loads(dumped[1:])
        facts["began"] = datetime.fromtimestamp(facts["began"], UTC)
        facts["folded_to"] = datetime.fromtimestamp(facts["folded_to"], UTC)
        facts["interval"] = timedelta(seconds=facts["interval"])
        return State(**facts)


def begin(began: datetime, interval: timedelta = MINUTE) -> State:
    """A series of which nothing is known before `began`."""
    return State(began, interval, began)


def fold(state: State, bucket: Bucket) -> State:
    """Put a closed interval into what is remembered; silence before it costs nothing.

    A late one, before `folded_to`, changes the usual level only.
    """
    return replace(
        state,
        folded_to=max(state.folded_to, bucket.minute + state.interval),
        began=min(state.began, bucket.minute),
        posts=state.posts + bucket.posts,
        negative=state.negative + bucket.negative,
    )


def advance(state: State, to: datetime) -> State:
    """Silence up to `to`."""
    return replace(state, folded_to=max(state.folded_to, to))
