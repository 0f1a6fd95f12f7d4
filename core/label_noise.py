"""Labels that look wrong: against a sure model and the nearest texts at once, in bulk or by one person.

A correction contradicts the model: that is what it is for. So one contradiction says nothing. But the model, where it
is sure, and the nearest texts of the training data seldom agree on what is wrong; labels that contradict both in bulk
have been flipped, by a person or a program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.snapshots import Row
from core.tails import fisher_greater

SURE: Final = 0.9
"""Probability from which on the model's word counts."""
SUPPORT: Final = 0.6
"""Share of the nearest texts that must bear the same label."""
LEAST_LABELS: Final = 20
"""Of a batch, or of a person; fewer are not judged."""
MOST_CONTRADICTED: Final = 0.2
"""Share of the labels that one person alone stands for."""
MOST_APART: Final = 0.2
"""By which a person's share may exceed the others', whatever chance says."""
CHANCE: Final = 0.001
"""Probability, over all people asked about, with which one of them is accused for nothing."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is to be expected of a text before a person looks at it."""

    label: str
    """The model's most probable one."""
    p: float
    support: float
    """Share of the nearest texts of the task that bear the same label, 0 to 1."""

    def contradicts(self, value: Sequence[str]) -> bool:
        """Whether a label goes against a sure model and the nearest texts at once."""
        return self.p >= SURE and self.support >= SUPPORT and self.label not in value


@dataclass(frozen=True, slots=True)
class Deviation:
    """How often one person's labels go against what others, or else model and training texts, say."""

    by: str
    deviating: int
    labels: int
    others_deviating: int
    others_labels: int
    chance: float
    """Probability of so many, were this person as the others; one-sided."""

    @property
    def share(self) -> float:
        return self.deviating / self.labels

    @property
    def others_share(self) -> float:
        return self.others_deviating / self.others_labels


def contradicted(rows: Sequence[Row], opinions: Mapping[int, Opinion]) -> tuple[int, int]:
    """How many of the labels that one person alone stands for contradict their opinion, and how many such there are.

    What two people said independently is taken for true.

    Args:
        rows: settled labels.
        opinions: by place in `rows`; a row without one contradicts nothing.
    """
    alone = [place for place, row in enumerate(rows) if _supporters(row) < 2]
    against = sum(1 for place in alone if place in opinions and opinions[place].contradicts(rows[place].value))
    return against, len(alone)


def deviations(rows: Sequence[Row], opinions: Mapping[int, Opinion]) -> list[Deviation]:
    """Each person beside all others, the most deviating first; people with few labels are not judged.

    A label deviates when at least two other people settled on another value; where nobody else looked, when it
    contradicts its opinion.
    """
    labels: Counter[str] = Counter()
    deviating: Counter[str] = Counter()
    for place, row in enumerate(rows):
        for vote in row.votes:
            labels[vote.by] += 1
            agreed = _supporters(row) - (vote.value == row.value)
            if agreed >= 2:
                deviating[vote.by] += vote.value != row.value
            elif place in opinions:
                deviating[vote.by] += opinions[place].contradicts(vote.value)
    total, wrong = labels.total(), deviating.total()
    found = [
        Deviation(
            by,
            deviating[by],
            count,
            wrong - deviating[by],
            total - count,
            fisher_greater(deviating[by], count, wrong - deviating[by], total - count),
        )
        for by, count in labels.items()
        if count >= LEAST_LABELS and total - count >= LEAST_LABELS
    ]
    return sorted(found, key=lambda one: (one.chance, one.by))


def gone_wrong(found: Sequence[Deviation]) -> list[Deviation]:
    """Those whose labels deviate far more often than the others', beyond chance."""
    return [
        one for one in found if one.share - one.others_share > MOST_APART and one.chance < CHANCE / max(len(found), 1)
    ]


def _supporters(row: Row) -> int:
    return sum(1 for vote in row.votes if vote.value == row.value)
