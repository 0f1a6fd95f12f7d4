"""Holds a run's snapshot against training data, test texts and champion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.leakage import TestTexts
from core.validation import Validation, read_rows, validate
from dags.run_folder import RunFolder
from models.behaviours import load_cases
from models.classifier import load_classifier
from models.continuing import base_data
from models.corrections import label_shares
from models.data import Example
from models.replaying import replayed
from models.second_look import opinions

COMPARED = 20_000
"""Training rows from which the nearest texts are taken; of every task its share."""


def validated(run: RunFolder, champion: Path, data_folder: Path | None, least_new: int) -> Validation:
    """What becomes of a run's snapshot.

    Args:
        run: with its snapshot.
        champion: artefact folder.
        data_folder: of the training data.
        least_new: labels that must be new.

    Raises:
        SetupError: there is no training data, or it is not the champion's.
        ModelUnusable: the champion cannot be loaded.
    """
    rows, faults = read_rows(run.read_lines())
    if faults:
        return Validation((), (), tuple(faults))
    data = base_data(data_folder, champion)
    tests = TestTexts(test_texts(data.development))
    new = [place for place, row in enumerate(rows) if row.is_new and tests.set_of(row.text) is None]
    classifier = load_classifier(champion, device="cpu", threads=1)
    base = replayed(data.train, COMPARED, run.name)
    seconds = opinions(classifier, [rows[place] for place in new], base)
    return validate(
        rows,
        labels=data.labels,
        base=label_shares(data.train, data.labels),
        test_set_of=tests.set_of,
        opinions={new[at]: opinion for at, opinion in seconds.items()},
        least_new=least_new,
    )


def test_texts(development: Sequence[Example]) -> Iterator[tuple[str, str]]:
    """Every text that models are tested on, with its set's name."""
    yield from ((example.dataset, example.text) for example in development)
    for group, cases in load_cases().items():
        if group != "fairness":
            yield from (("behaviours", text) for text, _ in cases)


test_texts.__test__ = False  # type: ignore[attr-defined]
