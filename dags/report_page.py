"""Draws a retraining's report as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from core.drift import REFERENCE_DAYS
from core.gate import MOST_LOST_POINTS

TEMPLATE: Final = Path(__file__).with_suffix(".html")
GOOD: Final = ("the candidate is the champion", "the candidate passed the gate and is in shadow")
WAITING: Final = ("in training",)

ROW_PX: Final = 26
LABEL_PX: Final = 330
PLOT_PX: Final = 430
LEAST_SPAN: Final = 2.0
"""Points shown to either side at least."""


def page(report: Mapping[str, Any]) -> str:
    """The report as HTML. Everything in it that people or posts said is escaped."""
    measured = report.get("measured") or {}
    evidence = measured.get("evidence") or {}
    outcome = str(report["outcome"])
    return _template().render(
        report=report,
        evidence=evidence,
        measured=measured,
        tone="good" if outcome in GOOD else "wait" if outcome in WAITING else "bad",
        differences=differences(_compared(evidence, measured)),
        slices=differences(evidence.get("slices", []), beyond_chance=True),
        broken=[finding for finding in report.get("findings", []) if not finding["kept"]],
        advice=advice(report),
    )


def advice(report: Mapping[str, Any]) -> str:
    """The next step, for whoever reads it half awake."""
    match str(report["outcome"]):
        case "the labels are refused":
            return "Nothing was trained. Look at the labels that are named, undo or settle them, and run again."
        case "the gate refuses the candidate":
            return "Nothing has changed: the champion stays. More labels of the kind that is named, and the next run."
        case "the candidate is the champion":
            since = datetime.fromisoformat(report["started_at"]).date() - timedelta(days=REFERENCE_DAYS)
            return (
                "Workers take it up between two batches. If it does harm: groundswell models rollback --why … Drift"
                " compares its labels with its own from its fifth week on; so that it does at once, let it judge the"
                f" weeks before: groundswell rescore --since {since}"
            )
        case "the candidate passed the gate and is in shadow":
            return "It scores beside the champion and decides nothing; the next step promotes or refuses it."
        case "the candidate is refused after its time in shadow":
            return "Nothing has changed: the champion stays. The dashboard shows the posts on which they differ."
        case _:
            return "Wait: the run has not ended."


def differences(comparisons: Sequence[Mapping[str, Any]], *, beyond_chance: bool = False) -> Markup:
    """A picture: for each set the difference with its interval, the bar of the gate, and zero.

    Args:
        comparisons: each with name, n, both scores, low and high.
        beyond_chance: a loss is drawn as one only where its whole interval lies below zero.
    """
    if not comparisons:
        return Markup("")
    span = max([LEAST_SPAN, *(100 * abs(one[key]) for one in comparisons for key in ("low", "high"))]) * 1.05
    height = ROW_PX * len(comparisons) + 40

    def x(points: float) -> float:
        return LABEL_PX + PLOT_PX * (points + span) / (2 * span)

    parts = [
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="Differences in points">').format(
            LABEL_PX + PLOT_PX + 90, height
        ),
        Markup('<rect class="lost" x="{:.1f}" y="0" width="{:.1f}" height="{}"/>').format(
            LABEL_PX, x(-MOST_LOST_POINTS) - LABEL_PX, height - 34
        ),
        Markup('<line class="zero" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(x(0), height - 34),
    ]
    for number, one in enumerate(comparisons):
        parts.append(_row(one, x, ROW_PX * number + ROW_PX / 2 + 2, beyond_chance))
    for tick in sorted({0.0, *(float(tick) for tick in _ticks(span))}):
        parts.append(
            Markup('<text class="tick" x="{:.1f}" y="{}">{}</text>').format(
                x(tick), height - 18, f"{tick:+g}" if tick else "0"
            )
        )
    parts.append(
        Markup('<text class="tick" x="{:.1f}" y="{}">points, candidate minus champion, 95 %</text></svg>').format(
            x(0), height - 3
        )
    )
    return Markup("").join(parts)


def _row(one: Mapping[str, Any], x: Any, y: float, beyond_chance: bool) -> Markup:
    points = round(100 * (one["candidate"] - one["champion"]), 6)
    lost = points < -MOST_LOST_POINTS and (one["high"] < 0 or not beyond_chance)
    tone = "worse" if lost else "better" if one["low"] > 0 else "same"
    return Markup(
        '<text class="name" x="{:.1f}" y="{:.1f}">{} (n = {:,})</text>'
        '<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>'
        '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4.5"/><text class="value" x="{:.1f}" y="{:.1f}">{:+.1f}</text>'
    ).format(
        LABEL_PX - 12, y + 4, one["name"], one["n"], tone, x(100 * one["low"]), x(100 * one["high"]), y, y, tone,
        x(points), y, LABEL_PX + PLOT_PX + 12, y + 4, points,
    )  # fmt: skip


def _ticks(span: float) -> list[float]:
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100) if span / size <= 4)
    return [sign * step * n for n in range(1, int(span / step) + 1) for sign in (-1, 1)]


def _compared(evidence: Mapping[str, Any], measured: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """New labels first: they are what the run is about."""
    new = [evidence["new_labels"]] if evidence.get("new_labels") else []
    tasks = [one | {"name": f"new labels, {one['name']}"} for one in measured.get("new_by_task", [])]
    return [*new, *(tasks if len(tasks) > 1 else []), *evidence.get("frozen", [])]


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["points"] = lambda one: f"{100 * (one['candidate'] - one['champion']):+.1f}"
    environment.filters["interval"] = lambda one: f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}"
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
