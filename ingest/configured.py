"""Reads `groundswell.toml` from the disk, for every program the same."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

from core.configuration import FILE, Configuration, parse
from core.errors import SetupError
from core.settings import Settings


def find_file(path: str) -> Path | None:
    """The file at a path; where the path is empty, the one in the working folder, if there is one."""
    if path:
        return Path(path).expanduser()
    here = Path(FILE)
    return here if here.is_file() else None


def read_configuration(path: str = "") -> Configuration:
    """The configuration at a path; what no file says is as it is without one.

    Raises:
        SetupError: the file is missing, or one line for each of its faults.
    """
    file = find_file(path)
    if file is None:
        return Configuration()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SetupError(f"cannot read the configuration {file}: {type(exc).__name__}") from exc
    return parse(text, str(file))


def environment() -> dict[str, str]:
    """Where sources' keys are: the environment, and .env beside the settings that are read there."""
    written = dotenv_values(".env") if Path(".env").is_file() else {}
    return {name: value for name, value in written.items() if value is not None} | dict(os.environ)


def configured(settings: Settings) -> tuple[Settings, Configuration]:
    """The settings, with the file's sources where they name none, and the file itself. Raises SetupError."""
    found = read_configuration(settings.config)
    if settings.sources or not found.sources:
        return settings, found
    return settings.model_copy(update={"sources": found.written_sources()}), found
