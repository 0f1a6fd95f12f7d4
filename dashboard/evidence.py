"""What a draft stands on, what the guard said of it, and what a person changed, as HTML."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from core.plans import Plan
from dashboard.pieces import Row, safe
from dashboard.words import name_of, say

_TOKEN: Final = re.compile(r"\s+|\w+|[^\w\s]")


def citations(plan: Plan | None) -> str:
    """Each line of a plan with its place in the playbook; nothing where no entry fitted."""
    if plan is None:
        return ""
    lines = "".join(
        f"<li>{safe(line.text)} <code>{safe(line.cites)}</code></li>" for line in plan.lines
    )  # the text and its source, side by side
    return (
        f'<details class="gw-source"><summary>'
        f"{say('evidence.stands_on', playbook=safe(plan.playbook), entry=safe(plan.entry))}"
        f"</summary><ol>{lines}</ol></details>"
    )


def refusals(refused: Sequence[Row]) -> str:
    """Texts that the guard refused before this one, each with its reasons."""
    if not refused:
        return ""
    items = "".join(
        f"<li><b>{safe(one['writer'])}</b>: {safe(one['text'])}"
        f"{_rules([(finding['rule'], finding['quote']) for finding in one['findings']])}</li>"
        for one in refused
    )
    return (
        f'<details class="gw-source"><summary>{say("evidence.refused_before", n=len(refused))}'
        f"</summary><ol>{items}</ol></details>"
    )


def findings(found: Sequence[tuple[str, str]]) -> str:
    """What the guard says of a text as it stands: rule and quote; nothing where it has nothing against it."""
    return f'<div class="gw-findings">▲ {say("evidence.would_refuse")}{_rules(found)}</div>' if found else ""


def _rules(found: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<li>{safe(name_of('rule', rule))}: “{safe(quote)}”</li>" for rule, quote in found)
    return f"<ul>{items}</ul>"


def difference(draft: str, text: str) -> str:
    """What a person changed, word for word; nothing where nothing was, or where there was no draft."""
    if not draft or text.strip() == draft.strip():
        return ""
    before, after = _TOKEN.findall(draft), _TOKEN.findall(text)
    parts = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = safe("".join(before[a:b])), safe("".join(after[c:d]))
        if kind == "equal":
            parts.append(come)
            continue
        parts.append((f"<del>{gone}</del>" if b > a else "") + (f"<ins>{come}</ins>" if d > c else ""))
    head = f'<span class="gw-muted">{say("evidence.changed")} </span>'
    return f'<div class="gw-text gw-difference">{head}{"".join(parts)}</div>'
