"""The playbook that ships, as the worker reads it, and a shelf of it that is searched by shared words."""

from __future__ import annotations

from importlib.resources import files

from core.playbook_file import parse
from core.retrieval import examples, library
from tests.fakes import FakeClassifier

PLAYBOOK_TEXT = files("core").joinpath("playbook.toml").read_text(encoding="utf-8")
PLAYBOOK = parse(PLAYBOOK_TEXT)
SHELF = library(PLAYBOOK, FakeClassifier().embed(examples(PLAYBOOK)))
