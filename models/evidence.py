"""Gathers what the gate decides upon: two artefacts on frozen texts, behaviours, fairness, size and speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from core.errors import ModelUnusable, SetupError
from core.gate import Behaviour, Evidence, Pair
from core.paired import Comparison
from core.snapshots import Row
from models.behaviours import NO_BAR, load_cases, pass_rates, swaps
from models.classifier import TransformerClassifier, load_classifier
from models.corrections import examples_of
from models.data import TrainingData
from models.golden import check
from models.pace import time_ratio
from models.packing import pack
from models.side_by_side import side_by_side

PACED_TEXTS: Final = 128


@dataclass(frozen=True, slots=True)
class Gathered:
    """The gate's evidence, and what a reader wants beside it."""

    evidence: Evidence
    new_by_task: tuple[Comparison, ...]
    failures: tuple[str, ...]
    """Behaviour texts that the candidate reads otherwise than a careful reader, and the champion does not."""

    def as_json(self) -> dict[str, Any]:
        """For the run's folder; `evidence_of` reads it."""
        content: dict[str, Any] = _GATHERED.dump_python(self, mode="json")
        return content


_GATHERED: Final = TypeAdapter(Gathered)


def evidence_of(content: Any) -> Evidence:
    """The evidence in what `Gathered.as_json` wrote. Raises SetupError: it is of another form."""
    try:
        return _GATHERED.validate_python(content).evidence
    except ValidationError as exc:
        raise SetupError("the evidence of this run was written by another version; delete it and run again") from exc


def gather(
    champion: Path,
    candidate: Path,
    data: TrainingData,
    rows: Sequence[Row],
    say: Callable[[str], None] = lambda _: None,
) -> Gathered:
    """Measure candidate and champion side by side.

    Args:
        champion: an artefact folder.
        candidate: another of the same labels.
        data: whose development part is frozen.
        rows: of the snapshot; those that were held back are measured on.
        say: told what is being measured.

    Raises:
        ModelUnusable: an artefact cannot be loaded.
    """
    held = [row for row in rows if row.held_back]
    known = examples_of([row for row in held if not row.is_new], data.labels)
    new = examples_of([row for row in held if row.is_new], data.labels)
    say(f"both models on {len(data.development):,} frozen texts, {len(new):,} new and {len(known):,} older labels")
    both = side_by_side(champion, candidate, data.development, known, new)
    old, young = (load_classifier(folder, device="cpu", threads=1) for folder in (champion, candidate))
    say("behaviours, fairness and speed")
    behaviours, failures = _behaviours(old, young)
    texts = [text for group, cases in load_cases().items() if group != "fairness" for text, _ in cases][:PACED_TEXTS]
    evidence = Evidence(
        both.new_labels, both.new_likelihood, both.frozen, both.slices, both.calibration, behaviours,
        _fairness(old, young), len(pack(candidate)), time_ratio(old, young, texts), _start_up_fault(young),
    )  # fmt: skip
    return Gathered(evidence, both.new_by_task, failures)


def _start_up_fault(candidate: TransformerClassifier) -> str:
    try:
        check(candidate)
    except ModelUnusable as exc:
        return str(exc)
    return ""


def _behaviours(
    champion: TransformerClassifier, candidate: TransformerClassifier
) -> tuple[tuple[Behaviour, ...], tuple[str, ...]]:
    before, after = pass_rates(champion), pass_rates(candidate)
    groups = tuple(
        Behaviour(old.group, old.cases, old.passed, young.passed, old.group not in NO_BAR)
        for old, young in zip(before, after, strict=True)
    )
    known = {text for rate in before for text in rate.failures}
    return groups, tuple(text for rate in after for text in rate.failures if text not in known)


def _fairness(champion: TransformerClassifier, candidate: TransformerClassifier) -> tuple[Pair, ...]:
    return tuple(
        Pair(f"{old.group}, {head}", old.medians[head], young.medians[head])
        for old, young in zip(swaps(champion), swaps(candidate), strict=True)
        for head in old.medians
    )
