"""A writer in a process of its own: it answers, and whatever happens to it is a reason and not a hang."""

from __future__ import annotations

import sys

import pytest

from core.errors import ModelUnusable
from core.plans import Plan
from core.writing import plan_reply
from models.writer_apart import AGAIN_AFTER_S, ApartWriter
from tests.builders import make_post, make_scores
from tests.playbook import PLAYBOOK

ANSWERS = """
from core.errors import ModelUnusable
from models.writer_apart import serve

class Upper:
    name = "upper"
    def write(self, plans, messages):
        print("a library's chatter")
        if messages[0] == "die":
            raise SystemExit(3)
        if messages[0] == "refuse":
            raise ModelUnusable("out of memory")
        return [f"{plan.entry} {message.upper()}" for plan, message in zip(plans, messages)]

serve(Upper)
"""
CANNOT_LOAD = """
from core.errors import ModelUnusable
from models.writer_apart import serve

def load():
    raise ModelUnusable("the package is not installed")

serve(load)
"""


def plan() -> Plan:
    post = make_post("1", channel="customer", text="my card fails")
    return plan_reply(post, make_scores(), PLAYBOOK.named["card_not_working"], (), PLAYBOOK)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_plans_go_out_and_texts_come_back_past_what_a_library_prints() -> None:
    writer = ApartWriter("upper", [sys.executable, "-c", ANSWERS])
    try:
        first = writer.write([plan(), plan()], ["one", "zwei ß"])
        again = writer.write([plan()], ["three"])
    finally:
        writer.close()

    assert first == ["card_not_working ONE", "card_not_working ZWEI SS"]
    assert again == ["card_not_working THREE"]


def test_a_child_that_dies_is_a_reason_and_is_started_anew_after_a_while() -> None:
    clock = Clock()
    writer = ApartWriter("upper", [sys.executable, "-c", ANSWERS], clock)
    try:
        with pytest.raises(ModelUnusable, match="ended"):
            writer.write([plan()], ["die"])
        with pytest.raises(ModelUnusable, match="ended"):
            writer.write([plan()], ["too early"])
        clock.now_s = AGAIN_AFTER_S
        assert writer.write([plan()], ["later"]) == ["card_not_working LATER"]
    finally:
        writer.close()


def test_what_the_model_says_against_it_is_told() -> None:
    writer = ApartWriter("upper", [sys.executable, "-c", ANSWERS])
    with pytest.raises(ModelUnusable, match="out of memory"):
        writer.write([plan()], ["refuse"])


def test_a_model_that_cannot_load_is_told_with_its_reason() -> None:
    with pytest.raises(ModelUnusable, match="not installed"):
        ApartWriter("x", [sys.executable, "-c", CANNOT_LOAD]).write([plan()], ["x"])


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelUnusable, match="died"):
        ApartWriter("x", ["/nowhere/python"]).write([plan()], ["x"])


def test_no_child_is_started_for_no_plan() -> None:
    assert ApartWriter("x", ["/nowhere/python"]).write([], []) == []
