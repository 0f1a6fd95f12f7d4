"""Adds a source to a configuration file, and leaves the rest of the file as it is written."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

import tomlkit
from tomlkit.items import AoT

from core.configuration import parse
from core.durations import format_duration
from core.errors import SetupError
from core.sources import Source


def table_of(source: Source) -> str:
    """The lines that describe a source, with nothing that its kind says already."""
    facts = source.facts
    said: dict[str, str | bool] = {
        "name": source.name,
        "kind": source.kind.value if source.kind.value != "feed" else "",
        "url": source.url if source.url != facts.url else "",
        "query": source.query,
        "key": source.key,
        "every": format_duration(timedelta(seconds=source.every_s)) if source.every_s != facts.every_s else "",
        "channel": source.channel.value if source.channel is not facts.channel else "",
        "articles": source.articles,
    }
    table = tomlkit.table()
    for name, value in said.items():
        if value:
            table.add(name, value)
    document = tomlkit.document()
    document.add("sources", AoT([table]))
    return tomlkit.dumps(document)


def added(text: str, source: Source, file: str) -> str:
    """A configuration with one source more.

    Raises:
        SetupError: the file has a fault, or would have one: the name stands already, or the source lacks something.
    """
    parse(text, file)
    lines = text.rstrip("\n")
    new = f"{lines}\n\n{table_of(source)}" if lines else table_of(source)
    if "sources" in tomlkit.parse(text):
        # after the last of them, so that they stand together
        document = tomlkit.parse(text)
        sources = document["sources"]
        if isinstance(sources, AoT):
            table = tomlkit.parse(table_of(source))["sources"][0]  # type: ignore[index]
            sources.append(table)
            new = tomlkit.dumps(document)
    parse(new, file)
    return new


def add_to(path: Path, source: Source) -> None:
    """Write a source into a file, all at once: whoever reads it meanwhile sees the old one or the new one.

    Raises:
        SetupError: it would have a fault, or cannot be written.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        new = added(text, source, str(path))
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as file:
            file.write(new)
        if path.exists():
            os.chmod(file.name, path.stat().st_mode & 0o777)
        else:
            os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except (OSError, UnicodeDecodeError) as exc:
        raise SetupError(f"{path} cannot be written: {type(exc).__name__}") from exc
