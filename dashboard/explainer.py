"""Why a post has its labels: asked of a process of its own, which is started by the first question.

Not of the worker: its classifier has as many threads as there are cores, so that a person's question would keep live
posts waiting, and its web port is open to whoever may scrape metrics. Not here: torch would take as much memory again
as the whole dashboard.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

import streamlit as st

from core.errors import DatabaseUnavailable, ModelUnusable, RegistryRefused
from core.learning_ports import ModelStore
from dashboard import session
from dashboard.words import say
from models.explaining_apart import ApartExplainer, Explained, command
from models.packing import unpack
from storage.postgres import Database
from storage.verdicts import impatient

MOST_ENTITIES: Final = 4
ROOT: Final = Path(__file__).resolve().parents[1]
"""Where a relative path of the settings leads, when the dashboard runs in a folder of its own."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What the model says of a post, or why it could not be asked."""

    explained: Explained | None
    fault: str = ""


def reasons(row: Mapping[str, Any]) -> Reasons:
    """What the model says; takes seconds when the process has to load it, and no time when this was asked before."""
    try:
        with st.spinner(say("post.asking")):
            asked, shelf = _explainer()
            weights = shelf.folder(str(row["model_version"]))
            return Reasons(asked.explain(weights, row["text"], row["entities"][:MOST_ENTITIES]))
    except ModelUnusable as exc:
        return Reasons(None, str(exc))


class Shelf:
    """Folders of weights by version, from the registry, so that a post is explained by the model that read it."""

    def __init__(self, models: ModelStore, shipped: Path) -> None:
        self._models = models
        self._shipped = shipped
        self._lock = Lock()
        self._scratch = tempfile.TemporaryDirectory(prefix="groundswell-explain-")

    def folder(self, version: str) -> Path:
        """The weights of a version, or the shipped ones where the registry does not have it, or not now."""
        with self._lock:
            folder = Path(self._scratch.name) / version
            if not folder.is_relative_to(self._scratch.name) or folder.parent != Path(self._scratch.name):
                return self._shipped
            if not folder.exists():
                try:
                    model = self._models.get(version)
                    unpack(self._models.artefact(version), folder, model.sha256)
                except (DatabaseUnavailable, RegistryRefused, ModelUnusable):
                    return self._shipped
            return folder

    def close(self) -> None:
        """Remove the folders."""
        self._scratch.cleanup()


def _close(both: tuple[ApartExplainer, Shelf]) -> None:
    for one in both:
        one.close()


@st.cache_resource(show_spinner=False, on_release=_close)
def _explainer() -> tuple[ApartExplainer, Shelf]:
    settings = session.settings()
    shipped = settings.weights if settings.weights.exists() else ROOT / settings.weights
    models = Database(impatient(settings.dsn.get_secret_value(), session.PATIENCE_S)).models
    return ApartExplainer(command(settings.device)), Shelf(models, shipped.absolute())
