"""How far the scorer of empathy agrees with a person's labels, on replies that no rule was chosen by."""

from __future__ import annotations

import tomllib
from dataclasses import astuple
from pathlib import Path
from typing import Final

import pytest

from core.empathy import score, weighted_kappa

ROWS = tomllib.loads((Path(__file__).parents[2] / "empathy.toml").read_text(encoding="utf-8"))["reply"]
HELD_OUT = ROWS[1::2]
SCALES: Final = ("reaction", "interpretation", "exploration")


@pytest.mark.parametrize("scale", range(3), ids=SCALES)
def test_the_scorer_agrees_with_labels_that_it_was_not_made_with(scale: int) -> None:
    ours = [astuple(score("", reply))[scale] for *_, reply in HELD_OUT]
    labels = [row[scale] for row in HELD_OUT]
    kappa = weighted_kappa(ours, labels)
    right = sum(one == other for one, other in zip(ours, labels, strict=True)) / len(labels)
    print(f"{SCALES[scale]}: {len(labels)} replies, weighted kappa {kappa:.3f}, accuracy {right:.3f}")
    assert kappa >= 0.8
    assert right >= 0.9


def test_the_labels_use_every_level_of_every_scale() -> None:
    assert len(HELD_OUT) >= 75
    assert all({row[scale] for row in HELD_OUT} == {0, 1, 2} for scale in range(3))


def test_what_only_repeats_the_message_is_no_understanding() -> None:
    said = "it is frightening to see an empty account on payday"
    assert score("", f"Yes, {said}.").interpretation == 2
    assert score(f"Honestly {said}", f"Yes, {said}.").interpretation == 0


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("", (0, 0, 0)),
        ("I'm sorry.", (1, 0, 0)),
        ("I’m so sorry.", (2, 0, 0)),
        ("Are you angry?", (0, 0, 2)),
        ("I am sad to lose you as a customer.", (2, 0, 0)),
        ("Would you mind telling us the name of the shop?", (0, 0, 2)),
    ],
)
def test_plain_cases(reply: str, expected: tuple[int, int, int]) -> None:
    assert astuple(score("", reply)) == expected


def test_kappa_is_one_for_agreement_nothing_for_chance_and_negative_for_the_opposite() -> None:
    assert weighted_kappa([0, 1, 2], [0, 1, 2]) == 1.0
    assert weighted_kappa([0, 0, 2, 2], [0, 2, 0, 2]) == 0.0
    assert weighted_kappa([0, 2], [2, 0]) == -1.0
