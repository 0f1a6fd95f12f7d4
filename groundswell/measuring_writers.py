"""What `groundswell evaluate --task replies` does: every writer words every message, and all is measured."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from core.errors import SetupError
from core.plans import Plan, plan_of
from core.ports import Writer
from models.writer_measuring import Worded, body, figures, settled, table

BEGIN: Final = "<!-- evaluate --task replies: begin -->"
END: Final = "<!-- evaluate --task replies: end -->"
ZERO_SHOT: Final = "zero-shot"


@dataclass(frozen=True, slots=True)
class Row:
    """One message to answer. With a plan, that plan is worded; without one, whatever the playbook has for it."""

    message: str
    reference: str = ""
    plan: Plan | None = None


def read_rows(path: Path) -> list[Row]:
    """JSON lines with `message`, and maybe `plan` (as `groundswell draft --json` prints it) and `reference`.

    Raises:
        SetupError: the file cannot be read, or a line is not that.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise SetupError(f"{path} cannot be read: {exc}") from exc
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found: dict[str, Any] = json.loads(line)
            plan = plan_of(found["plan"]) if found.get("plan") else None
            rows.append(Row(str(found["message"]), str(found.get("reference") or ""), plan))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise SetupError(f"{path}:{number}: not an object with message, and maybe plan and reference") from exc
    if not rows:
        raise SetupError(f"{path} has no line")
    return rows


def measure(
    rows: Sequence[Row], writers: Mapping[str, Writer], weights: Path, playbook: str
) -> tuple[str, dict[str, Any]]:
    """Markdown with the table and, where a plan is given, thirty replies side by side; and the figures.

    Raises:
        SetupError: the playbook has a fault.
        ModelUnusable: the classifier or a writer cannot be used.
    """
    worded: dict[str, list[Worded]] = {}
    found: dict[str, Any] = {}
    for name, writer in writers.items():
        began_s = time.perf_counter()
        made = _given(rows, writer) if all(row.plan for row in rows) else _drafted(rows, writer, weights, playbook)
        took_s = time.perf_counter() - began_s
        worded[name] = [_rated(one) for one in made]
        found[name] = figures(worded[name], took_s)
    return f"{table(found)}\n\n{side_by_side(rows, worded)}", found


def _given(rows: Sequence[Row], writer: Writer) -> list[Worded]:
    """Each row's own plan. A plan of danger is never shown to a writer."""
    free = [row for row in rows if row.plan and not row.plan.verbatim]
    texts = iter(writer.write([row.plan for row in free if row.plan], [row.message for row in free]))
    made = []
    for row in rows:
        assert row.plan is not None
        made.append(settled(row.message, row.reference, row.plan, row.plan.text if row.plan.verbatim else next(texts)))
    return made


def _drafted(rows: Sequence[Row], writer: Writer, weights: Path, playbook: str) -> list[Worded]:
    """As a worker would do it: found in the playbook, planned, worded, guarded, or abstained from."""
    from datetime import UTC, datetime

    from core.drafting import Desk, draft_all
    from groundswell.measuring_replies import customers_posts
    from models.classifier import load_classifier
    from stream.drafting import read_playbook, shelve

    reader = load_classifier(weights)
    desk = Desk(shelve(read_playbook(playbook), reader), reader, writer, datetime.now(UTC))
    posts = customers_posts([row.message for row in rows], reader)
    made = []
    for row, answer in zip(rows, draft_all(posts, desk), strict=True):
        draft = answer.draft
        first = draft.refused[0] if draft.refused else None
        plan = draft.plan if draft.text else None
        made.append(
            Worded(
                row.message,
                row.reference,
                plan,
                first.text if first else draft.text,
                first.findings if first else (),
                draft.text,
            )
        )
    return made


def _rated(one: Worded) -> Worded:
    try:
        from core.empathy import score
    except ImportError:
        return one
    if one.plan is None:
        return one
    found = score(one.message, body(one.text, one.plan))
    return replace(one, empathy=(found.reaction, found.interpretation, found.exploration))


def side_by_side(rows: Sequence[Row], worded: Mapping[str, Sequence[Worded]], most: int = 30) -> str:
    """As many messages, evenly spread over the file, with every writer's reply as it was worded."""
    chosen = sorted({index * len(rows) // most for index in range(most)}) if len(rows) > most else range(len(rows))
    parts = []
    for place, index in enumerate(chosen, start=1):
        parts.append(f"**{place}.** *{_plain(rows[index].message)}*\n")
        if rows[index].reference:
            parts.append(f"- written by hand: {_plain(rows[index].reference)}")
        for name, made in worded.items():
            one = made[index]
            said = _plain(body(one.text, one.plan)) or "(nothing)"
            why = "; ".join(f"{finding.rule.value}: {_plain(finding.quote)}" for finding in one.findings)
            parts.append(f"- {name}: {said}" + (f" **Refused: {why}**" if why else ""))
        parts.append("")
    return "\n".join(parts)


def _plain(text: str) -> str:
    """On one line, and nothing in it is Markdown."""
    return " ".join(text.split()).replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;").replace("|", "\\|")


def insert(path: Path, text: str) -> None:
    """Put the text between the file's two markers. Raises SetupError: they are not there."""
    try:
        before, rest = path.read_text(encoding="utf-8").split(BEGIN)
        _, after = rest.split(END)
    except (OSError, ValueError) as exc:
        raise SetupError(f"{path} needs the lines {BEGIN} and {END}, once each; the table goes between them") from exc
    path.write_text(f"{before}{BEGIN}\n{text.rstrip()}\n{END}{after}", encoding="utf-8")
