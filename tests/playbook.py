"""The playbook that ships, as the worker reads it."""

from __future__ import annotations

from importlib.resources import files

from core.playbook import parse

PLAYBOOK_TEXT = files("core").joinpath("playbook.toml").read_text(encoding="utf-8")
PLAYBOOK = parse(PLAYBOOK_TEXT)
