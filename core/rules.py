"""Thresholds of people's own: which series a rule is about, what it measures, and whether its line is passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from core.series import MINUTE
from core.surges import Kind, Verdict
from core.watched import ENTITY, PAIR, Series, floor


class Measure(StrEnum):
    """What a rule compares with its line."""

    NEGATIVE = "negative"
    """Negative posts."""
    NEGATIVE_SHARE = "negative_share"
    """The part of the posts that is negative, 0 to 1."""
    POSTS = "posts"
    """Posts of any feeling."""
    ATTENTION = "attention"
    """The severity, 1 to 10, of a surge of attention, good news too; 0 without one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that somebody drew."""

    name: str
    """The label `alertname` of its alerts."""
    measure: Measure
    above: float
    dimension: str = ENTITY
    key: str = ""
    """One thing; empty is each of the dimension."""
    topic: str = ""
    """Of an entity: only what is said of it under this topic."""
    over: timedelta = timedelta(minutes=5)
    lasting: timedelta = timedelta(0)
    """How long the line must be passed before anyone is told."""
    min_posts: int = 1
    """Fewer posts have no share worth speaking of."""
    severity: int = 5
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> Kind:
        """Which posts show why the line is passed."""
        return Kind.NEGATIVE if self.measure in (Measure.NEGATIVE, Measure.NEGATIVE_SHARE) else Kind.ATTENTION

    def fits(self, dimension: str, key: str) -> bool:
        """Whether it is about this series.

        >>> card = Rule("Cards", Measure.NEGATIVE, above=9, topic="Fed | Central Banks")
        >>> card.fits("entity_topic", "HBNK/Fed | Central Banks"), card.fits("entity_topic", "HBNK/Macro")
        (True, False)
        >>> card.fits("entity", "HBNK")
        False
        """
        if self.topic:
            entity, _, topic = key.partition("/")
            return dimension == PAIR and topic == self.topic and self.key in ("", entity)
        return dimension == self.dimension and self.key in ("", key)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule finds in one series at one moment."""

    passed: bool
    value: float
    observed: int
    """Posts of the rule's kind."""
    line: float
    """How many of them the line is."""


def measure(rule: Rule, series: Series, attention: Verdict | None, now: datetime) -> Measured:
    """Measure a series over the minutes of a rule, the running one included.

    Args:
        attention: what the detector says of attention; asked for rules about it alone.
    """
    start = window_start(rule, now)
    window = [bucket for bucket in series.buckets if start <= bucket.minute <= now]
    posts, negative = sum(bucket.posts for bucket in window), sum(bucket.negative for bucket in window)
    match rule.measure:
        case Measure.NEGATIVE:
            return Measured(negative > rule.above, negative, negative, rule.above)
        case Measure.POSTS:
            return Measured(posts > rule.above, posts, posts, rule.above)
        case Measure.NEGATIVE_SHARE:
            share = negative / posts if posts else 0.0
            return Measured(posts >= rule.min_posts and share > rule.above, share, negative, rule.above * posts)
        case Measure.ATTENTION:
            fires = attention is not None and attention.firing and attention.kind is Kind.ATTENTION
            level = attention.severity if fires and attention is not None else 0
            seen, usual = (attention.observed, attention.expected) if attention is not None else (posts, 0.0)
            return Measured(level > rule.above, level, seen, usual)
        case _:
            assert_never(rule.measure)


def window_start(rule: Rule, now: datetime) -> datetime:
    """The first minute that a rule measures."""
    return floor(now) - rule.over + MINUTE


def reach(rules: tuple[Rule, ...], dimension: str, key: str) -> timedelta:
    """How far back a look must read a series for the rules about it."""
    return max((rule.over for rule in rules if rule.fits(dimension, key)), default=timedelta(0))
