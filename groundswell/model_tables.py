"""Tables of the registry of models, for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from core.registry import Event, Model

HEADS = ("topic", "sentiment", "emotion", "intent", "entity")
FIGURES = ("accuracy", "macro_f1", "weighted_f1", "ece")


def models(found: Sequence[Model]) -> Table:
    """One row a model, with macro-F1 by head; what else is known of one is in `facts`."""
    table = Table(
        box=None, header_style="bold", padding=(0, 2, 0, 0), caption="macro-F1 by head", caption_justify="left"
    )
    for title in ("version", "state", "added", *HEADS):
        table.add_column(title, no_wrap=True)
    for model in found:
        scored = [_macro_f1(model, head) for head in HEADS]
        table.add_row(model.version, str(model.state), f"{model.created_at:%Y-%m-%d}", *scored)
    return table


def facts(model: Model) -> Table:
    """Where a model comes from."""
    table = Table(box=None, show_header=False)
    for name, value in (
        ("version", model.version),
        ("state", str(model.state)),
        ("parent", model.parent or "none"),
        ("added", f"{model.created_at:%Y-%m-%d %H:%M} UTC"),
        ("code", model.code_version),
        ("artefact", f"{model.size_bytes:,} bytes, SHA-256 {model.sha256}"),
        *((f"data {name}", digest) for name, digest in sorted(model.data_sha256.items())),
    ):
        table.add_row(name, escape(value))
    return table


def figures(model: Model) -> Table:
    """Every figure with its interval."""
    table = Table(box=None, header_style="bold")
    for title in ("set", "n", *(name.replace("_", " ") for name in FIGURES)):
        table.add_column(title)
    for name, found in model.metrics.items():
        if isinstance(found, dict) and "n" in found:
            table.add_row(escape(name), f"{found['n']:,}", *(_figure(found, figure) for figure in FIGURES))
    return table


def events(found: Sequence[Event]) -> Table:
    """What happened, the first first."""
    table = Table(box=None, header_style="bold")
    for title in ("at", "what", "by", "why"):
        table.add_column(title, overflow="fold")
    for event in found:
        what = f"{event.action}: {event.before or 'new'} → {event.after}"
        table.add_row(f"{event.at:%Y-%m-%d %H:%M}", what, escape(event.by), escape(event.why))
    return table


def _macro_f1(model: Model, head: str) -> str:
    found = model.metrics.get(head)
    return f"{found['macro_f1']:.3f}" if isinstance(found, dict) and "macro_f1" in found else ""


def _figure(found: dict[str, object], name: str) -> str:
    value, interval = found.get(name), found.get(f"{name}_ci")
    if not isinstance(value, int | float):
        return ""
    if not isinstance(interval, list | tuple):
        return f"{value:.3f}"
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"
