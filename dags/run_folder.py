"""The folder of one retraining: what each step leaves for the next, each file whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core.errors import SetupError
from core.snapshots import Row, as_json

ROOT: Final = "retraining"
"""Within the data folder."""
RUN: Final = "run.json"
SNAPSHOT: Final = "snapshot.jsonl"
VALIDATION: Final = "validation.json"
EVIDENCE: Final = "evidence.json"
REPORT: Final = "report.json"
PAGE: Final = "report.html"
CANDIDATE: Final = "candidate"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder, named by its snapshot."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def candidate(self) -> Path:
        """The candidate's artefact, once it is trained."""
        return self.path / CANDIDATE

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def read(self, name: str) -> Any:
        """The content of a JSON file. Raises SetupError: it is not there; an earlier step did not end."""
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise SetupError(f"{self.path} has no readable {name}; run the retraining again from its start") from exc

    def sha256(self, name: str) -> str:
        """The checksum of a file that is there, in hexadecimal digits."""
        return hashlib.sha256((self.path / name).read_bytes()).hexdigest()

    def write(self, name: str, content: Any) -> None:
        """A JSON file, whole or not at all."""
        self.write_text(name, json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """A file, whole or not at all. Raises SetupError: it cannot be written."""
        part = self.path / f"{name}.part"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8")
            os.replace(part, self.path / name)
        except OSError as exc:
            raise SetupError(f"{self.path / name} cannot be written: {exc.strerror}") from exc

    def write_rows(self, rows: Sequence[Row]) -> None:
        """The snapshot, one JSON line a label."""
        lines = [json.dumps(as_json(row), ensure_ascii=False) for row in rows]
        self.write_text(SNAPSHOT, "".join(f"{line}\n" for line in lines))

    def read_lines(self) -> list[Any]:
        """The snapshot's lines; one that is no JSON is `None`. Raises SetupError: there is none."""
        try:
            text = (self.path / SNAPSHOT).read_text(encoding="utf-8")
        except OSError as exc:
            raise SetupError(f"{self.path} has no {SNAPSHOT}; run the retraining again from its start") from exc
        return [_parsed(line) for line in text.split("\n") if line.strip()]


def runs(data_dir: Path) -> list[RunFolder]:
    """All runs, the newest first."""
    folders = [RunFolder(path.parent) for path in (data_dir / ROOT).glob(f"*/{RUN}")]
    return sorted(folders, key=lambda run: str(run.read(RUN)["started_at"]), reverse=True)


def last_run(data_dir: Path) -> tuple[datetime, datetime | None] | None:
    """When the last run began, and the time of the newest label that it saw; `None` before the first."""
    found = runs(data_dir)
    if not found:
        return None
    run = found[0].read(RUN)
    until = run["until"]
    return datetime.fromisoformat(run["started_at"]), None if until is None else datetime.fromisoformat(until)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
