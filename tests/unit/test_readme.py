"""Every command and every setting that the README names is there."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from core.settings import Settings
from groundswell.cli import COMMANDS, build

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_every_command_and_option_in_the_readme_is_there() -> None:
    for call in re.findall(r"`groundswell ([a-z-]+[^`]*)`", README):
        name, *words = call.split()
        assert name in COMMANDS, call
        command = typer.main.get_command(build([name])).commands[name]
        if hasattr(command, "commands"):  # a group: what follows is one of its commands
            assert words, call
            assert words[0] in command.commands, call
            command = command.commands[words.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts}
        for word in words:
            assert not word.startswith("--") or word in options, call


def test_every_setting_in_the_readme_is_there() -> None:
    for name in re.findall(r"GROUNDSWELL_([A-Z_]+)", README):
        assert name.lower() in Settings.model_fields


def test_every_file_that_the_documents_link_to_is_there() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_make_target_in_the_readme_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
