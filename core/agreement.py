"""How far people agree on labels, by chance-corrected figures, and whether one of them has gone astray."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.guidelines import Task, choices
from core.labels import Label, State, Value, of_items, resolve
from core.tails import fisher_greater

NORMAL_95: Final = 1.959964
"""Quantile of the normal distribution for a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people agree on one task."""

    task: Task
    posts: int
    """With a label that stands."""
    twice: int
    """Of them, by two people or more; what the figures are over."""
    agreed: float
    """Share of those whose first two labels are the same; 0 without any."""
    kappa: float | None
    """Cohen's; `None` where it is not defined: no post, or one label for all of them."""
    interval: tuple[float, float] | None
    """Of kappa, 95 %, by its large-sample error."""
    settled: int
    waiting: int
    """Two people differ, and a third is asked."""
    open: int


@dataclass(frozen=True, slots=True)
class Conduct:
    """How one person's labels of one task stand beside the others' and the model's."""

    by: str
    task: Task
    labels: int
    compared: int
    """Posts on which the others are of one mind."""
    differed: int
    """Of those, labelled otherwise by this person."""
    p_differs: float | None
    """How likely that many are by chance, if this person differed as often as other people do from each other."""
    with_model: int
    """Labels beside something that the model said."""
    against_model: int
    p_against: float | None
    """How likely that many are by chance, if this person corrected the model as often as the others do."""


def agreement(labels: Iterable[Label]) -> dict[Task, Agreement]:
    """How far people agree, for every task.

    Counted are the first two labels of a post: a third is asked only where two differ, and would make the agreement
    look worse than it is.

    Source: Cohen 1960, A coefficient of agreement for nominal scales. Of two people it is his figure; of more, the one
    whose name comes first is the table's row. For emotions each of them is a choice of its own, yes or no, and the
    table is over all choices of all posts.
    """
    items = of_items(labels)
    return {task: _agreement(task, [found for (_, of), found in items.items() if of is task]) for task in Task}


def _agreement(task: Task, items: Sequence[Sequence[Label]]) -> Agreement:
    states = Counter(resolve(found).state for found in items)
    pairs = [sorted(found[:2], key=lambda label: label.by) for found in items if len(found) > 1]
    table = _table(task, [(one.value, other.value) for one, other in pairs])
    kappa = cohens_kappa(table)
    same = sum(one.value == other.value for one, other in pairs)
    return Agreement(
        task=task,
        posts=len(items),
        twice=len(pairs),
        agreed=same / len(pairs) if pairs else 0.0,
        kappa=kappa,
        interval=None if kappa is None else _interval(table, kappa, len(pairs)),
        settled=states[State.SETTLED],
        waiting=states[State.THIRD],
        open=states[State.OPEN],
    )


def _table(task: Task, pairs: Sequence[tuple[Value, Value]]) -> NDArray[np.int64]:
    names = choices(task)
    if task is Task.EMOTION:
        table = np.zeros((2, 2), dtype=np.int64)
        for one, other in pairs:
            for name in names:
                table[int(name in one), int(name in other)] += 1
        return table
    table = np.zeros((len(names), len(names)), dtype=np.int64)
    for one, other in pairs:
        table[names.index(one[0]), names.index(other[0])] += 1
    return table


def cohens_kappa(table: NDArray[np.int64]) -> float | None:
    """Agreement beyond chance: 1 is full, 0 what chance alone gives; `None` where chance alone gives full agreement.

    Args:
        table: counts, one person's choices by the other's, shape (k, k).

    >>> cohens_kappa(np.array([[20, 5], [10, 15]])).__round__(6)
    0.4
    """
    total = int(table.sum())
    if total == 0:
        return None
    seen = float(np.trace(table)) / total
    chance = _chance(table)
    return None if chance >= 1 else (seen - chance) / (1 - chance)


def _chance(table: NDArray[np.int64]) -> float:
    return float((table.sum(axis=0) * table.sum(axis=1)).sum()) / float(table.sum()) ** 2


def _interval(table: NDArray[np.int64], kappa: float, posts: int) -> tuple[float, float]:
    """Cohen 1960, eq. 6. `posts` is the sample: choices within one post are not independent of each other."""
    seen = float(np.trace(table)) / float(table.sum())
    error = NORMAL_95 * math.sqrt(seen * (1 - seen) / posts) / (1 - _chance(table))
    return max(-1.0, kappa - error), min(1.0, kappa + error)


def conduct(labels: Iterable[Label]) -> list[Conduct]:
    """How every person's labels stand beside the others', for every task they labelled, by name and task.

    A person is compared with what all others say of the post, where those are of one mind. The p-values are one-sided
    by Fisher's exact test; `None` where nobody else is there to compare with.
    """
    standing = of_items(labels)
    found = []
    for task in Task:
        items = [one for (_, of), one in standing.items() if of is task]
        for by in sorted({label.by for one in items for label in one}):
            found.append(_conduct(by, task, items))
    return sorted(found, key=lambda one: (one.by, one.task))


def _conduct(by: str, task: Task, items: Sequence[Sequence[Label]]) -> Conduct:
    mine = [label for one in items for label in one if label.by == by]
    compared, differed = _beside_others(by, items)
    pairs = [one[:2] for one in items if len(one) > 1 and by not in {label.by for label in one}]
    apart = sum(one.value != other.value for one, other in pairs)
    judged, against = _beside_model(mine)
    others, of_others = _beside_model([label for one in items for label in one if label.by != by])
    return Conduct(
        by=by,
        task=task,
        labels=len(mine),
        compared=compared,
        differed=differed,
        p_differs=fisher_greater(differed, compared, apart, len(pairs)) if pairs and compared else None,
        with_model=judged,
        against_model=against,
        p_against=fisher_greater(against, judged, of_others, others) if judged and others else None,
    )


def _beside_others(by: str, items: Sequence[Sequence[Label]]) -> tuple[int, int]:
    compared = differed = 0
    for one in items:
        own = next((label for label in one if label.by == by), None)
        rest = [label for label in one if label.by != by]
        if own is None or not rest:
            continue
        held = resolve(rest)
        if held.state is State.SETTLED:
            compared += 1
            differed += held.value != own.value
    return compared, differed


def _beside_model(labels: Sequence[Label]) -> tuple[int, int]:
    judged = [label for label in labels if label.said]
    return len(judged), sum(label.corrects for label in judged)
