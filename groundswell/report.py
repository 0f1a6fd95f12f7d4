"""What a bounded run reports, and whether its numbers add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ACCEPTED = (
    *("fetched", "published", "duplicates", "stored", "scored", "dead_lettered", "lost", "masked"),
    *("incidents_opened", "incidents_resolved", "webhooks_delivered", "drafts", "ready_s"),
)
"""The keys that whoever reads a report may count on."""


@dataclass(frozen=True, slots=True)
class Report:
    """Totals over everything in the data folder, counted when the worker has finished what was there."""

    fetched: int
    """Items that the sites gave the scrapers, over all finished runs: published + repeats + rejected."""
    published: int
    repeats: int
    """Items that a scraper had published before."""
    rejected: int
    """Items that cannot become a post; the scraper sent them to posts.dead."""
    in_topic: int
    """Distinct posts that can be read in posts.raw."""
    stored: int
    """Posts in PostgreSQL."""
    near_duplicates: int
    """Stored posts that repeat another one's words."""
    scored: int
    unjudged: int
    """Stored posts without a score, each with its reason: empty, only links, another language."""
    dead_lettered: int
    """Records in posts.dead, from scrapers and worker."""
    lost: int
    """Posts and malformed records in posts.raw that are neither stored nor in posts.dead."""
    masked: int
    """Pieces of personal data replaced in stored posts."""
    incidents_opened: int
    incidents_resolved: int
    webhooks_delivered: int
    """Notifications that a receiver has taken."""
    webhooks_missing: int | None
    """Delivered in this run, and unknown to the demo's receiver; `None` when that cannot be asked: another receiver
    is set, or the demo was started again and has forgotten."""
    webhooks_pending: int
    drafts: int
    """Replies written for a person to judge."""
    drafts_waiting: int
    broken_off: int
    """Scrapes that ended in an error; what they had published is published again, and stored once."""
    incidents: tuple[str, ...] = ()
    """One summary each."""
    ready_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds from the start of `up` until each part was first ready."""
    restarts: Mapping[str, int] = field(default_factory=dict)

    @property
    def duplicates(self) -> int:
        """What came twice: items a scraper dropped as published before, and stored posts with another one's words."""
        return self.repeats + self.near_duplicates

    def faults(self) -> list[str]:
        """What does not add up, a sentence each."""
        found = []
        if self.lost:
            found.append(f"{self.lost} posts or records of posts.raw are neither stored nor in posts.dead")
        if self.fetched != (parts := self.published + self.repeats + self.rejected):
            found.append(f"fetched {self.fetched} is not published + repeats + rejected = {parts}")
        # more may lie there: a scrape that broke off, and `replay`
        if self.published > self.in_topic:
            found.append(f"published {self.published} is more than the {self.in_topic} distinct posts in posts.raw")
        if self.stored != (judged := self.scored + self.unjudged):
            found.append(f"stored {self.stored} is not scored + unjudged = {judged}")
        if self.webhooks_missing:
            found.append(f"{self.webhooks_missing} webhooks count as delivered, and the receiver never saw them")
        return found

    @property
    def adds_up(self) -> bool:
        return not self.faults()

    def as_json(self) -> dict[str, Any]:
        """The report as it is written: the keys of the project's acceptance first."""
        everything = asdict(self) | {"duplicates": self.duplicates, "faults": self.faults()}
        return {name: everything[name] for name in ACCEPTED} | {
            name: value for name, value in everything.items() if name not in ACCEPTED
        }

    def lines(self) -> list[str]:
        """What a person reads at the end."""
        counts = {name: value for name, value in self.as_json().items() if type(value) is int}
        shown = ", ".join(f"{name} {value:,}" for name, value in counts.items())
        return [shown, *(f"does not add up: {fault}" for fault in self.faults())]
