"""Which writer words the replies: the playbook itself, a language model on this machine, or one behind an address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.ports import Writer
from core.writing import TemplateWriter

TEMPLATE: Final = "template"
LOCAL: Final = "local"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the settings say about the writer."""

    kind: str = TEMPLATE
    """`template`, `local`, an address, or a folder or name of a `transformers` model."""
    adapter: str = ""
    """Folder of the local model's low-rank update; empty takes the model as it was published."""
    model: str = ""
    """What an endpoint calls its model."""
    key: str = ""
    timeout_s: float = 30.0
    device: str = "auto"
    threads: int = 1

    @property
    def is_endpoint(self) -> bool:
        return self.kind.startswith(("http://", "https://"))

    @property
    def name(self) -> str:
        """Of the language model on this machine."""
        from models.writer_model import NAME

        if self.kind != LOCAL:
            return Path(self.kind).name
        return f"{NAME}+adapter" if self.adapter else NAME


def load_writer(chosen: Chosen, *, apart: bool = False) -> Writer:
    """The writer that was chosen.

    Args:
        apart: a model on this machine runs in a process of its own, with low priority, and loads at the first plan.

    Raises:
        SetupError: an endpoint's address or model is not one.
        ModelUnusable: the model on this machine cannot be loaded.
    """
    if chosen.kind == TEMPLATE:
        return TemplateWriter()
    if chosen.is_endpoint:
        from models.writer_endpoint import EndpointWriter

        return EndpointWriter(chosen.kind, chosen.model, chosen.key, chosen.timeout_s)
    if apart:
        from models.writer_apart import ApartWriter, command

        return ApartWriter(chosen.name, command(chosen.kind, chosen.adapter, chosen.device, chosen.threads))
    return language_writer(chosen.kind, chosen.adapter, chosen.device, chosen.threads)


def language_writer(kind: str, adapter: str, device: str, threads: int) -> Writer:
    """A language model in this process. Raises ModelUnusable."""
    from models.writer_model import LanguageWriter, load_any, load_local

    loaded = load_local(Path(adapter) if adapter else None) if kind == LOCAL else load_any(kind)
    return LanguageWriter(loaded, device, threads)
