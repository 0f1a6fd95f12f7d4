"""What a reply is to do, one line after the other, before anybody words it: pure data that every writer is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from core.posts import Channel

Tone = Literal[
    "anger", "annoyance", "fear", "worry", "grief", "sadness", "disappointment", "confusion", "negative", "neutral"
]
"""The feeling a reply answers. Anger and annoyance, fear and worry, grief and sadness differ in strength, and so do the
words for them."""

SOCIAL_CHARS: Final = 280
"""The longest public post of the smallest common network."""
LETTER_CHARS: Final = 2_000
"""A reply by message or mail is read on a phone; nothing the playbook says comes near it."""


class Act(StrEnum):
    """What one line of a reply does, in the order in which a reply does it."""

    SIGNPOST = "signpost"
    """To help outside; only where someone may be in danger, and then it comes first."""
    ACKNOWLEDGE = "acknowledge"
    FEELING = "feeling"
    FACT = "fact"
    NEXT_STEP = "next step"
    ASK = "ask"
    CLOSE = "close"
    SIGN_OFF = "sign-off"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a reply says, in words that the playbook approves."""

    act: Act
    text: str
    """One or two whole sentences, filled in; what the template writer says."""
    cites: str
    """Where it stands in the playbook: entry, field and number, as "card_arrival.step.0"; what belongs to no entry
    stands under "playbook", as "playbook.close.2"."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the reply to one message is to do. A writer may word it anew; the guard holds its words against this."""

    post_id: str
    entry: str
    """Name of the playbook's entry: also the cause, by which a second message of the same author is known."""
    playbook: str
    """Version of the playbook."""
    channel: Channel
    tone: Tone
    strength: float
    """Of the feeling, 0 to 1; 0 where none was found."""
    lines: tuple[Line, ...]
    max_chars: int
    verbatim: bool = False
    """Someone may be in danger, or grieves: no model words any of it; the guard refuses anything but `text`."""
    quote: str = ""
    """The customer's own words for what went wrong, if a line uses them: data, masked, of known words only."""
    links: tuple[str, ...] = ()
    """Places that may be named, by name."""
    must_not_say: tuple[str, ...] = ()
    """Regular expressions over lower-case text: the playbook's and the entry's."""
    language: str = "en"

    @property
    def text(self) -> str:
        """The reply as planned, word for word; the sign-off stands on a line of its own."""
        body = " ".join(line.text for line in self.lines if line.act is not Act.SIGN_OFF)
        return "\n".join((body, *(line.text for line in self.lines if line.act is Act.SIGN_OFF)))

    @property
    def is_danger(self) -> bool:
        """Someone may be in danger: told word for word, help first, and before everybody else."""
        return self.verbatim and (self.tone != "grief" or any(line.act is Act.SIGNPOST for line in self.lines))

    def says(self, act: Act) -> str:
        """The words of one act; empty where the plan has none."""
        return " ".join(line.text for line in self.lines if line.act is act)


def as_json(plan: Plan) -> dict[str, Any]:
    """A plan as what JSON can hold; `plan_of` is its inverse."""
    return asdict(plan)


def plan_of(stored: Mapping[str, Any]) -> Plan:
    """A plan from its JSON. Raises KeyError, TypeError or ValueError where it is none."""
    lines = tuple(Line(Act(line["act"]), line["text"], line["cites"]) for line in stored["lines"])
    values = dict(stored) | {"lines": lines, "channel": Channel(stored["channel"])}
    return Plan(**(values | {name: tuple(stored[name]) for name in ("links", "must_not_say")}))
