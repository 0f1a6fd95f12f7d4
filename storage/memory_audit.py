"""The audit log without a server; trusted because it passes PostgreSQL's contract tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.audit import Asked, Entry


class MemoryAudit:
    """Fills `core.ports.AuditLog`."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, by: str, action: str, subject: str, detail: Mapping[str, Any], at: datetime) -> None:
        entry = Entry(at, by, action, subject, json.loads(json.dumps(dict(detail))))
        with self._lock:
            self._entries.append(replace(entry, audit_id=len(self._entries) + 1))

    def read(self, asked: Asked, count: int) -> list[Entry]:
        with self._lock:
            return [entry for entry in reversed(self._entries) if asked.fits(entry)][:count]
