"""Watches drift from day to day: which days are the reference, what a look found, and since when something drifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from core.drift import (
    ACCURACY,
    INPUT,
    JUDGED,
    LEAST_DAYS,
    MIXES,
    NEW_WORDS,
    REFERENCE_DAYS,
    WINDOW_DAYS,
    latest,
    risen_words,
)
from core.drift_lines import MONTHS, Lines, draw_lines
from core.sketches import Sketch

CALM_DAYS: Final = 3
"""So many looks in a row under the line end what drifts: a value at the line would else come and go."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a reference, both ends included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Reference:
    """What one channel is compared with as long as one model is champion."""

    channel: str
    model_version: str
    written: Span | None
    """Days whose posts the statistics of what is written are compared with; `None` while there are too few."""
    judged: Span | None
    """The same for what the champion says; of these days, those that it judged itself."""
    lines: Mapping[str, float]
    """By statistic; empty while there is no reference."""
    posts: float
    """Of a window, as the reference has them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statistic of one channel, as it was on one day."""

    day: date
    """The last day of the window."""
    channel: str
    statistic: str
    model_version: str
    value: float
    line: float
    since: date | None = None
    """The first day on which it was over the line; `None` where it does not drift."""
    calm_days: int = 0
    """Looks in a row under the line, of what drifts."""
    note: str = ""
    """What moved, in words."""

    @property
    def is_over(self) -> bool:
        return self.value > self.line


def reference_days(days: Sequence[date], champion_since: date) -> Span | None:
    """The four weeks before the champion took over, or its own first four where too little is known of those.

    Args:
        days: of which there is a sketch.

    >>> from datetime import date, timedelta
    >>> days = [date(2026, 1, 1) + timedelta(days=number) for number in range(60)]
    >>> reference_days(days, date(2026, 2, 10))
    Span(first=datetime.date(2026, 1, 13), last=datetime.date(2026, 2, 9))
    >>> reference_days(days, date(2026, 1, 5)).last, reference_days(days[:20], date(2026, 1, 5))
    (datetime.date(2026, 2, 1), None)
    """
    before = sorted(day for day in days if 0 < (champion_since - day).days <= REFERENCE_DAYS)
    if len(before) >= LEAST_DAYS:
        return Span(before[0], before[-1])
    own = sorted(day for day in days if day >= champion_since)[:REFERENCE_DAYS]
    return Span(own[0], own[-1]) if len(own) == REFERENCE_DAYS else None


def choose(sketches: Sequence[Sketch], channel: str, model_version: str, champion_since: date) -> Reference:
    """A channel's reference, without lines."""
    written = reference_days([one.day for one in sketches], champion_since)
    mine = [one.day for one in sketches if one.model_version == model_version]
    return Reference(channel, model_version, written, reference_days(mine, champion_since), {}, 0.0)


def with_lines(reference: Reference, sketches: Sequence[Sketch], channels: int, months: int = MONTHS) -> Reference:
    """The same reference with its lines, drawn with dice that are always the same for it."""
    lines: dict[str, float] = {}
    posts = 0.0
    for statistics, days in _sides(reference, sketches):
        if len(days) >= LEAST_DAYS:
            rng = np.random.default_rng(
                [*reference.channel.encode(), days[0].day.toordinal(), days[-1].day.toordinal()]
            )
            drawn = draw_lines(days, rng, channels, statistics, months=months)
            lines |= drawn.lines
            posts = max(posts, drawn.posts)
    return Reference(reference.channel, reference.model_version, reference.written, reference.judged, lines, posts)


def look(
    day: date, sketches: Sequence[Sketch], reference: Reference, before: Mapping[str, Finding]
) -> tuple[Finding, ...]:
    """What the window that ends on a day shows.

    Args:
        sketches: of the channel, at least those of the reference and of the window.
        before: by statistic, the last finding of the same champion.
    """
    found = []
    lines = Lines(reference.lines, reference.posts)
    for statistics, days in _sides(reference, sketches):
        span = reference.written if statistics is INPUT else reference.judged
        if span is None:
            continue
        first = max(day - timedelta(days=WINDOW_DAYS - 1), span.last + timedelta(days=1))
        window = [one for one in sketches if first <= one.day <= day]
        if statistics is JUDGED:
            window = [one for one in window if one.model_version == reference.model_version]
        posts = sum(one.posts for one in window)
        for name, value in latest(window, days, statistics).items():
            if name in lines.lines:
                line = lines.at(name, posts)
                note = told(name, window, days) if value > line else ""
                found.append(followed(day, reference, name, value, line, before.get(name), note))
    return tuple(found)


def followed(
    day: date, reference: Reference, name: str, value: float, line: float, before: Finding | None, note: str = ""
) -> Finding:
    """A finding that knows since when it is so."""
    since, calm = (before.since, before.calm_days) if before is not None else (None, 0)
    if value > line:
        since, calm = since or day, 0
    elif since is not None:
        calm += 1
        note = before.note if before is not None else ""
        if calm >= CALM_DAYS:
            since, calm, note = None, 0, ""
    return Finding(day, reference.channel, name, reference.model_version, value, line, since, calm, note)


def told(name: str, window: Sequence[Sketch], reference: Sequence[Sketch]) -> str:
    """What moved, in words; empty where a statistic has no names."""
    if name == NEW_WORDS:
        words = risen_words(window, reference)
        return "; ".join(f"“{word}” in {now:.1%} of the posts, {usual:.1%} before" for word, now, usual in words)
    if name in MIXES:
        head = MIXES[name]
        here, there = _shares(window, head), _shares(reference, head)
        label = max(here | there, key=lambda one: abs(here.get(one, 0.0) - there.get(one, 0.0)))
        return f"{label}: {here.get(label, 0.0):.0%} of the posts, {there.get(label, 0.0):.0%} before"
    return ""


def _shares(days: Sequence[Sketch], head: str) -> dict[str, float]:
    counted: dict[str, float] = {}
    for one in days:
        for label, count in one.labels[head].items():
            counted[label] = counted.get(label, 0.0) + count
    total = sum(counted.values()) or 1.0
    return {label: count / total for label, count in counted.items()}


def _sides(reference: Reference, sketches: Sequence[Sketch]) -> list[tuple[tuple[str, ...], list[Sketch]]]:
    """The statistics of what is written, and of what is judged, each with the days of its reference."""
    written, judged = reference.written, reference.judged
    return [
        (INPUT, [one for one in sketches if written is not None and written.holds(one.day)]),
        (
            JUDGED,
            [
                one
                for one in sketches
                if judged is not None and judged.holds(one.day) and one.model_version == reference.model_version
            ],
        ),
    ]


IN_WORDS: Final = {
    "embedding": "what posts are about",
    "vocabulary": "the words in use",
    "new_words": "a new word",
    "topic_mix": "the mix of topics",
    "sentiment_mix": "the mix of sentiment",
    "emotion_mix": "the mix of emotions",
    "intent_mix": "the mix of intents",
    "topic_confidence": "how sure the model is of topics",
    "sentiment_confidence": "how sure the model is of sentiment",
    "intent_confidence": "how sure the model is of intents",
    ACCURACY: "how often the model is right",
}
