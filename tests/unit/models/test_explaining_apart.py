"""Explanations from a process of its own: it answers, is asked once a text, and whatever happens to it is a reason."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from core.errors import ModelUnusable
from models.apart import Child
from models.explaining_apart import ApartExplainer, Explained, Head, Word

ANSWERS = """
import sys
from core.errors import ModelUnusable
from models.apart import serve

asked = 0

def load():
    def answer(request):
        global asked
        asked += 1
        print("a library's chatter")
        if request["text"] == "die":
            raise SystemExit(3)
        if request["text"] == "refuse":
            raise ModelUnusable("out of memory")
        words = [{"word": word, "weight": 0.5, "toward": "negative"} for word in request["text"].split()]
        heads = {"sentiment": {"labels": [["negative", 0.9], ["neutral", 0.1]], "words": words}}
        entities = {name: [0.7, 0.2, 0.1] for name in request["entities"]}
        return {"model_version": f"asked {asked}", "heads": heads, "entities": entities}
    return answer

serve(load, float(sys.argv[1]) if len(sys.argv) > 1 else None)
"""


WEIGHTS = Path(__file__).parent


def made(*arguments: str) -> ApartExplainer:
    return ApartExplainer([sys.executable, "-c", ANSWERS, *arguments])


def test_a_text_is_explained_past_what_a_library_prints_and_asked_once() -> None:
    explainer = made()
    try:
        first = explainer.explain(WEIGHTS, "App down, ß", ["HRBL"])
        assert explainer.explain(WEIGHTS, "App down, ß", ["HRBL"]) is first
        assert explainer.explain(WEIGHTS, "App down, ß", []).model_version == "asked 2"
    finally:
        explainer.close()
    words = tuple(Word(word, 0.5, "negative") for word in ("App", "down,", "ß"))
    head = Head((("negative", 0.9), ("neutral", 0.1)), words)
    assert first == Explained("asked 1", {"sentiment": head}, {"HRBL": (0.7, 0.2, 0.1)})


def test_a_child_that_died_is_a_reason_and_the_next_question_starts_another() -> None:
    explainer = made()
    try:
        with pytest.raises(ModelUnusable, match="the classifier's process ended"):
            explainer.explain(WEIGHTS, "die")
        assert explainer.explain(WEIGHTS, "again").model_version == "asked 1"
    finally:
        explainer.close()


def test_what_the_model_says_against_it_is_told() -> None:
    explainer = made()
    try:
        with pytest.raises(ModelUnusable, match="out of memory"):
            explainer.explain(WEIGHTS, "refuse")
    finally:
        explainer.close()


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelUnusable, match="died"):
        ApartExplainer(["/nowhere/python"]).explain(WEIGHTS, "x")


def test_a_child_without_a_question_ends_and_the_next_one_starts_it_anew() -> None:
    child = Child([sys.executable, "-c", ANSWERS, "0.1"], "the classifier")
    request = {"text": "x", "entities": []}
    try:
        child.ask(request, 60)
        until = time.monotonic() + 60
        while child.is_running and time.monotonic() < until:
            time.sleep(0.02)
        assert not child.is_running
        assert child.ask(request, 60)["model_version"] == "asked 1"
    finally:
        child.close()


def test_weights_that_are_not_there_are_told_at_once() -> None:
    with pytest.raises(ModelUnusable, match="no folder of weights"):
        ApartExplainer(["/nowhere/python"]).explain(Path("/nowhere/weights"), "x")
