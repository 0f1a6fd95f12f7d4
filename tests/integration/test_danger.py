"""Danger told in words that the lexicon was not made with, and figures of speech, with the weights that ship."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import numpy as np

from core.retrieval import find
from models.classifier import load_classifier
from stream.drafting import read_playbook, shelve

ROOT = Path(__file__).parents[2]
MESSAGES = tomllib.loads((ROOT / "tests" / "danger.toml").read_text(encoding="utf-8"))["message"]
LEAST_FOUND: Final = 0.9
MOST_FALSE: Final = 1
"""Of 30 figures of speech: a person reads the draft, and a signpost too many does less harm than one too few."""


def test_danger_is_heard_by_words_or_by_likeness_and_figures_of_speech_are_not() -> None:
    reader = load_classifier(ROOT / "models" / "weights", device="cpu")
    shelf = shelve(read_playbook(), reader)
    texts = [message["text"] for message in MESSAGES]
    found = [
        find(text, scores, np.atleast_2d(row), shelf).entry
        for text, scores, row in zip(texts, reader.classify(texts), reader.embed(texts), strict=True)
    ]
    heard = [entry is not None and entry.danger for entry in found]
    danger = [bool(message["danger"]) for message in MESSAGES]
    missed = [text for text, is_danger, was_heard in zip(texts, danger, heard, strict=True) if is_danger > was_heard]
    false = [text for text, is_danger, was_heard in zip(texts, danger, heard, strict=True) if is_danger < was_heard]
    assert len(missed) <= (1 - LEAST_FOUND) * sum(danger), missed
    assert len(false) <= MOST_FALSE, false
