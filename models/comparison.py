"""The table that sets the classifier beside simpler methods, as Markdown, and its place in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.errors import SetupError
from core.evaluation import Measured, Report

BEGIN: Final = "<!-- evaluate --table: begin -->"
END: Final = "<!-- evaluate --table: end -->"
OURS: Final = "**Groundswell**"
PARTS: Final = {"headline": "sentiment, headlines", "conflict": "entity, in conflict"}
NOTE: Final = (
    "Accuracy of emotion: exactly the right set. 95 % intervals by bootstrap over texts. The recurrent classifier's "
    "word vectors are trained from scratch on the same texts: no pretrained ones are used."
)

Key = tuple[str, str]
"""Head and method."""


def markdown(ours: Mapping[str, Report], baselines: Mapping[Key, Report]) -> str:
    """One row a head and method, the baselines of a head above the classifier's row.

    Args:
        ours: the classifier's figures by head, or by part of one ("headline", "conflict").
        baselines: figures by head and method.
    """
    lines = [
        "| head | method | n | accuracy | macro-F1 | weighted F1 | calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    for head, report in ours.items():
        lines += [_row(head, method, found) for (of, method), found in baselines.items() if of == head]
        lines.append(_row(PARTS.get(head, head), OURS, report))
    return "\n".join([*lines, "", NOTE]) + "\n"


def _row(head: str, method: str, report: Report) -> str:
    figures = (report.accuracy, report.macro_f1, report.weighted_f1, report.ece)
    return f"| {head} | {method} | {report.n:,} | {' | '.join(_cell(figure) for figure in figures)} |"


def _cell(figure: Measured) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def check(path: Path) -> None:
    """See that a table can be written into the file, before minutes are spent on computing it.

    Raises:
        SetupError: no such file, or it lacks the two markers, in order and once each.
    """
    _around(path)


def insert(path: Path, table: str) -> None:
    """Put the table between the file's markers, in place of what stands there. Raises SetupError, as `check`."""
    before, after = _around(path)
    path.write_text(f"{before}{BEGIN}\n{table}{END}{after}", encoding="utf-8")


def _around(path: Path) -> tuple[str, str]:
    if not path.is_file():
        raise SetupError(f"there is no file {path} to write the table into")
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise SetupError(f"{path} needs the lines {BEGIN} and {END}, once each; the table goes between them")
    return text[: text.index(BEGIN)], text[text.index(END) + len(END) :]
