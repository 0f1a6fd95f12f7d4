"""The trading day: which items exist at a given moment of one showing of the story.

The morning stands in the past when the showing begins; the afternoon then plays in real time, second by second; after
it the tape runs on, slowly and without an end. All of it is written in story.jsonl and tape.jsonl.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Final

TAPE_FROM_S: Final = 360
TAPE_EVERY_S: Final = 12

PLACES: Final = (
    "Port Selwick", "Brackenmoor", "Eastmere", "Tolland Quay", "Wrenbury", "Calder Heath", "Osney Cross", "Lower Finch",
    "Marlow Street", "Northgate", "Hazelford", "Saltby", "Upper Quarrel", "Dunmere", "Pennick", "Thornby", "Westhaven",
)  # fmt: skip
SHOPS: Final = (
    "the corner shop", "the chemist", "the supermarket", "the bakery", "the petrol station", "the greengrocer",
    "the hardware shop", "the canteen", "the bus kiosk", "the school shop",
)  # fmt: skip

SLOTS: Final[dict[str, Callable[[random.Random], str]]] = {
    "age": lambda rng: str(rng.randint(34, 67)),
    "amount": lambda rng: f"${rng.randint(180, 2_400):,}",
    "amount2": lambda rng: f"${rng.randint(3, 39)}.{rng.randint(10, 99)}",
    "mins": lambda rng: str(rng.randint(18, 58)),
    "n": lambda rng: str(rng.randint(3, 9)),
    "pct": lambda rng: f"{rng.choice('+-')}{rng.randint(1, 9) / 10}%",
    "place": lambda rng: rng.choice(PLACES),
    "price": lambda rng: f"${rng.randint(2, 3)}.{rng.randint(10, 99)}",
    "px": lambda rng: f"{rng.uniform(88, 97):.2f}",
    "px2": lambda rng: str(rng.randint(110, 125)),
    "px3": lambda rng: f"{rng.uniform(20, 60):.2f}",
    "queue": lambda rng: str(rng.randint(43, 310)),
    "ref": lambda rng: f"MV-{rng.randint(10_000, 99_999)}",
    "shop": lambda rng: rng.choice(SHOPS),
    "vol": lambda rng: str(rng.randint(120, 990)),
}
"""What `{name}` in a text stands for. Chosen anew for each showing: tomorrow's complaint is not today's repost."""
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story as it is written."""

    id: str
    site: str
    """news, filings or social."""
    text: str = ""
    title: str = ""
    at_s: int = 0
    """Seconds from the start of the showing; negative in the morning."""
    channel: str = "social"
    author: str = ""
    repost_of: str = ""
    malformed: str = ""
    """How it is broken on purpose: "no id", "no date", "bad date", or "raw": offer `raw` as it stands."""
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Offered:
    """One item as a site offers it in this showing."""

    id: str
    line: Line
    text: str
    published_at: datetime


def read_lines(name: str) -> tuple[Line, ...]:
    """The lines of one of the story's files, in order."""
    text = files("groundswell.demo").joinpath(name).read_text("utf-8")
    return tuple(Line(**json.loads(line)) for line in text.splitlines())


class Showing:
    """One run of the story from `started_at` on; items of another showing have other ids."""

    def __init__(self, started_at: datetime, lines: Iterable[Line] | None = None, tape: Iterable[Line] | None = None):
        self.started_at = started_at
        self.name = f"{started_at:%Y%m%dT%H%M%S}"
        self._lines = sorted(read_lines("story.jsonl") if lines is None else lines, key=lambda line: line.at_s)
        self._tape = tuple(read_lines("tape.jsonl") if tape is None else tape)
        self._by_id = {line.id: line for line in self._lines}
        self._offered = [self._offer(line.id, line, line.at_s) for line in self._lines]
        self._times = [line.at_s for line in self._lines]

    def visible(self, site: str, now: datetime) -> list[Offered]:
        """What a site has published by `now`, oldest first; a later answer begins with the earlier one."""
        elapsed_s = (now - self.started_at).total_seconds()
        until = bisect_right(self._times, elapsed_s)
        return [item for item in (*self._offered[:until], *self._tape_until(elapsed_s)) if item.line.site == site]

    def _tape_until(self, elapsed_s: float) -> Iterable[Offered]:
        count = max(0, int((elapsed_s - TAPE_FROM_S) // TAPE_EVERY_S)) if self._tape else 0
        for k in range(count):
            yield self._offer(f"tape-{k}", self._tape[k % len(self._tape)], TAPE_FROM_S + (k + 1) * TAPE_EVERY_S)

    def _offer(self, number: str, line: Line, at_s: int) -> Offered:
        return Offered(
            id=f"{self.name}-{number}",
            line=line,
            text=self._text(number, line),
            published_at=self.started_at + timedelta(seconds=at_s),
        )

    def _text(self, number: str, line: Line) -> str:
        if line.repost_of:
            first = self._by_id[line.repost_of]
            return f"RT @{first.author}: {self._text(first.id, first)}"
        return self.fill(line.text, number)

    def fill(self, text: str, number: str) -> str:
        """Fill the slots of a text, always in the same way for the same item."""
        rng = random.Random(f"{self.name} {number}")
        return _SLOT.sub(lambda match: SLOTS[match.group(1)](rng), text) if isinstance(text, str) else text
