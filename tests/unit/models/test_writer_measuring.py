"""The figures of worded replies, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.plans import Plan
from core.writing import plan_reply
from models.writer_measuring import NAMES, Worded, body, distinct, figures, settled, table
from tests.builders import make_post, make_scores
from tests.playbook import PLAYBOOK

MESSAGE = "my card fails"


def plan(entry: str = "card_not_working") -> Plan:
    post = make_post("1", channel="customer", text=MESSAGE)
    return plan_reply(post, make_scores(), PLAYBOOK.named[entry], (), PLAYBOOK)


def test_the_plan_beside_itself_is_a_perfect_copy() -> None:
    one = settled(MESSAGE, body(plan().text, plan()), plan(), plan().text)

    found = figures([one], seconds=3.0)

    assert found["bleu"] == pytest.approx(100.0)
    assert found["rouge_l"] == pytest.approx(1.0)
    assert (found["refused"], found["findings"], found["new"], found["asks"]) == (0, 0, 0, 1)
    assert found["seconds"] == 3.0


def test_a_refused_text_is_counted_and_what_is_ready_is_the_plan() -> None:
    one = settled(MESSAGE, "", plan(), "We will refund you.")

    assert one.ready == plan().text
    found = figures([one, settled(MESSAGE, "", plan(), plan().text)], seconds=1.0)
    assert (found["refused"], found["findings"]) == (0.5, 0)
    assert "bleu" not in found


def test_an_abstained_draft_counts_as_one_and_as_nothing_else() -> None:
    none = Worded(MESSAGE, "", None, "", (), "")

    assert figures([none], 1.0) == {"n": 1, "abstains": 1.0}
    assert figures([none, settled(MESSAGE, "", plan(), plan().text)], 1.0)["abstains"] == 0.5


def test_a_page_and_a_question_that_were_left_out_are_seen() -> None:
    bare = replace(plan(), links=("Cards",))

    found = figures([settled(MESSAGE, "", bare, "I'm sorry.")], 1.0)

    assert (found["page"], found["asks"], found["new"]) == (0, 0, 1)


def test_distinct_counts_word_pairs_of_all_texts_together() -> None:
    assert distinct(["a b c", "a b d"]) == pytest.approx(3 / 4)
    assert distinct([]) == 0.0


def test_a_table_has_a_row_for_every_figure_that_was_told() -> None:
    text = table({"template": {"n": 2, "abstains": 0.5}, "local": {"n": 2, "abstains": 0.0, "bleu": 12.34}})

    assert text.splitlines()[0] == "| | template | local |"
    assert f"| {NAMES['bleu']} |  | 12.3 |" in text
    assert NAMES["rouge_l"] not in text
