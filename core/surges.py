"""Whether a series is surging: one look at what is remembered of it and at its last minutes.

A look has three horizons: five minutes, an hour, a day. Each compares what came with what is usual at that time of the
week, in units of how far such counts scatter in this series. Attention (posts of any feeling) fires on the mean of
the three; negative feeling fires on the probability of any one, when the mood has turned and enough people speak.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from core.horizons import FEELING, POSTS, Look, look
from core.series import MEMORY, MINUTE, Alarm, Bucket, State, advance, begin, fold, fold_all
from core.severity import severity
from core.tails import log10_share_tail

__all__ = [
    "HORIZONS", "LATENESS", "MEMORY", "MINUTE", "Bucket", "Firing", "Kind", "Reason", "State", "Verdict", "Voices",
    "advance", "begin", "fold", "fold_all", "judge", "step",
]  # fmt: skip

HORIZONS: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24))
LATENESS: Final = timedelta(minutes=10)
"""Minutes that end longer ago than this are folded; posts of a later minute are still counted where they belong."""
FIRE_P: Final = 1e-3
"""Of negative feeling: a usual day brings such a look once in a thousand days."""
HOLD_P: Final = 1e-2
"""An open surge is over only when neither the horizon that opened it nor a short one would surprise by itself."""
FIRE_SCORE: Final = 3.5
"""Of attention: set by an alert budget, 1.3 a week of a busy ticker; see docs/surges.md."""
WARM_H: Final = 24.0
"""Attention fires only where a whole day was watched before: until then its rhythm is unknown."""
HOLD_Z: Final = 2.0
"""An open surge of attention is over when its horizon is less than two standard deviations above the usual."""
MIN_NEGATIVE: Final = (8, 8, 4)
MIN_POSTS: Final = 8
"""Fewer people than this can be answered one by one; an alert would not help. Over a day, fewer are a change."""
MIN_VOICES: Final = (5, 5, 3)
"""One angry person, or one bot, with many posts is not a surge; and the number of people, too, must be one that the
usual level of posts would not bring, so that a bot amid the usual people does not make them a crowd."""
TURNED_P: Final = 1e-2
"""The mood has turned when so large a part of the posts with a feeling is negative by chance this rarely."""
TURNED_ODDS: Final = 1.5
"""And the odds of negative against positive are half as high again as usual: a smaller move may be sure, but small."""
DAY_FIRE_P: Final = 2e-2
DAY_TURNED_P: Final = 0.25
"""Over a day, which is not looked at 288 times and of a sparse series has only a few posts, as much is enough: both
together come about by chance in one of two hundred days at most."""
ENOUGH_SHARE: Final = 0.5
"""Of all posts: from here on there is nothing to turn."""
MOOD_PRIOR: Final = (3.0, 10.0)
"""Negative posts, and posts with a feeling, that stand for the usual mood where nothing is known of it."""
MOOD_KNOWN: Final = 5
"""Posts with a feeling; where fewer came before a day, its mood is judged as that of five minutes is."""
MOOD_EVIDENCE: Final = 50.0
"""The usual mood is never taken as known better than so many posts would say: it changes with the news."""
REFRACTORY: Final = timedelta(hours=24)
"""In a replay, one alert speaks for a day, unless the score grows to `REALERT` times as much."""
REALERT: Final = 2.0


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


class Firing(NamedTuple):
    """What an open incident keeps of the verdict that opened it."""

    kind: Kind
    horizon: timedelta


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
    """How probable it is that a day at the usual level brings a look as surprising as this one."""
    severity: int
    """1 to 10 while firing, 0 otherwise."""
    score: float
    """Mean over the horizons of how many standard deviations lie between what came and what is usual."""
    horizon: timedelta
    """The horizon that decided: the evidence is what was published since then."""
    authors: int
    """Distinct authors within the horizon, where they were asked for; 0 otherwise."""
    alert: bool = False
    """Only from `step`: a new alert is raised here."""


Voices = Callable[[Kind, datetime], int]
"""Distinct authors of the posts of a kind (negative originals, all originals) published since a moment."""


def judge(
    state: State,
    recent: Sequence[Bucket],
    now: datetime,
    *,
    firing: Firing | None = None,
    told: datetime | None = None,
    voices: Voices | None = None,
    kinds: Sequence[Kind] = (Kind.NEGATIVE, Kind.ATTENTION),
) -> Verdict:
    """Say whether the series surges at `now`, and why; pure in what it is given.

    Args:
        recent: intervals not yet folded, oldest first; those after `now` wait for their turn.
        firing: of the open incident about this series; the verdict then says whether it holds or is over.
        told: when the last incident ended; what was published before it is not counted again.
        voices: asked only when all else says that it fires; left out, the authors of the buckets are summed.
        kinds: what may fire.
    """
    seen = look(state, recent, int(now.timestamp()), None if told is None else int(told.timestamp()))
    if firing is not None and firing.kind is Kind.NEGATIVE:
        return _hold(seen, firing)
    opened = _negative(seen, voices) if Kind.NEGATIVE in kinds else None
    if opened is not None and opened.firing:
        return opened
    if firing is not None:
        return _hold(seen, firing)
    attention = _attention(seen, voices) if Kind.ATTENTION in kinds else None
    if attention is None or (opened is not None and not attention.firing):
        return opened or _negative(seen, voices)
    return attention


def _negative(seen: Look, voices: Voices | None) -> Verdict:
    """The most surprising horizon that fires; where none does, why the one that came furthest does not."""
    by_surprise = sorted(range(len(HORIZONS)), key=lambda n: seen.log10_p_day(FEELING, n))
    furthest = Reason.TOO_FEW if seen.windows[0].posts or seen.windows[1].posts else Reason.QUIET
    for n in by_surprise:
        reason, authors = _negative_within(seen, n, voices)
        if reason is Reason.NEGATIVE_SURGE:
            return _verdict(seen, Kind.NEGATIVE, n, True, reason, authors)
        if _STEPS.index(reason) > _STEPS.index(furthest):
            furthest = reason
    return _verdict(seen, Kind.NEGATIVE, by_surprise[0], False, furthest)


_STEPS: Final = (Reason.QUIET, Reason.TOO_FEW, Reason.USUAL, Reason.NOT_NEGATIVE, Reason.FEW_VOICES)
"""What a horizon may fail for, in the order in which it is asked."""


def _negative_within(seen: Look, n: int, voices: Voices | None) -> tuple[Reason, int]:
    """Whether one horizon fires, and the authors that it was asked about."""
    if seen.windows[n].negative < MIN_NEGATIVE[n]:
        return Reason.TOO_FEW, 0
    slow = n == len(HORIZONS) - 1 and seen.mood(n)[1] >= MOOD_KNOWN
    line = math.log10(DAY_FIRE_P if slow else FIRE_P)
    if seen.log10_p_day(FEELING, n) > line:
        return Reason.USUAL, 0
    if _log10_mood(seen, n) > math.log10(DAY_TURNED_P if slow else TURNED_P):
        return Reason.NOT_NEGATIVE, 0
    authors = _authors(seen, n, Kind.NEGATIVE, voices)
    if authors < MIN_VOICES[n] or seen.log10_p_day(FEELING, n, authors) > line:
        return Reason.FEW_VOICES, authors
    return Reason.NEGATIVE_SURGE, authors


def _log10_mood(seen: Look, n: int) -> float:
    """log10 of how probable so negative a mood is by chance; half of all posts counts as 1 in 100 at least."""
    window = seen.windows[n]
    felt = window.negative + window.positive
    before_negative, before_felt = seen.mood(n)
    share = (before_negative + MOOD_PRIOR[0]) / (before_felt + MOOD_PRIOR[1])
    evidence = min(MOOD_EVIDENCE, before_felt + MOOD_PRIOR[1])
    moved = window.negative * (1 - share) >= TURNED_ODDS * window.positive * share
    found = log10_share_tail(window.negative, felt, share, evidence) if moved else 0.0
    return min(found, math.log10(TURNED_P)) if window.negative >= ENOUGH_SHARE * window.posts else found


def _attention(seen: Look, voices: Voices | None) -> Verdict:
    """The mean of the horizons must be high, and stay so when no author counts for more than one post."""
    n = max(range(len(HORIZONS)), key=lambda n: seen.z(POSTS, n))
    if seen.windows[0].posts == 0:
        return _verdict(seen, Kind.ATTENTION, n, False, Reason.QUIET)
    if seen.score(POSTS) < FIRE_SCORE:
        return _verdict(seen, Kind.ATTENTION, n, False, Reason.USUAL)
    if seen.watched_h < WARM_H:
        return _verdict(seen, Kind.ATTENTION, n, False, Reason.WARMING_UP)
    if seen.windows[n].posts < MIN_POSTS:
        return _verdict(seen, Kind.ATTENTION, n, False, Reason.TOO_FEW)
    authors = _authors(seen, n, Kind.ATTENTION, voices)
    people = [_authors(seen, m, Kind.ATTENTION, voices) if m != n else authors for m in range(len(HORIZONS))]
    fires = authors >= MIN_VOICES[n] and seen.score(POSTS, people) >= FIRE_SCORE
    return _verdict(
        seen, Kind.ATTENTION, n, fires, Reason.ATTENTION_SURGE if fires else Reason.FEW_VOICES, authors
    )  # fmt: skip


def _authors(seen: Look, n: int, kind: Kind, voices: Voices | None) -> int:
    window = seen.windows[n]
    if voices is not None:
        return voices(kind, datetime.fromtimestamp(window.start_s, UTC))
    return window.authors if kind is Kind.NEGATIVE else window.posts


def _hold(seen: Look, firing: Firing) -> Verdict:
    """An open surge holds while its own horizon, or a short one, is improbable and keeps on."""
    head = FEELING if firing.kind is Kind.NEGATIVE else POSTS
    own = HORIZONS.index(firing.horizon)
    holding = [n for n in {0, 1, own} if _is_high(seen, head, n) and seen.keeps_on(head, n, own)]
    return _verdict(seen, firing.kind, own, bool(holding), Reason.STILL_HIGH if holding else Reason.CALM)


def _is_high(seen: Look, head: int, n: int) -> bool:
    return seen.log10_p(head, n) <= math.log10(HOLD_P) if head == FEELING else seen.z(head, n) >= HOLD_Z


def _verdict(seen: Look, kind: Kind, n: int, fires: bool, reason: Reason, authors: int = 0) -> Verdict:
    head = FEELING if kind is Kind.NEGATIVE else POSTS
    window = seen.windows[n]
    observed = window.negative if head == FEELING else window.posts
    log10_p = min(seen.log10_p_day(head, m) for m in range(len(HORIZONS)))
    return Verdict(
        firing=fires,
        reason=reason,
        kind=kind,
        observed=observed,
        expected=seen.expected(head, n),
        p_value=10**log10_p,
        severity=severity(log10_p, observed) if fires else 0,
        score=seen.score(head),
        horizon=HORIZONS[n],
        authors=authors,
    )


def step(
    state: State,
    bucket: Bucket,
    voices: Voices | None = None,
    kinds: Sequence[Kind] = (Kind.NEGATIVE, Kind.ATTENTION),
) -> tuple[State, Verdict]:
    """Judge at the end of an interval, then fold it; for replays, where no incident is kept elsewhere.

    An alert is raised when a surge begins, and again when its score has doubled or a day later.
    """
    now = bucket.minute + state.interval
    seen = judge(state, (bucket,), now, voices=voices, kinds=kinds)
    alarm = state.alarm
    if seen.firing:
        ends = 0 if alarm is None else alarm.raised_s + int(REFRACTORY.total_seconds())
        if alarm is None or now.timestamp() >= ends or seen.score >= REALERT * alarm.score:
            seen = replace(seen, alert=True)
            at = (list(Kind).index(seen.kind), int(seen.horizon.total_seconds()), int(now.timestamp()))
            alarm = Alarm(*at, seen.score, True)
    elif alarm is not None and alarm.open:
        was = Firing(list(Kind)[alarm.kind], timedelta(seconds=alarm.horizon_s))
        seen = judge(state, (bucket,), now, firing=was, voices=voices, kinds=kinds)
        alarm = alarm._replace(open=seen.firing)
    return replace(fold(state, bucket), alarm=alarm), seen
