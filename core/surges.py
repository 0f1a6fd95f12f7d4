"""Whether a series is surging: one look at what is remembered of it and at its last minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.series import MINUTE, Bucket, State, advance, begin, fold
from core.window_rule import WINDOW_MIN, Series, history_start, window_start  # until the watch steps states
from core.window_rule import _log10_tail as log10_tail

__all__ = [
    "HORIZONS", "LATENESS", "MINUTE", "WINDOW_MIN", "Bucket", "Kind", "Reason", "Series", "State", "Verdict", "Voices",
    "advance", "begin", "fold", "history_start", "judge", "step", "window_start",
]  # fmt: skip

HORIZONS: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24))
LATENESS: Final = timedelta(minutes=10)
"""Minutes that end longer ago than this are folded; posts of a later minute are still counted where they belong."""


class Kind(StrEnum):
    """What surges."""

    NEGATIVE = "negative"
    """Negative feeling: more negative posts than usual, and a mood that turned."""
    ATTENTION = "attention"
    """Posts of any feeling."""


class Reason(StrEnum):
    """Why a verdict is what it is."""

    NEGATIVE_SURGE = "far more negative posts than usual"
    ATTENTION_SURGE = "far more posts than usual"
    STILL_HIGH = "not yet back to the usual level"
    CALM = "back to the usual level"
    USUAL = "within the usual range"
    QUIET = "no posts in the window"
    NOT_NEGATIVE = "too small a part of the posts is negative"
    TOO_FEW = "too few posts"
    FEW_VOICES = "too few authors"
    WARMING_UP = "too little is known of the usual level"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look at one series says."""

    firing: bool
    reason: Reason
    kind: Kind
    observed: int
    """Posts of the kind within the horizon."""
    expected: float
    """Posts of the kind that the usual level would have brought."""
    p_value: float
    severity: int
    """1 to 10 while firing, 0 otherwise."""
    score: float
    horizon: timedelta
    """The look that decided: the evidence is what was published since then."""
    authors: int
    alert: bool = False
    """Only from `step`: a new alert is raised here."""


Voices = Callable[[Kind, datetime], int]
"""Distinct authors of the posts of a kind (negative originals, all originals) published since a moment."""


def judge(
    state: State,
    recent: Sequence[Bucket],
    now: datetime,
    *,
    firing: Kind | None = None,
    voices: Voices | None = None,
) -> Verdict:
    """Say whether the series surges at `now`, and why; pure in what it is given.

    Args:
        recent: intervals not yet folded, oldest first; those after `now` wait for their turn.
        firing: of the open incident about this series; the verdict then says whether it holds or is over.
        voices: asked only when all else says that it fires; left out, the authors of the buckets are summed.
    """
    start = now - HORIZONS[0]
    window = [bucket for bucket in recent if start < bucket.minute <= now]
    observed = sum(bucket.negative for bucket in window)
    posts = sum(bucket.posts for bucket in window)
    minutes = max(0.0, (start - state.began).total_seconds() / 60)
    weight = min(1.0, 10 / (1.0 + state.negative))
    shape, rate_min = weight * (1.0 + state.negative), weight * (10.0 + minutes)
    p_value = max(1e-300, 10 ** log10_tail(observed, shape, 5 / (5 + rate_min)))
    authors = sum(bucket.authors for bucket in window)

    def verdict(fires: bool, reason: Reason) -> Verdict:
        return Verdict(
            fires, reason, Kind.NEGATIVE, observed, shape / rate_min * 5, p_value, int(fires), 0.0, HORIZONS[0], authors
        )

    if firing is not None:
        return verdict(True, Reason.STILL_HIGH) if p_value <= 1e-2 else verdict(False, Reason.CALM)
    if posts == 0:
        return verdict(False, Reason.QUIET)
    if observed < 8:
        return verdict(False, Reason.TOO_FEW)
    if observed < 0.2 * posts:
        return verdict(False, Reason.NOT_NEGATIVE)
    if p_value > 1e-6:
        return verdict(False, Reason.USUAL)
    if voices is not None:
        authors = voices(Kind.NEGATIVE, start)
    return verdict(True, Reason.NEGATIVE_SURGE) if authors >= 5 else verdict(False, Reason.FEW_VOICES)


def step(state: State, bucket: Bucket, voices: Voices | None = None) -> tuple[State, Verdict]:
    """Judge at the end of an interval, then fold it; for replays."""
    was = Kind(state.firing) if state.firing else None
    seen = judge(state, (bucket,), bucket.minute + state.interval, firing=was, voices=voices)
    folded = replace(fold(state, bucket), firing=seen.kind.value if seen.firing else "")
    return folded, replace(seen, alert=seen.firing and was is None)
