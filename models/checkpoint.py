"""The state of an unfinished training run, so that a killed run continues where its last checkpoint stands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import SetupError

FILE = "checkpoint.pt"


@dataclass(slots=True)
class Position:
    """How far a run is."""

    epoch: int = 0
    batch: int = 0
    """Batches of this epoch that are done."""
    step: int = 0
    elapsed_s: float = 0.0


def save(folder: Path, signature: str, position: Position, state: dict[str, Any]) -> None:
    """Write the checkpoint whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    where = [position.epoch, position.batch, position.step, position.elapsed_s]
    torch.save({"signature": signature, "position": where, "state": state}, folder / f"{FILE}.part")
    os.replace(folder / f"{FILE}.part", folder / FILE)


def load(folder: Path, signature: str) -> tuple[Position, dict[str, Any]] | None:
    """The checkpoint in the folder, or `None` when there is none.

    Raises:
        SetupError: it belongs to other data or other settings, or cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        epoch, batch, step, elapsed_s = content["position"]
        belongs = content["signature"] == signature
    except Exception as exc:  # torch raises what its unpickler or zip reader raises
        raise SetupError(f"{path} cannot be read; delete it to start the training anew") from exc
    if not belongs:
        raise SetupError(f"{path} is of a run with other data or settings; delete it or choose another output folder")
    return Position(epoch, batch, step, elapsed_s), content["state"]


def remove(folder: Path) -> None:
    """Forget the checkpoint of a finished run."""
    (folder / FILE).unlink(missing_ok=True)
