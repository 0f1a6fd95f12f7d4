"""What the audit log holds: who did what to which thing, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

_ACTION: Final = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One write of a person."""

    at: datetime
    by: str
    """As the sign-in, the token or the command line names her."""
    action: str
    """thing.what_was_done, such as incident.acknowledged or draft.approved."""
    subject: str
    """Id of the thing."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What else is worth knowing, as JSON holds it. Never a post's text: that has to be erasable."""
    audit_id: int = 0
    """Grows; 0 before it is stored."""

    def __post_init__(self) -> None:
        """Raises ValueError: nobody did it, or the action is not one."""
        if not self.by.strip():
            raise ValueError("an entry of the audit log says who did it")
        if not _ACTION.fullmatch(self.action):
            raise ValueError(f"an action is written thing.what_was_done, not {self.action!r}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries somebody wants to see; an empty text is no wish."""

    by: str = ""
    action: str = ""
    """The whole action, or the thing alone."""
    subject: str = ""
    before: int = 0
    """Entries with a smaller id than this, to read on; 0 begins with the newest."""

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is wanted.

        >>> from datetime import UTC
        >>> entry = Entry(datetime(2026, 3, 2, tzinfo=UTC), "ada", "draft.approved", "p1")
        >>> Asked(action="draft").fits(entry), Asked(action="dra").fits(entry), Asked(by="ben").fits(entry)
        (True, False, False)
        """
        return (
            (not self.by or entry.by == self.by)
            and (not self.subject or entry.subject == self.subject)
            and (not self.action or self.action in (entry.action, entry.action.split(".")[0]))
            and (not self.before or entry.audit_id < self.before)
        )
