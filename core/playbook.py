"""What a firm says to its customers: the approved sentences, and which of them fit a message."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.danger import Danger
from core.plans import Tone

Sentence = Annotated[str, StringConstraints(min_length=3, max_length=220)]
Sentences = Annotated[tuple[Sentence, ...], Field(min_length=1)]
Phrase = Annotated[str, StringConstraints(min_length=2, max_length=60, pattern=r"^[^A-Z]+$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=60)]
TONES: Final[tuple[Tone, ...]] = Tone.__args__  # type: ignore[attr-defined]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Strict):
    """What to say about one kind of matter."""

    name: Name
    matter: Sentence
    """What went wrong, as a noun phrase."""
    topic: Sentence
    """The same thing without saying that it went wrong."""
    step: tuple[Sentence, ...] = ()
    ask: Sentences
    info: tuple[Sentence, ...] = ()
    """In place of `step` where nothing went wrong; the playbook's `wish` then follows."""
    danger: bool = False
    """Found by the words in core/danger.py or by likeness to its examples, and given word for word."""
    signpost: tuple[Sentence, ...] = ()
    """To help outside; said first."""
    urgent: bool = False
    """Any match wins over everything that is not urgent."""
    is_question: bool = False
    """Found where somebody wants to know something; nothing went wrong, unless they say so."""
    needs_cue: bool = False
    """The intent alone is not enough: what this entry says would be wrong in any other case."""
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Points of one match of a cue."""
    cues: tuple[str, ...] = ()
    examples: tuple[Sentence, ...] = ()
    """Messages as customers might write them; one that is like them finds this entry."""
    intents: tuple[str, ...] = ()
    known: tuple[Sentence, ...] = ()
    """Added to the incident's step while an incident about the same thing is open."""
    acknowledge: tuple[Sentence, ...] = ()
    """In place of the playbook's, whatever the tone."""
    private: tuple[Sentence, ...] = ()
    """In place of the playbook's."""
    close: tuple[Sentence, ...] | None = None
    """In place of the playbook's; empty: none."""
    sign_off: tuple[Sentence, ...] = ()
    """In place of the playbook's."""
    pages: tuple[Sentence, ...] = ()
    """Names of pages that a draft may mention."""
    must_not_say: tuple[Phrase, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Every cue as one expression."""
        return re.compile(r"\b(?:" + "|".join(self.cues) + r")\b")

    def matches(self, text: str) -> int:
        """How many different pieces of a lower-case text fit the cues."""
        return len({match.group() for match in self.pattern.finditer(text)}) if self.cues else 0


class IncidentEntry(_Strict):
    """What everybody is told while an incident is open; it comes before the entry that fits the message."""

    name: Name
    firm: str = ""
    """Ticker of the firm; empty: any."""
    terms: tuple[Phrase, ...] = ()
    """One of them stands in the incident's cause; empty: any cause."""
    fact: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=1)]
    """One sentence and no variants: forty people get the same fact."""
    step: Sentences
    ask: Sentences
    pages: tuple[Sentence, ...] = ()
    must_not_say: tuple[Phrase, ...] = ()


class Playbook(_Strict):
    """All that may be said."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    pages: tuple[Sentence, ...]
    must_not_say: tuple[Phrase, ...]
    sorry: Sentences
    thanks: Sentences
    quoted: Sentences
    also: Sentences
    """What a long message is about as well; filled with that entry's matter."""
    private: Sentences
    told: Sentences
    """The question after a long message, which has answered the entry's own."""
    wish: Sentences
    """The question after an entry's `info`."""
    more: Sentences
    close: Sentences
    sign_off: Sentences
    feeling: dict[Literal[Tone], Sentences]
    incident: Annotated[tuple[IncidentEntry, ...], Field(min_length=1)]
    entry: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @cached_property
    def named(self) -> dict[str, Entry]:
        """The entries by name."""
        return {entry.name: entry for entry in self.entry}

    def for_danger(self, danger: Danger) -> Entry:
        """The entry of a danger."""
        return self.named[danger.value]


def phrases(says: tuple[str, ...]) -> tuple[str, ...]:
    """`must_not_say` as regular expressions over lower-case text: whole words, and * for any ending.

    >>> phrases(("settle*", "your fault"))
    ('\\\\bsettle\\\\w*', '\\\\byour\\\\ fault\\\\b')
    """
    return tuple(
        r"\b" + re.escape(phrase.removesuffix("*")) + (r"\w*" if phrase.endswith("*") else r"\b") for phrase in says
    )
