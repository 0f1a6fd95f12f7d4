"""Tables as CSV files, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet computes; source: OWASP, CSV Injection."""


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], zone: tzinfo) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets ask for; times in the viewer's zone, with its offset.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.

    >>> from datetime import UTC
    >>> as_csv([{"text": "=1+1", "entities": ["HRBL", "QLNC"]}], ("text", "entities"), UTC).decode("utf-8-sig")
    "text,entities\\r\\n'=1+1,HRBL QLNC\\r\\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([[_plain(row.get(column), zone) for column in columns] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _plain(value: Any, zone: tzinfo) -> Any:
    match value:
        case datetime():
            return value.astimezone(zone).isoformat(timespec="seconds")
        case list() | tuple():
            return _plain(" ".join(str(one) for one in value), zone)
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case None:
            return ""
        case _:
            return value
