"""What a retraining came to, as one JSON object and one page; each step adds what it knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from core.gate import Decision
from core.validation import Validation
from dags import run_folder
from dags.report_page import page
from dags.run_folder import RunFolder


class Outcome(StrEnum):
    """How far a run came."""

    TRAINING = "in training"
    UNFIT = "the labels are refused"
    REFUSED = "the gate refuses the candidate"
    PASSED = "the candidate passed the gate and is in shadow"
    PROMOTED = "the candidate is the champion"
    REFUSED_AFTER_SHADOW = "the candidate is refused after its time in shadow"


Report = dict[str, Any]


def begun(run: RunFolder) -> Report:
    """The report as far as it was written, or its beginning."""
    if run.has(run_folder.REPORT):
        report: Report = run.read(run_folder.REPORT)
        return report
    about = run.read(run_folder.RUN)
    return {key: about[key] for key in ("id", "why", "started_at", "champion", "plan")} | {
        "outcome": Outcome.TRAINING.value,
        "reasons": [],
        "candidate": None,
    }


def with_validation(report: Report, found: Validation) -> Report:
    """With the labels: how many of what, by whom, and what is wrong with them."""
    rows = found.rows
    new = [row for row in rows if row.is_new]
    people = Counter(vote.by for row in new for vote in row.votes)
    return report | {
        "labels": {
            "settled": len(rows),
            "new": len(new),
            "held_back": sum(row.held_back for row in new),
            "left_out": len(found.left_out),
            "people": dict(people.most_common()),
            "tasks": {
                task: dict(Counter(name for row in new if row.task == task for name in row.value).most_common())
                for task in sorted({row.task for row in new})
            },
        },
        "faults": [asdict(fault) for fault in found.faults],
    }


def with_decision(report: Report, decision: Decision, measured: Report) -> Report:
    """With what the gate asked, what it found, and what was measured."""
    return report | {"findings": [asdict(finding) for finding in decision.findings], "measured": measured}


def with_outcome(report: Report, outcome: Outcome, reasons: Sequence[str]) -> Report:
    """With how it ended."""
    return report | {"outcome": outcome.value, "reasons": list(reasons)}


def write(run: RunFolder, report: Report) -> None:
    """Leave the report in the run's folder, as JSON and as a page."""
    run.write(run_folder.REPORT, report)
    run.write_text(run_folder.PAGE, page(report))
