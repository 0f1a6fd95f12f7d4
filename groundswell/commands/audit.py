"""`groundswell audit`: who did what, from the audit log."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import Annotated

import typer


def audit(
    by: Annotated[str, typer.Option(help="Of this person, token or command line.")] = "",
    action: Annotated[str, typer.Option(help="Such as draft.approved, or draft for all about drafts.")] = "",
    subject: Annotated[str, typer.Option(help="About the thing with this id.")] = "",
    before: Annotated[int, typer.Option(min=0, help="Go on before the entry with this id.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Most entries shown.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    dsn: Annotated[str | None, typer.Option("--dsn", help="PostgreSQL, instead of the setting.")] = None,
) -> None:
    """Show who did what, the newest first. Entries are kept for ever, and nothing changes one."""
    from core.audit import Asked
    from core.settings import Settings
    from storage.postgres import Database

    with closing(Database(dsn or Settings().dsn.get_secret_value())) as database:
        entries = database.audit.read(Asked(by, action, subject, before), count)
    if as_json:
        for entry in entries:
            facts = {"id": entry.audit_id, "at": entry.at.isoformat(), "by": entry.by, "action": entry.action}
            line = facts | {"subject": entry.subject, "detail": dict(entry.detail)}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("id", "at (UTC)", "by", "action", "subject", "detail"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        detail = ", ".join(f"{name} {_plain(value)}" for name, value in entry.detail.items())
        cells = (entry.by, entry.action, entry.subject, detail)
        table.add_row(str(entry.audit_id), f"{entry.at:%Y-%m-%d %H:%M:%S}", *(escape(cell) for cell in cells))
    Console().print(table if entries else "no entry")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
