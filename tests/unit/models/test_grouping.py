"""Near-duplicates share a group; different texts do not."""

from __future__ import annotations

import pytest

from models.grouping import group

HEADLINE = "Harbor Bank reports record quarterly profit as lending grows across all regions"


@pytest.mark.parametrize(
    "other",
    [
        HEADLINE + " https://t.co/abc",
        "RT @desk: " + HEADLINE.upper(),
        HEADLINE.replace("regions", "regions!!!"),
        "BREAKING: " + HEADLINE,
    ],
)
def test_a_repost_is_in_the_group_of_its_original(other: str) -> None:
    one, same = group([HEADLINE, other])
    assert one == same


def test_a_template_with_other_figures_and_tickers_is_one_group() -> None:
    names = group(
        [
            "$ACME declares $0.25 dividend on 3 May, payable 9 June",
            "$HBNK declares $1.10 dividend on 7 May, payable 1 June",
        ]
    )
    assert names[0] == names[1]


def test_different_texts_are_different_groups() -> None:
    assert len(set(group([HEADLINE, "Oil slides as supply rises faster than demand", "so angry", "so happy"]))) == 4


def test_short_texts_group_only_when_equal() -> None:
    names = group(["thank you", "Thank you!", "thank you all"])
    assert names[0] == names[1] != names[2]


def test_names_do_not_depend_on_the_order_of_the_texts() -> None:
    texts = [HEADLINE, HEADLINE + " today", "Oil slides as supply rises faster than demand"]
    assert group(texts) == group(texts[::-1])[::-1]


def test_no_texts_are_no_groups() -> None:
    assert group([]) == []
