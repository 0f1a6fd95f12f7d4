"""Makes an entry of the registry from an artefact folder, and enters the shipped weights where there is no champion."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from core.errors import ModelUnusable, RegistryRefused
from core.learning_ports import ModelRegistry
from core.registry import Model, State
from models.artefact import RECORD, read_description, read_json
from models.packing import pack

SHIPPED_BY: Final = "groundswell"
NOT_RECORDED: Final = "not recorded"
"""Of weights that were trained before the code's version was kept in their record."""
SHIPPED_WHY: Final = "there was no champion: the weights that ship"

log = logging.getLogger(__name__)


def describe(folder: Path, now: datetime, *, parent: str | None = None) -> tuple[Model, bytes]:
    """A candidate for the registry, and its packed artefact; the tensors are not loaded.

    Args:
        now: when it was made.
        parent: the version that its training started from.

    Raises:
        ModelUnusable: the folder is no artefact, or one of an encoder that is not the installed package's, which the
            registry does not hold.
    """
    description = read_description(folder)
    if description.encoder is not None:
        raise ModelUnusable(
            f"the model in {folder} needs the encoder of {description.encoder}, which is not in it: it can teach "
            "others, and the registry does not take it"
        )
    record = read_json(folder, RECORD)
    artefact = pack(folder)
    card = folder / "README.md"
    model = Model(
        version=description.version,
        parent=parent,
        state=State.CANDIDATE,
        created_at=now,
        data_sha256=dict(record.get("data_sha256", {})),
        code_version=str(record.get("code_version", NOT_RECORDED)),
        metrics=dict(record.get("development", {})),
        sha256=hashlib.sha256(artefact).hexdigest(),
        size_bytes=len(artefact),
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
    )
    return model, artefact


def ensure_champion(registry: ModelRegistry, shipped: Path, now: Callable[[], datetime]) -> Model:
    """The champion; where there is none, the shipped weights become it. Several processes may ask at once.

    Raises:
        ModelUnusable: there is none, and the folder is no artefact.
        DatabaseUnavailable: from the registry.
    """
    champion = registry.champion()
    if champion is not None:
        return champion
    model, artefact = describe(shipped, now())
    try:
        registry.add(replace(model, state=State.CHAMPION), artefact, SHIPPED_BY, SHIPPED_WHY)
    except RegistryRefused as exc:
        log.info("somebody else was first: %s", exc)
    return registry.champion() or registry.move(model.version, State.CHAMPION, SHIPPED_BY, SHIPPED_WHY)
