"""Whether negative feeling about something is surging: one rule, over minute rollups.

A thing is compared with its own usual level: the negative posts of the last minutes against its rate over the hours
before. The rate is uncertain and wanders, so it is a gamma distribution and the count a negative binomial
(Poisson–gamma) one; the p-value is the chance of at least this many negative posts if nothing had changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.series import Bucket

WINDOW_MIN: Final = 5
"""Minutes judged, the running one included: short enough to alert within minutes, long enough for a count to mean
something."""
HISTORY_MIN: Final = 360
"""Minutes read, the window included: a trading session, short enough to follow the day's rhythm."""
PRIOR_NEGATIVE: Final = 1.0
PRIOR_MIN: Final = 10.0
"""The gamma prior: what is never seen is taken to bring one negative post in ten minutes, as loosely as one post seen
in ten minutes says it. With no history at all, 13 negative posts in a window are then needed to fire."""
MOST_EVIDENCE: Final = 10.0
"""The usual rate is never taken as known better than ten posts would say (±32 %): it follows the time of day, and
posts come in clusters. A power prior (Ibrahim & Chen 2000): the past is weighed down, its mean stays. On simulated
series with a daily rhythm of ±80 % it brought false alerts from 4.3 to under 0.03 a thing and day, and with clusters
besides (variance twice the mean) from 8.7 to at most 0.65, before the limits on share and authors below; a thing
with 5 usual posts a window then fires from 26 instead of from 20."""
FIRE_P: Final = 1e-6
"""Looks are 5 s apart but windows overlap: a day has 288 separate windows, so 100 things watched for a month are under
10^6 windows, and chance alone raises about one false alert in that time."""
HOLD_P: Final = 1e-2
"""An open surge is over only when the window would no longer surprise anyone; the gap to FIRE_P stops flapping."""
MIN_NEGATIVE: Final = 8
"""Fewer people than this can be answered one by one; an alert would not help."""
LEAST_SHARE: Final = 0.2
ENOUGH_SHARE: Final = 0.5
TURNED: Final = 2.0
"""The mood must have turned, not only the volume grown: of the judged posts in the window, a fifth must be negative and
twice the usual share; half is always enough. Not half at once, because the classifier is trained on finance posts and
finds only a quarter of customers' complaints negative (32 of 128 in the demo's outage; 8 % of ordinary posts, 7 % of
good news)."""
USUAL_SHARE_PRIOR: Final = (1.0, 10.0)
"""Negative and all posts that stand for the usual share where nothing is known of it: a tenth."""
MIN_AUTHORS: Final = 5
"""One angry person, or one bot, with many posts is not a surge."""
LEAST_P: Final = 1e-300
"""Smaller p-values are stored as this one; a double ends soon after."""


@dataclass(frozen=True, slots=True)
class Series:
    """The last hours of one thing that is watched, oldest minute first, minutes without posts left out."""

    dimension: str
    """total, entity, topic, channel, source or family."""
    key: str
    buckets: tuple[Bucket, ...]
    authors: int = 0
    """Distinct authors of negative original posts published at `window_start(now)` or later; posts that name no author
    count as one author a source."""


class Reason(StrEnum):
    """Why a verdict is what it is."""

    SURGE = "far more negative posts than usual"
    STILL_HIGH = "not yet back to the usual level"
    CALM = "back to the usual level"
    USUAL = "within the usual range"
    QUIET = "no posts in the window"
    NOT_NEGATIVE = "too small a part of the posts is negative"
    TOO_FEW = "too few negative posts"
    FEW_VOICES = "too few authors"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look at one series says. `severity` is 1 to 10 while firing, 0 otherwise."""

    firing: bool
    reason: Reason
    observed: int
    """Negative posts in the window."""
    expected: float
    """Negative posts that the usual level would have brought."""
    p_value: float
    authors: int
    severity: int = 0


def window_start(now: datetime) -> datetime:
    """The first minute of the window that ends with the running minute.

    >>> window_start(datetime(2026, 1, 31, 9, 30, 12))
    datetime.datetime(2026, 1, 31, 9, 26)
    """
    return now.replace(second=0, microsecond=0) - timedelta(minutes=WINDOW_MIN - 1)


def history_start(now: datetime) -> datetime:
    """The first minute that a look needs.

    >>> history_start(datetime(2026, 1, 31, 9, 30, 12))
    datetime.datetime(2026, 1, 31, 3, 31)
    """
    return now.replace(second=0, microsecond=0) - timedelta(minutes=HISTORY_MIN - 1)


def judge(series: Series, now: datetime, firing: bool, since: datetime | None = None) -> Verdict:
    """Say whether negative feeling in a series is surging at `now`.

    Minutes after `now` (a source whose clock is ahead) wait for their turn; minutes older than the history are
    ignored; posts that arrive late count for the minute they were published in, so an old surge does not alert.

    Args:
        series: need not hold any bucket.
        now: with a time zone.
        firing: an incident about this series is open; it then stays until p > HOLD_P.
        since: the first minute of which anything is known, of any series; a service that started ten minutes ago has
            ten minutes of baseline, not six hours of silence. `None`: the whole history is known.
    """
    start = window_start(now)
    posts, observed = _sum(b for b in series.buckets if start <= b.minute <= now)
    known_from = max(history_start(now), since) if since is not None else history_start(now)
    usual_posts, usual = _sum(b for b in series.buckets if known_from <= b.minute < start)
    minutes = max(0.0, (start - known_from).total_seconds() / 60)
    weight = min(1.0, MOST_EVIDENCE / (PRIOR_NEGATIVE + usual))
    shape, rate_min = weight * (PRIOR_NEGATIVE + usual), weight * (PRIOR_MIN + minutes)
    log10_p = _log10_tail(observed, shape, WINDOW_MIN / (WINDOW_MIN + rate_min))
    is_negative = observed >= needed_share(usual_posts, usual) * posts
    reason = _reason(posts, observed, is_negative, series.authors, 10**log10_p, firing)
    fires = reason in (Reason.SURGE, Reason.STILL_HIGH)
    return Verdict(
        firing=fires,
        reason=reason,
        observed=observed,
        expected=shape / rate_min * WINDOW_MIN,
        p_value=max(LEAST_P, 10**log10_p),
        authors=series.authors,
        severity=severity(log10_p, observed) if fires else 0,
    )


def _sum(buckets: Iterable[Bucket]) -> tuple[int, int]:
    posts = negative = 0
    for bucket in buckets:
        posts += bucket.posts
        negative += bucket.negative
    return posts, negative


def needed_share(usual_posts: int, usual_negative: int) -> float:
    """The share of negative posts from which on a window is negative, for a thing with this usual share.

    >>> needed_share(0, 0), needed_share(990, 149), needed_share(990, 599)  # usually 10 %, 15 %, 60 %
    (0.2, 0.3, 0.5)
    """
    usual_share = (USUAL_SHARE_PRIOR[0] + usual_negative) / (USUAL_SHARE_PRIOR[1] + usual_posts)
    return min(ENOUGH_SHARE, max(LEAST_SHARE, TURNED * usual_share))


def _reason(posts: int, negative: int, is_negative: bool, authors: int, p: float, firing: bool) -> Reason:
    if firing:
        return Reason.STILL_HIGH if p <= HOLD_P else Reason.CALM
    if posts == 0:
        return Reason.QUIET
    if posts >= MIN_NEGATIVE and not is_negative:
        return Reason.NOT_NEGATIVE
    if negative < MIN_NEGATIVE:
        return Reason.TOO_FEW
    if p > FIRE_P:
        return Reason.USUAL
    return Reason.SURGE if authors >= MIN_AUTHORS else Reason.FEW_VOICES


def severity(log10_p: float, negative: int) -> int:
    """1 to 10: half by how surprising (p from 1e-6 to 1e-30), half by how many (8 to 800 negative posts, log scale).

    >>> severity(-6, 8), severity(-30, 8), severity(-18, 80), severity(-300, 800)
    (1, 5, 5, 10)
    """
    surprise = (-log10_p + math.log10(FIRE_P)) / 24
    size = math.log10(max(negative, 1) / MIN_NEGATIVE) / 2
    return 1 + math.floor(4.5 * _unit(surprise) + 4.5 * _unit(size) + 1e-9)


def _unit(x: float) -> float:
    return min(1.0, max(0.0, x))


def _log10_tail(count: int, shape: float, q: float) -> float:
    """log10 P(X >= count) for a negative binomial X: the posterior predictive of a Poisson count.

    P(X = x) = Γ(x + shape) / (Γ(shape) x!) · (1 - q)^shape · q^x, with q = window / (window + prior and baseline
    minutes). Source: Gelman et al. 2013, Bayesian Data Analysis, sec. 2.6.

    >>> round(10 ** _log10_tail(3, shape=1.0, q=0.5), 12)  # geometric: q^3
    0.125
    """
    if count == 0:
        return 0.0
    if count <= shape * q / (1 - q):  # at or under the mean: the short way is from below
        below = math.fsum(math.exp(_log_pmf(x, shape, q)) for x in range(count))
        return math.log10(max(1.0 - below, 1e-12))
    term = total = 1.0
    x = count
    while term > total * 1e-15:
        term *= (x + shape) / (x + 1) * q
        total += term
        x += 1
    return min(0.0, (_log_pmf(count, shape, q) + math.log(total)) / math.log(10))


def _log_pmf(x: int, shape: float, q: float) -> float:
    chosen = math.lgamma(x + shape) - math.lgamma(shape) - math.lgamma(x + 1)
    return chosen + shape * math.log1p(-q) + x * math.log(q)
