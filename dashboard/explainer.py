"""Why a post has its labels: asked of a process of its own, which is started by the first question.

Not of the worker: its classifier serves one thread, so that a person's question would keep live posts waiting, and its
web port is open to whoever may scrape metrics. Not here: torch would take as much memory again as the whole dashboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from core.errors import ModelUnusable
from dashboard import session
from dashboard.words import say
from models.explaining_apart import ApartExplainer, Explained, command

MOST_ENTITIES: Final = 4


@dataclass(frozen=True, slots=True)
class Reasons:
    """What the model says of a post, or why it could not be asked."""

    explained: Explained | None
    fault: str = ""


def reasons(row: Mapping[str, Any]) -> Reasons:
    """What the model says; takes seconds when the process has to load it, and no time when this was asked before."""
    try:
        with st.spinner(say("post.asking")):
            return Reasons(_explainer().explain(row["text"], row["entities"][:MOST_ENTITIES]))
    except ModelUnusable as exc:
        return Reasons(None, str(exc))


@st.cache_resource(show_spinner=False, on_release=lambda explainer: explainer.close())
def _explainer() -> ApartExplainer:
    settings = session.settings()
    return ApartExplainer(command(settings.weights, settings.device))
