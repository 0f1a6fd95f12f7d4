"""Whether a snapshot of labels is fit to learn from; each refusal says what is wrong with it, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.label_noise import CHANCE, LEAST_LABELS, MOST_CONTRADICTED, Opinion, contradicted, deviations, gone_wrong
from core.snapshots import Row, row_of

LEAST_HELD_BACK: Final = 20
"""New labels to test on: on fewer, no gain is beyond chance."""
ONE_SIDED: Final = 0.9
"""Share of a task's new labels that one label may hold, if it is rarer in the training data."""
LEAST_FOR_BALANCE: Final = 30
LEAKS_BY_CHANCE: Final = 0.02
"""Share of the labels that may repeat a test text: people do repost. More have been put there."""
LEAKS_ALWAYS: Final = 3
"""However small the batch."""


class Check(StrEnum):
    """What is looked at."""

    SCHEMA = "schema"
    LABELS = "unknown labels"
    ENOUGH = "too few"
    BALANCE = "class balance"
    LEAKAGE = "test texts"
    NOISE = "label noise"
    ANALYST = "one person's labels"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a snapshot is refused."""

    check: Check
    sentence: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What became of a snapshot: the rows to learn from, or why none are."""

    rows: tuple[Row, ...]
    """Without those that repeat a test text."""
    left_out: tuple[str, ...]
    """`post_id` of those."""
    faults: tuple[Fault, ...]

    @property
    def is_fit(self) -> bool:
        return not self.faults


def read_rows(lines: Sequence[Any]) -> tuple[list[Row], list[Fault]]:
    """The rows of a snapshot's file, and one fault for all lines that are none."""
    rows: list[Row] = []
    broken: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(row_of(line))
        except ValueError as exc:
            broken.append(f"line {number}: {exc}")
    if not broken:
        return rows, []
    sentence = f"{len(broken)} of {len(lines)} lines are no labels ({broken[0]}); export the snapshot anew"
    return rows, [Fault(Check.SCHEMA, sentence)]


def validate(
    rows: Sequence[Row],
    *,
    labels: Mapping[str, Sequence[str]],
    base: Mapping[str, Mapping[str, float]],
    test_set_of: Callable[[str], str | None],
    opinions: Mapping[int, Opinion],
    least_new: int,
) -> Validation:
    """Look at everything, and name every fault at once.

    Args:
        rows: of the snapshot.
        labels: those that the model knows, by task.
        base: by task, the share of each label in the training data.
        test_set_of: the test set that holds nearly a text, or `None`.
        opinions: by place in `rows`.
        least_new: labels that must be new.
    """
    leaks = {place: name for place, row in enumerate(rows) if (name := test_set_of(row.text)) is not None}
    new = [place for place, row in enumerate(rows) if row.is_new and place not in leaks]
    fresh = [rows[place] for place in new]
    of_fresh = {at: opinions[place] for at, place in enumerate(new) if place in opinions}
    faults = [
        *_unknown(rows, labels),
        *_too_few(fresh, least_new),
        *_one_sided(fresh, base),
        *_leaks(rows, leaks),
        *_noise(fresh, of_fresh),
        *_analysts(fresh, of_fresh),
    ]
    kept = tuple(row for place, row in enumerate(rows) if place not in leaks)
    return Validation(kept, tuple(rows[place].post_id for place in leaks), tuple(faults))


def _unknown(rows: Sequence[Row], labels: Mapping[str, Sequence[str]]) -> list[Fault]:
    strange = Counter((row.task, name) for row in rows for name in row.value if name not in labels.get(row.task, ()))
    if not strange:
        return []
    (task, name), count = strange.most_common(1)[0]
    return [
        Fault(
            Check.LABELS,
            f"{strange.total()} labels are none that the model knows, {name[:40]!r} of {task} first of all ({count}"
            " times); undo or rename them",
        )
    ]


def _too_few(fresh: Sequence[Row], least_new: int) -> list[Fault]:
    held = sum(row.held_back for row in fresh)
    if len(fresh) < least_new:
        return [Fault(Check.ENOUGH, f"{len(fresh)} new labels are settled, and {least_new} are asked for; label more")]
    if held < LEAST_HELD_BACK:
        return [
            Fault(
                Check.ENOUGH,
                f"of {len(fresh)} new labels {held} are held back to test on, and {LEAST_HELD_BACK} are needed; label"
                " more, and other texts than near-duplicates of each other",
            )
        ]
    return []


def _one_sided(fresh: Sequence[Row], base: Mapping[str, Mapping[str, float]]) -> list[Fault]:
    faults = []
    for task in sorted({row.task for row in fresh}):
        values = Counter(name for row in fresh if row.task == task for name in row.value)
        count = sum(row.task == task for row in fresh)
        if count < LEAST_FOR_BALANCE or not values:
            continue
        name, most = values.most_common(1)[0]
        usual = base.get(task, {}).get(name, 0.0)
        if most / count > ONE_SIDED > usual:
            faults.append(
                Fault(
                    Check.BALANCE,
                    f"{most / count:.0%} of {count} new labels of {task} are {name!r}, in the training data"
                    f" {usual:.0%}: a model would learn to say that; label others as well",
                )
            )
    return faults


def _leaks(rows: Sequence[Row], leaks: Mapping[int, str]) -> list[Fault]:
    if len(leaks) <= max(LEAKS_ALWAYS, LEAKS_BY_CHANCE * len(rows)):
        return []
    name, count = Counter(leaks.values()).most_common(1)[0]
    return [
        Fault(
            Check.LEAKAGE,
            f"{len(leaks)} of {len(rows)} labelled texts are nearly texts that models are tested on, {count} of them"
            f" of the set {name}: a model that learnt them would prove nothing; find out who brought them, and undo"
            " those labels",
        )
    ]


def _noise(fresh: Sequence[Row], opinions: Mapping[int, Opinion]) -> list[Fault]:
    faults = []
    for task in sorted({row.task for row in fresh}):
        places = [place for place, row in enumerate(fresh) if row.task == task]
        of_task = {at: opinions[place] for at, place in enumerate(places) if place in opinions}
        against, alone = contradicted([fresh[place] for place in places], of_task)
        if alone >= LEAST_LABELS and against > MOST_CONTRADICTED * alone:
            faults.append(
                Fault(
                    Check.NOISE,
                    f"{against} of {alone} new labels of {task} that one person alone stands for contradict both a sure"
                    f" model and the nearest texts, {against / alone:.0%} where at most"
                    f" {MOST_CONTRADICTED:.0%} may; have a second person look at them",
                )
            )
    return faults


def _analysts(fresh: Sequence[Row], opinions: Mapping[int, Opinion]) -> list[Fault]:
    return [
        Fault(
            Check.ANALYST,
            f"{one.by}'s labels deviate in {one.deviating} of {one.labels} cases ({one.share:.0%}), other people's in"
            f" {one.others_deviating} of {one.others_labels} ({one.others_share:.0%}); by chance that happens with"
            f" p = {one.chance:.1g} (Fisher's exact test, bar {CHANCE:g} over all people): talk to {one.by}, and"
            " undo those labels or have them settled by a third person",
        )
        for one in gone_wrong(deviations(fresh, opinions))
    ]
