"""Whether the model is right less often than it was, on the few posts that people have labelled.

Labels are too few for days to be compared, so this line is exact: Fisher's test of right and wrong, then and now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.drift import ACCURACY, TESTS
from core.drift_lines import FALSE_ALARMS_A_MONTH
from core.drift_watch import Finding, Reference, Span, followed
from core.tails import fisher_greater

WINDOW: Final = timedelta(days=28)
"""Labels come a few a day: a week of them says nothing."""
LEAST_LABELS: Final = 20
"""On either side."""
LOOKS_A_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """One label of one person or of several, and whether the model had said the same before."""

    published: date
    channel: str
    task: str
    model_version: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """How much the share of right answers fell, and from which fall on it is drift; both in shares, 0 to 1."""

    value: float
    line: float
    then: float
    now: float
    labels: int

    @property
    def is_drift(self) -> bool:
        return self.value > self.line


def drop(answers: Iterable[Answer], reference: Span, day: date, channels: int) -> Drop | None:
    """Of one channel's answers by one model, all tasks together; `None` while there are too few.

    Which posts are labelled is no sample of all posts (the queue shows what the model is unsure of), so the share
    itself says little; compared are two spans in which posts were chosen alike.
    """
    then, now = [0, 0], [0, 0]
    for one in answers:
        if reference.holds(one.published):
            then[one.is_right] += 1
        elif reference.last < one.published <= day and one.published > day - WINDOW:
            now[one.is_right] += 1
    if sum(then) < LEAST_LABELS or sum(now) < LEAST_LABELS:
        return None
    before, after = then[1] / sum(then), now[1] / sum(now)
    tail = FALSE_ALARMS_A_MONTH / (channels * TESTS * LOOKS_A_MONTH)
    allowed = fewest_right(then[1], sum(then), sum(now), tail)
    return Drop(before - after, before - allowed / sum(now), before, after, sum(now))


def look(
    day: date, answers: Sequence[Answer], reference: Reference, before: Finding | None, channels: int
) -> Finding | None:
    """What the labels of a channel's posts say of the champion; `None` while there are too few.

    Args:
        answers: of any channel and model.
        before: the last finding of the same champion.
    """
    if reference.judged is None:
        return None
    mine = (one for one in answers if (one.channel, one.model_version) == (reference.channel, reference.model_version))
    found = drop(mine, reference.judged, day, channels)
    if found is None:
        return None
    note = f"right in {found.now:.0%} of {found.labels} labels, {found.then:.0%} before" if found.is_drift else ""
    return followed(day, reference, ACCURACY, found.value, found.line, before, note)


def fewest_right(right_then: int, then: int, now: int, tail: float) -> int:
    """The fewest right answers of `now` that chance still explains, when `right_then` of `then` were right before.

    >>> fewest_right(90, 100, 40, 0.001), fewest_right(90, 100, 40, 1e-5)
    (27, 22)
    """
    for right in range(now + 1):
        if fisher_greater(now - right, now, then - right_then, then) > tail:
            return right
    return now
