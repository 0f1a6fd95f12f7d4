"""Whether a retrained model may replace the champion: better on what people corrected, and worse at nothing.

Every rule gives one finding, kept or broken, with its figures; a candidate is promoted when none is broken. A rule that
could not be measured is broken: what was not looked at has not been shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp
from typing import Final

from core.paired import LEAST_SLICE, Comparison

MOST_LOST_POINTS: Final = 0.5
"""On any frozen set, whatever chance says; on a slice of at least `LEAST_SLICE` texts, beyond chance. Of 200 texts one
is half a point: two models that differ on 2 % of them lose as much on some of thirty slices, whichever is better."""
CHANCE: Final = 0.025
"""Probability, over all slices together, with which one of them refuses a candidate that lost nothing."""
MOST_CALIBRATION_ERROR: Final = 0.04
BEHAVIOURS_PASSED: Final = 0.9
"""Share of a group's texts; the champion's own number, if that is less."""
BEHAVIOURS_LOST: Final = 1
"""Texts of a group that a candidate below that share may lose against the champion: a group has about 20, and one text
more or less is chance."""
MOST_MOVED: Final = 0.05
"""Median move of a probability when only the person changes."""
MOVED_MORE: Final = 0.005
"""By which a candidate beyond that may exceed the champion's own median: a tenth of the bar."""
MOST_BYTES: Final = 8_000_000
SLOWEST: Final = 1.1
"""Of the champion's time for the same texts."""


class Rule(StrEnum):
    """What the gate asks."""

    NEW_LABELS = "better on the new labels"
    FROZEN_SET = "no worse on a frozen set"
    SLICE = "no worse on a slice"
    CALIBRATION = "its probabilities mean what they say"
    BEHAVIOUR = "behaves as a careful reader would"
    FAIRNESS = "does not care who speaks"
    SIZE = "small"
    SPEED = "fast"
    START_UP = "workers would take it up"
    SHADOW = "says the same of most live posts"


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both models."""

    name: str
    champion: float
    candidate: float


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Texts of one group that a careful reader would read the same way, out of `cases`."""

    group: str
    cases: int
    champion: int
    candidate: int
    has_bar: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of both models, side by side."""

    new_labels: Comparison | None
    """Macro-F1 on labels that neither model was trained on; `None` where there are none."""
    new_likelihood: Comparison | None = None
    """The log-likelihood on the same ones."""
    frozen: tuple[Comparison, ...] = ()
    slices: tuple[Comparison, ...] = ()
    calibration: tuple[Pair, ...] = ()
    """Expected calibration error by head."""
    behaviours: tuple[Behaviour, ...] = ()
    fairness: tuple[Pair, ...] = ()
    """Median move of the probability that moves most, by kind of person and head."""
    size_bytes: int = 0
    """Of the candidate's artefact."""
    speed_ratio: float = 0.0
    """The candidate's time for the same texts, over the champion's; 0 where it was not measured."""
    start_up_fault: str = ""
    """Why a worker would refuse it, by the texts that every worker asks first; empty where none would."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one place."""

    rule: Rule
    kept: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the candidate may replace the champion, and why."""

    promote: bool
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Of a refusal: the broken rules. Of a promotion: what was gained."""
        if self.promote:
            return tuple(one.sentence for one in self.findings if one.rule in (Rule.NEW_LABELS, Rule.SHADOW))
        return tuple(one.sentence for one in self.findings if not one.kept)


def decide(evidence: Evidence) -> Decision:
    """Hold the evidence against every rule."""
    findings = (
        _new_labels(evidence.new_labels, evidence.new_likelihood),
        *_frozen(evidence.frozen),
        *_slices([one for one in evidence.slices if one.n >= LEAST_SLICE]),
        *_calibration(evidence.calibration),
        *_behaviours(evidence.behaviours),
        *_fairness(evidence.fairness),
        _size(evidence.size_bytes),
        _speed(evidence.speed_ratio),
        _start_up(evidence.start_up_fault),
    )
    return Decision(all(finding.kept for finding in findings), findings)


def _new_labels(found: Comparison | None, likelihood: Comparison | None) -> Finding:
    """Macro-F1 says what a reader sees, and the likelihood whether it is chance: a hundred texts tell it far sooner."""
    if found is None or likelihood is None:
        return Finding(Rule.NEW_LABELS, False, "no new label was held back to measure on")
    ratio, low, high = (exp(value) for value in (likelihood.difference, likelihood.low, likelihood.high))
    sentence = (
        f"on {found.n:,} new labels that neither model has seen, {_scores(found)}, and what people said has"
        f" {ratio:.2f} times the probability ({low:.2f} to {high:.2f})"
    )
    if likelihood.low <= 0:
        return Finding(Rule.NEW_LABELS, False, f"{sentence}: not better by more than chance")
    if found.difference <= 0:
        return Finding(Rule.NEW_LABELS, False, f"{sentence}: surer, but no more of them are right")
    return Finding(Rule.NEW_LABELS, True, f"{sentence}: better by more than chance")


def _frozen(found: tuple[Comparison, ...]) -> tuple[Finding, ...]:
    if not found:
        return (Finding(Rule.FROZEN_SET, False, "no frozen set was measured"),)
    return tuple(
        Finding(
            Rule.FROZEN_SET,
            one.points >= -MOST_LOST_POINTS,
            f"on {one.name} (n = {one.n:,}), {_scores(one)}"
            + ("" if one.points >= -MOST_LOST_POINTS else f": at most {MOST_LOST_POINTS:g} may be lost"),
        )
        for one in found
    )


def _slices(found: Sequence[Comparison]) -> list[Finding]:
    return [_slice(one, CHANCE / len(found)) for one in found]


def _slice(one: Comparison, bar: float) -> Finding:
    sentence = f"on {one.name} (n = {one.n:,}), {_scores(one)}"
    if one.points >= -MOST_LOST_POINTS:
        return Finding(Rule.SLICE, True, sentence)
    if one.chance_of_loss < bar:
        return Finding(Rule.SLICE, False, f"{sentence}: at most {MOST_LOST_POINTS:g} may be lost, and it is no chance")
    return Finding(Rule.SLICE, True, f"{sentence}: a loss that chance could make (p = {one.chance_of_loss:.2g})")


def _scores(one: Comparison) -> str:
    interval = f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
    return f"{one.score} went from {one.champion:.3f} to {one.candidate:.3f}, {one.points:+.1f} points ({interval})"


def _calibration(pairs: tuple[Pair, ...]) -> tuple[Finding, ...]:
    if not pairs:
        return (Finding(Rule.CALIBRATION, False, "calibration was not measured"),)
    return tuple(
        Finding(
            Rule.CALIBRATION,
            one.candidate <= max(MOST_CALIBRATION_ERROR, one.champion),
            f"{one.name}'s calibration error went from {one.champion:.3f} to {one.candidate:.3f}"
            f" (at most {MOST_CALIBRATION_ERROR:g}, or the champion's)",
        )
        for one in pairs
    )


def _behaviours(groups: tuple[Behaviour, ...]) -> tuple[Finding, ...]:
    if not groups:
        return (Finding(Rule.BEHAVIOUR, False, "the behaviour texts were not run"),)
    return tuple(
        Finding(
            Rule.BEHAVIOUR,
            not one.has_bar or one.candidate >= min(BEHAVIOURS_PASSED * one.cases, one.champion - BEHAVIOURS_LOST),
            f"{one.group}: {one.candidate} of {one.cases} texts, the champion {one.champion}"
            + ("" if one.has_bar else " (no bar)"),
        )
        for one in groups
    )


def _fairness(pairs: tuple[Pair, ...]) -> tuple[Finding, ...]:
    if not pairs:
        return (Finding(Rule.FAIRNESS, False, "fairness was not measured"),)
    return tuple(
        Finding(
            Rule.FAIRNESS,
            one.candidate <= max(MOST_MOVED, one.champion + MOVED_MORE),
            f"with other {one.name} move by {one.candidate:.3f} in the median, the champion's by {one.champion:.3f}"
            f" (at most {MOST_MOVED:g}, or the champion's)",
        )
        for one in pairs
    )


def _size(size_bytes: int) -> Finding:
    return Finding(
        Rule.SIZE,
        0 < size_bytes <= MOST_BYTES,
        f"the artefact has {size_bytes / 1e6:.1f} MB (at most {MOST_BYTES / 1e6:g})",
    )


def _speed(ratio: float) -> Finding:
    if ratio <= 0:
        return Finding(Rule.SPEED, False, "speed was not measured")
    return Finding(
        Rule.SPEED, ratio <= SLOWEST, f"it takes {ratio:.2f} times the champion's time (at most {SLOWEST:g} times)"
    )


def _start_up(fault: str) -> Finding:
    said = f"workers would refuse it: {fault}" if fault else "it gets the texts right that every worker asks first"
    return Finding(Rule.START_UP, not fault, said)


SHADOW_POSTS: Final = 200
"""Posts that a shadow must have scored before its disagreement says anything."""
MOST_DISAGREED: Final = 0.25
"""Share of the live posts on which one head may say something else than the champion. A retraining corrects some per
cent of the posts; what changes a quarter of them is another model, and people should look at it first."""


def decide_after_shadow(posts: int, disagreed: Mapping[str, int]) -> Decision:
    """Whether a candidate that passed the gate also holds on live posts.

    Args:
        posts: that both models scored.
        disagreed: by head, those on which they differ.
    """
    if posts < SHADOW_POSTS:
        sentence = f"only {posts:,} live posts were scored by both models; from {SHADOW_POSTS} on they are judged"
        return Decision(True, (Finding(Rule.SHADOW, True, sentence),))
    findings = tuple(
        Finding(
            Rule.SHADOW,
            count <= MOST_DISAGREED * posts,
            f"{head} differs on {count:,} of {posts:,} live posts, {count / posts:.1%} (at most {MOST_DISAGREED:.0%})",
        )
        for head, count in disagreed.items()
    )
    return Decision(all(finding.kept for finding in findings), findings)
